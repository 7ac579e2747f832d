"""The page of a leaderboard, as text and in headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ReportError
from pipelines.record.report import Report
from pipelines.reporting.leaderboard.board import Leaderboard
from pipelines.reporting.leaderboard.page import write_page
from tests.pipelines.chromium import CONTRASTS, visit
from tests.pipelines.reporting.leaderboard.folders import EVIL, write_runs


@pytest.fixture(scope="module")
def path(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = write_runs(report, tmp_path_factory.mktemp("runs"))
    board = Leaderboard.of(runs)
    # No report with such a name is read; the page does not rely on that.
    rows = ({**row, "features": row["features"].replace("other", EVIL)} for row in board.rows)
    return write_page(replace(board, rows=tuple(rows)), runs / "leaderboard.html")


@pytest.fixture
def opened(browser: Any, path: Path) -> Iterator[Any]:
    yield from visit(browser, path.as_uri())


def test_nothing_from_outside_is_code_and_nothing_is_fetched(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert EVIL not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert text.count("<script>") == 1
    assert 'href="./second/report.html"' in text
    assert "http:" not in text
    assert "https:" not in text
    assert "default-src 'none'" in text


def test_what_cannot_be_written_is_said(path: Path) -> None:
    board = Leaderboard.of(path.parent)
    with pytest.raises(ReportError, match="the page cannot be written"):
        write_page(board, path / "inside a file.html")


def shown(page: Any) -> list[str]:
    """The accuracies of the rows that are shown, from top to bottom."""
    texts: list[str] = page.locator("#board tbody tr:visible .c-accuracy").all_inner_texts()
    return texts


def test_rows_are_filtered_sorted_and_compared(opened: Any) -> None:
    assert opened.locator("#shown").inner_text() == "10 of 10 cells shown"
    opened.fill("#q", "second LINEAR")
    assert opened.locator("#shown").inner_text() == "1 of 10 cells shown"
    assert shown(opened) == ["90.0"]
    opened.click("#reset")
    opened.select_option("[data-filter=model]", label="mlp")
    assert len(shown(opened)) == 3
    opened.select_option("[data-filter=model]", value="")

    opened.click("#board th.c-accuracy button")
    assert shown(opened) == sorted(shown(opened), key=float, reverse=True)
    assert opened.locator("#board th[aria-sort]").get_attribute("aria-sort") == "descending"
    opened.focus("#board th.c-accuracy button")
    opened.keyboard.press("Enter")
    assert shown(opened) == sorted(shown(opened), key=float)

    assert not opened.locator("#chosen").is_visible()
    rows = opened.locator("#board tbody tr:has-text('=first')")
    rows.nth(0).locator("input").check()
    rows.nth(1).locator("input").check()
    compared = opened.locator("#chosen tbody tr")
    assert compared.count() == 2
    first, second = (float(compared.nth(i).locator("td").nth(0).inner_text()) for i in range(2))
    points = compared.nth(1).locator("td").nth(1).inner_text().replace("−", "-")
    assert float(points) == pytest.approx(second - first, abs=0.11)
    assert not opened.locator("#unlike").is_visible()
    opened.locator("#board tbody tr:has-text('other') input").first.check()
    assert opened.locator("#unlike").is_visible()
    assert EVIL in opened.locator("#board").inner_text()


def test_the_address_keeps_what_is_chosen(browser: Any, path: Path) -> None:
    for page in visit(browser, path.as_uri()):
        page.fill("#q", "second")
        page.click("#board th.c-time button")
        address = page.url
    assert address.endswith("#q=second&sort=time")
    again = browser.new_page()
    again.goto(address)
    assert again.locator("#shown").inner_text() == "4 of 10 cells shown"
    assert again.locator("#board th.c-time").get_attribute("aria-sort") == "ascending"
    again.evaluate("location.hash = 'q=second'")
    again.wait_for_function("!document.querySelector('#board th[aria-sort]')")
    plain = browser.new_page()
    plain.goto(again.url)
    assert shown(again) == shown(plain)
    plain.close()
    again.close()


def test_a_difference_that_rounds_to_zero_has_no_sign(opened: Any) -> None:
    rows = opened.locator("#board tbody tr:has-text('=first')")
    points = []
    for change in (-0.0002, 0.0002, 0.01, -0.01):
        opened.evaluate(
            "(change) => [...document.querySelectorAll('#board tbody tr')]"
            ".filter((row) => row.textContent.includes('=first')).forEach((row, i) => {"
            " row.dataset.accuracy = i ? 0.5 + change : 0.5; })",
            change,
        )
        for i in range(2):
            rows.nth(i).locator("input").uncheck()
            rows.nth(i).locator("input").check()
        points.append(opened.locator("#chosen tbody tr").nth(1).locator("td").nth(1).inner_text())
    assert points == ["0.0", "0.0", "+1.0", "−1.0"]


def test_it_is_readable_and_fits_a_phone(opened: Any) -> None:
    for scheme in ("dark", "light"):
        opened.emulate_media(color_scheme=scheme)
        assert opened.evaluate(CONTRASTS) == []
    opened.set_viewport_size({"width": 360, "height": 700})
    assert opened.evaluate("() => document.documentElement.scrollWidth") <= 360
