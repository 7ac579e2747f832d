"""One list of columns serves the page, Markdown and the terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Report
from pipelines.reporting.columns import COLUMNS, Column, filled
from pipelines.reporting.markdown import markdown
from pipelines.reporting.page import page
from pipelines.terminal import reports


@pytest.fixture
def few(report: Report) -> Report:
    """Two cells that finished, one that failed."""
    return report.model_copy(update={"cells": report.cells[1:4], "pairs": ()})


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Report], str]:
    """What the terminal shows of a report."""

    def show(report: Report) -> str:
        shown = io.StringIO()
        monkeypatch.setattr(reports, "Console", lambda **_: Console(file=shown, width=120))
        reports.show_report(report, [])
        return shown.getvalue()

    return show


def test_a_column_is_one_entry(
    few: Report, printed: Callable[[Report], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    column = Column(
        "missed",
        "missed images",
        lambda standings, cell: cell.n_test - cell.n_correct[0] if cell.n_correct else None,
        "{:,d} [b]missed[/b]".format,
        explanation="wrong with the first seed",
        compact=True,
    )
    monkeypatch.setitem(COLUMNS, "missed", column)
    html, text, shown = page(few), markdown(few), printed(few)
    assert 'title="wrong with the first seed">missed images</button>' in html
    for written in (text, shown):
        assert "missed images" in written
    for cell in few.cells[:2]:
        n_missed = cell.n_test - cell.n_correct[0]
        entry = f'<td class="n c-missed" data-v="{n_missed}" data-csv="{n_missed}">'
        assert f"{entry}{n_missed:,} [b]missed[/b]</td>" in html
        assert rf"{n_missed:,} \[b\]missed\[/b\] |" in text
        assert re.search(rf"{n_missed:,} \[b\]missed\[/b\] *$", shown, re.MULTILINE)


def test_an_interval_of_ones_own_is_drawn(few: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    column = Column(
        "range",
        "range",
        lambda standings, cell: (0.1, 0.2, 0.3) if cell.n_correct else None,
        lambda ends: f"{ends[0]} to {ends[2]}",
        kind="interval",
    )
    monkeypatch.setitem(COLUMNS, "range", column)
    html = page(few)
    assert html.count('title="0.1 to 0.3"><span class="track"') == 2
    assert html.count('<span class="bar" style="left:0.0%;right:0.0%">') == 2


def test_a_column_without_values_is_left_out(few: Report) -> None:
    def keys(report: Report) -> list[str]:
        standings = Standings(report)
        return [column.key for column in filled(standings, report.cells)[0]]

    assert "status" in keys(few)
    finished = few.model_copy(update={"cells": few.cells[:2]})
    assert "status" not in keys(finished)
    one_seed = few.cells[0].model_copy(update={"seeds": (0,)})
    assert "seeds" in keys(finished)
    assert "seeds" not in keys(few.model_copy(update={"cells": (one_seed,)}))


def test_narrow_tables_have_fewer_columns(report: Report) -> None:
    standings = Standings(report)
    narrow, rows = filled(standings, standings.cells, compact=True)
    wide, _ = filled(standings, standings.cells)
    assert {column.key for column in wide} - {column.key for column in narrow} == {
        "rank", "group", "f1", "top2", "log_loss", "calibration"
    }  # fmt: skip
    assert all(len(row) == len(narrow) for row in rows)


def test_keys_are_those_of_the_columns() -> None:
    assert all(key == column.key for key, column in COLUMNS.items())


def test_the_terminal_shows_every_cell_in_the_order_of_the_report(
    report: Report, printed: Callable[[Report], str]
) -> None:
    shown = printed(report)
    rows = [line.split() for line in shown.splitlines()]
    names = [(row[0], row[1]) for row in rows if len(row) > 2]
    assert [name for name in names if name in {cell.name for cell in report.cells}] == [
        cell.name for cell in report.cells
    ]
    assert re.search(r"raw +knn +failed *$", shown, re.MULTILINE)
    assert re.search(r"bovw +knn +pending *$", shown, re.MULTILINE)
    assert "raw × knn failed: MemoryError" in shown
