from __future__ import annotations

import io
from pathlib import Path

import pytest

from data import Dataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Report
from pipelines.reporting.columns import filled
from pipelines.reporting.leaderboard.board import Leaderboard
from pipelines.terminal.reports import show_leaderboard, show_report
from tests.pipelines.reporting.leaderboard.folders import write_runs


def test_names_cannot_format_or_move_the_cursor(
    screen: io.StringIO, tiny: Dataset, spec: Comparison
) -> None:
    report = compare(spec.select(features=["raw"], models=["knn"]), dataset=tiny)
    evil = {"features": "[red]hog\x1b[2J", "error": "[red]no\x1b[2J\nmore"}
    cell = report.cells[0].model_copy(update=evil)
    report = report.model_copy(update={"title": "[bold]x[/bold]\x1b[2J", "cells": (cell,)})
    show_report(report, [Path("[red]a"), Path(__file__)])
    shown = screen.getvalue()
    assert "[bold]x[/bold]�[2J" in shown
    assert "[red]hog�[2J × knn failed: [red]no�[2J more" in shown
    assert "\x1b[2J" not in shown
    assert shown.count("[red]hog�") == 3  # in the table, its error and its choice
    assert "[red]a" not in shown  # it does not exist
    assert "test_reports.py" in shown


@pytest.mark.parametrize("width", [200, 60, 50, 40, 30, 20, 10])
def test_a_figure_is_whole_or_not_there(
    width: int, report: Report, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    show_report(report, [])
    shown = " ".join(capsys.readouterr().out.split())
    assert "…" not in shown
    columns, rows = filled(Standings(report), report.cells, compact=True)
    headings = shown.partition("no room for: ")[2]
    for i, column in enumerate(columns):
        written = [column.written(row[i]) for row in rows]
        is_left_out = column.heading.split()[0] in headings
        if column.on_the_right and not is_left_out:
            assert all(each in shown for each in written)
    assert ("no room for" in shown) == (width < 200)


def test_a_leaderboard_names_the_images_of_its_cells_at_any_width(
    report: Report,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    show_leaderboard(Leaderboard.of(write_runs(report, tmp_path)))
    shown = capsys.readouterr().out
    images = report.dataset
    assert f"{images.name} ({images.sha256[:8]}): 8 cells of 2 reports" in shown
    assert f"{images.name} (ffffffff): 2 cells of 1 report" in shown
