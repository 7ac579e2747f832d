"""Reports on a terminal: one as a table, and several as a leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Report
from pipelines.reporting.columns import filled
from pipelines.reporting.leaderboard.board import Leaderboard, data_names, tested_on
from pipelines.reporting.leaderboard.columns import board_columns
from pipelines.reporting.texts.numbers import count, duration, size
from pipelines.reporting.texts.outside_text import one_line
from pipelines.reporting.texts.words import INTERVAL_OF_METHOD, edge_lines, how_drawn, quick_look
from pipelines.terminal.tables import LEAST_OF_A_NAME, show_table


def show_report(report: Report, files: Sequence[Path]) -> None:
    """Print the result as a table, with the errors of its cells, and where its files are."""
    columns, rows = filled(Standings(report), report.cells, compact=True)
    texts = [
        [one_line(column.written(value)) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    console = Console(highlight=False, emoji=False)
    show_table(console, report.title, columns, texts)
    for cell in report.cells:
        if cell.error:
            failed = f"{cell.features} × {cell.model} failed: {cell.error}"
            console.print(one_line(failed), markup=False)
    for line in edge_lines(report, most=3):
        console.print(one_line(line), markup=False, soft_wrap=True)
    if quick_look(report):
        console.print(quick_look(report), markup=False)
    if report.is_resampled:
        runs = f"{count(len(Standings(report).seeds))} resamples: {how_drawn(report)}"
        console.print(runs, markup=False)
        console.print(f"The interval is {INTERVAL_OF_METHOD}.", markup=False)
    measured = report.measurements
    peak = size(measured.peak_memory_bytes)
    console.print(f"{duration(measured.total_s)} in all, {peak} of memory at most")
    for path in files:
        if path.exists():
            console.print(one_line(str(path)), markup=False, soft_wrap=True)


def show_leaderboard(board: Leaderboard) -> None:
    """Print the cells of several reports: a table for all that were tested on the same images."""
    names = data_names(board.rows)
    columns = [column for column in board_columns(names) if column.key != "data"]
    console = Console(highlight=False, emoji=False)
    for tested, name in names.items():
        rows = [row for row in board.rows if tested_on(row) == tested]
        texts = [[one_line(column.written(row)) for column in columns] for row in rows]
        kept = [i for i in range(len(columns)) if any(row[i] for row in texts)]
        n = len({row["report"] for row in rows})
        title = f"{name}: {len(rows):,} cells of {n:,} report{'' if n == 1 else 's'}"
        shown = [columns[i] for i in kept], [[row[i] for i in kept] for row in texts]
        show_table(console, title, *shown, least_of_a_name=2 * LEAST_OF_A_NAME)
    if board.n_data > 1:
        console.print("Only cells on the same images have places among each other.", markup=False)
