from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from data import Dataset
from pipelines.studies import Study
from pipelines.studies.page.making import Making
from pipelines.studies.page.writing import page, write_page
from pipelines.studies.running import Outcome, run_study

VERSIONS = {"python": "3.12", "numpy": "2.4"}


@pytest.fixture
def outcomes(stand_ins: dict[str, Study], tiny: Dataset) -> list[Outcome]:
    return [run_study(study, tiny) for study in stand_ins.values()]


@pytest.fixture
def making(tiny: Dataset) -> Making:
    return Making("all", "builtin", tiny, environment=VERSIONS)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<body>")[2]).split())


def test_every_study_is_there(outcomes: list[Outcome], making: Making) -> None:
    html = page(outcomes, making)
    said = text_of(html)
    assert "3 of 4 findings of 4 studies hold; 2 studies failed." in said
    for number, outcome in enumerate(outcomes, 1):
        assert f'<a href="#{outcome.study.name}"><span class="number">{number}' in html
        assert f'<section class="study" id="{outcome.study.name}">' in html
    assert "✓ all 2 findings hold" in said
    assert "✗ 1 of 2 findings hold" in said
    assert said.count("✗ failed") == 2
    assert said.count("✓ holds") == 3
    assert said.count("✗ does not hold") == 1
    assert "This study failed. ValueError: no images" in said
    assert "This study failed. ModuleNotFoundError: No module named" in said
    assert html.count("<svg ") == 2
    assert html.count('<annotation encoding="text/plain">y = x / 2</annotation>') == 4
    assert "Source: Euclid, book VII. Took" in said
    assert said.count("It&#39;s") == 4 + 2 + 2
    assert "to 2·10⁻¹²," in said
    assert "&amp;#39;" not in html


def test_how_it_was_made(outcomes: list[Outcome], tiny: Dataset) -> None:
    making = Making("all", "/home/me/my photos", tiny, 0.5, 7, VERSIONS)
    said = text_of(page(outcomes, making))
    assert "preconv study all --data &#39;my photos&#39; --size 0.5 --seed 7" in said
    assert "/home/me" not in said
    assert tiny.sha256 in said
    assert "tiny, 8 × 8 × 3" in said
    assert "0.5 of the full" in said
    assert "numpy 2.4" in said
    assert f"preconv {version('preconv')}" in said


def test_one_study_alone_has_its_claim_as_headline(outcomes: list[Outcome], making: Making) -> None:
    html = page(outcomes[:1], making)
    assert '<p class="headline">Two is <code>even</code> &amp; a &lt; b.</p>' in html
    assert "<title>It holds</title>" in html
    assert "<nav" not in html


def test_all_text_is_escaped_and_nothing_is_fetched(
    outcomes: list[Outcome], making: Making
) -> None:
    html = page(outcomes, making)
    assert "<script" not in html
    assert "<img" not in html
    assert "\x1b" not in html
    assert "&lt;script&gt;" in html
    assert "default-src 'none'" in html
    assert "script-src" not in html
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", html)
    assert "url(http" not in html


def test_it_looks_as_reports_do(outcomes: list[Outcome], making: Making) -> None:
    styles = Path("pipelines/reporting/templates/report.css")
    style = (Path(__file__).parents[4] / styles).read_text(encoding="utf-8")
    assert style.strip() in page(outcomes, making)


def test_it_is_written_whole(outcomes: list[Outcome], making: Making, tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    write_page(path, outcomes, making)
    write_page(path, outcomes, making)
    assert path.read_text(encoding="utf-8") == page(outcomes, making)
    assert list(path.parent.iterdir()) == [path]
