"""The kept page is what the studies say now, needs nothing else, and the README shows the best."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise

import pytest
from PIL import Image

from data import load_dataset
from pipelines.studies import STUDIES
from pipelines.studies.page.prose import Prose, with_powers
from pipelines.studies.running import run_study
from tests.pipelines.studies.keep import FOLDER, PAGE, PICTURES

HTML = PAGE.read_text(encoding="utf-8")
README = (FOLDER.parents[2] / "README.md").read_text(encoding="utf-8")


def text_of(html: str) -> str:
    """What a reader sees, with single spaces."""
    return " ".join(
        unescape(re.sub(r"<[^>]*>", " ", re.sub(r"</?(?:code|a)\b[^>]*>", "", html))).split()
    )


def section_of(name: str) -> str:
    """The HTML of one study."""
    return HTML.partition(f'<section class="study" id="{name}">')[2].partition("</section>")[0]


def findings_of(html: str) -> list[str]:
    """What a section says was measured."""
    items = re.findall(r"<li><span class=\"mark.*?</span><span>(.*?)</span></li>", html, re.DOTALL)
    return [text_of(item) for item in items]


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_is_on_it_as_it_is_written_now(name: str) -> None:
    html = section_of(name)
    said = text_of(html)
    prose = Prose.of(STUDIES[name].text)
    parts = [p for b in prose.blocks for p in re.split(r"\n|\s{2,}(?![=\s])", b.text)]
    for part in (STUDIES[name].title, prose.claim, prose.source, *parts):
        assert text_of(part.replace("`", "").replace("<", "&lt;")) in said, part
    assert len(findings_of(html)) >= 3
    assert "does not hold" not in said
    assert "<figure" in html


def test_it_is_of_all_built_in_images_and_all_of_it_holds() -> None:
    assert f"{len(STUDIES)} studies, " in HTML
    assert "and all of them hold." in HTML
    assert load_dataset().sha256 in HTML
    assert "<dt>size</dt><dd>full</dd>" in HTML
    places = [HTML.index(f'id="{name}"') for name in STUDIES]
    assert all(before < after for before, after in pairwise(places))


def test_it_needs_nothing_else_and_is_of_no_one_machine() -> None:
    assert "<script" not in HTML
    assert not re.findall(
        r"(?:src|href)=\"(?!data:|#|https://(?:doi|arxiv)\.org/|https://cs231n\.)", HTML
    )
    assert "url(http" not in HTML
    assert not re.search(r"/(?:home|root|work|Users|tmp)/", text_of(HTML))
    assert PAGE.stat().st_size < 1_500_000


@pytest.mark.parametrize("file", PICTURES)
def test_its_two_best_pictures_are_small_and_in_the_readme(file: str) -> None:
    path = FOLDER / file
    assert path.stat().st_size < 150_000
    with Image.open(path) as picture:
        assert picture.width > 1000
        # A ground of its own, so that it can be read on a dark page, too.
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert f"](pipelines/reports/studies/{file})" in README


def test_the_readme_links_it() -> None:
    assert "](pipelines/reports/studies/index.html)" in README


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_what_it_finds_is_found_again(name: str) -> None:
    """Figures may differ in another environment: the sentences around them do not."""

    def without_figures(sentence: str) -> str:
        return re.sub(r"[\d.,·−⁻⁰¹²³⁴⁵⁶⁷⁸⁹+-]+", "#", " ".join(sentence.split()))

    outcome = run_study(STUDIES[name], load_dataset())
    assert outcome.holds
    now = [without_figures(text_of(with_powers(finding.says))) for finding in outcome.findings]
    assert [without_figures(kept) for kept in findings_of(section_of(name))] == now
