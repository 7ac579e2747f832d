"""The page of the studies in headless Chromium: it renders, keeps quiet, and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data import Dataset
from pipelines.studies import Study
from pipelines.studies.page.making import Making
from pipelines.studies.page.writing import write_page
from pipelines.studies.running import run_study
from tests.pipelines.chromium import CONTRASTS, visit


@pytest.fixture
def opened(
    browser: Any, stand_ins: dict[str, Study], tiny: Dataset, tmp_path: Path
) -> Iterator[Any]:
    path = tmp_path / "studies.html"
    outcomes = [run_study(study, tiny) for study in stand_ins.values()]
    write_page(path, outcomes, Making("all", "builtin", tiny))
    yield from visit(browser, path.as_uri())


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


def test_text_is_readable_in_either_scheme(opened: Any) -> None:
    for scheme in ("dark", "light"):
        opened.emulate_media(color_scheme=scheme)
        ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        assert opened.evaluate(CONTRASTS) == []


def test_fits_a_narrow_screen(opened: Any) -> None:
    for width in (768, 390, 320):
        opened.set_viewport_size({"width": width, "height": 800})
        assert opened.evaluate("document.documentElement.scrollWidth") == width
        assert opened.locator(".picture svg").first.bounding_box()["width"] >= 540


def test_prints_in_light_colours(opened: Any, tmp_path: Path) -> None:
    opened.emulate_media(media="print", color_scheme="dark")
    ground = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    opened.pdf(path=tmp_path / "studies.pdf", format="A4")
    assert (tmp_path / "studies.pdf").stat().st_size > 10_000
