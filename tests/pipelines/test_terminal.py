from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

import pipelines.terminal
from data import NAMED_DATASETS, Dataset
from data.named.downloads import place
from data.named.named_dataset import NamedDataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.report import Report
from pipelines.record.standings import Standings
from pipelines.reporting.columns import filled
from pipelines.terminal import show_datasets, show_report


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal that remembers all that was shown."""
    shown = io.StringIO()

    def console(**_: object) -> Console:
        return Console(file=shown, force_terminal=True, width=100, color_system=None)

    monkeypatch.setattr(pipelines.terminal, "Console", console)
    return shown


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
    assert "test_terminal.py" in shown


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
    show_datasets()
    assert "…" not in capsys.readouterr().out


def test_a_dataset_is_listed_by_its_entry(
    screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> Dataset:
        raise AssertionError("listing must not load")

    entry = NamedDataset("squares", "six squares", "free of terms", ("a", "b"), load=load)
    monkeypatch.setitem(NAMED_DATASETS, entry.name, entry)
    show_datasets()
    rows = [[part.strip() for part in line.split("│")] for line in screen.getvalue().splitlines()]
    assert ["", "squares", "six squares", "none", "free of terms", ""] in rows
    names = [row[1] for row in rows if len(row) == 6 and row[1]]
    assert names == list(NAMED_DATASETS)
    assert [row[3] for row in rows if len(row) == 6 and row[1] == "cifar10"] == ["162 MiB"]


def test_what_is_here_is_said(
    screen: io.StringIO, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = replace(NAMED_DATASETS["fashion-mnist"], places=(str(tmp_path),))
    monkeypatch.setitem(NAMED_DATASETS, "fashion-mnist", known)
    for file in known.files:
        (tmp_path / file.name).write_bytes(b"")
    for file in NAMED_DATASETS["svhn"].files:
        place(file).parent.mkdir(parents=True, exist_ok=True)
        place(file).write_bytes(b"")
    show_datasets()
    rows = [[part.strip() for part in line.split("│")] for line in screen.getvalue().splitlines()]
    here = [row[1] for row in rows if len(row) == 6 and row[3] == "here"]
    assert here == ["svhn", "fashion-mnist"]
    for folder in (tmp_path, place(known.files[0]).parents[1]):
        assert f"here: {folder}" in screen.getvalue()
