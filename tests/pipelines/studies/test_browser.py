"""The page of the studies in headless Chromium: it renders, keeps quiet, and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from data import Dataset
from pipelines.studies import STUDIES
from pipelines.studies.page.making import Making
from pipelines.studies.page.writing import write_page
from pipelines.studies.running import run_study
from tests.pipelines.chromium import CONTRASTS, visit
from tests.pipelines.studies.stand_ins import four_studies


@pytest.fixture(scope="module")
def address(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("studies") / "studies.html"
    with patch.dict(STUDIES, four_studies(), clear=True):
        outcomes = [run_study(study, tiny) for study in STUDIES.values()]
        write_page(path, outcomes, Making("all", "builtin", tiny))
    return path.as_uri()


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Any]:
    yield from visit(browser, address)


@pytest.fixture(scope="module")
def restyled(browser: Any, address: str) -> Iterator[Any]:
    """One page for the tests that choose medium, scheme and width by themselves."""
    yield from visit(browser, address)


def test_shows_contents_findings_and_drawings(opened: Any) -> None:
    assert opened.title() == "The ideas behind the comparison"
    assert opened.locator(".contents li").count() == 4
    assert opened.locator(".findings li").count() == 4
    assert opened.locator(".mark.not").count() == 1
    assert opened.locator(".failed").count() == 2
    box = opened.locator(".picture svg").first.bounding_box()
    assert box["width"] == pytest.approx(700, abs=1)
    opened.get_by_role("link", name="It does not").click()
    assert opened.url.endswith("#not-holding")


def test_text_is_readable_in_either_scheme(restyled: Any) -> None:
    for scheme in ("dark", "light"):
        restyled.emulate_media(media="screen", color_scheme=scheme)
        ground = restyled.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        assert restyled.evaluate(CONTRASTS) == []


def test_fits_a_narrow_screen(restyled: Any) -> None:
    for width in (768, 390, 320):
        restyled.set_viewport_size({"width": width, "height": 800})
        assert restyled.evaluate("document.documentElement.scrollWidth") == width
        assert restyled.locator(".picture svg").first.bounding_box()["width"] >= 540


def test_prints_in_light_colours(restyled: Any, tmp_path: Path) -> None:
    restyled.emulate_media(media="print", color_scheme="dark")
    ground = restyled.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    restyled.pdf(path=tmp_path / "studies.pdf", format="A4")
    assert (tmp_path / "studies.pdf").stat().st_size > 10_000
