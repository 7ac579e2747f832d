"""What the command line shows when a command is done: results as tables and text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data import Inspection
from data.named.named_dataset import NamedDataset
from pipelines.forecast import Cell, Features, Forecast
from pipelines.predicting.answers import Answer, Unread, marks
from pipelines.predicting.csv_rows import predictions_as_csv
from pipelines.record.report import Report
from pipelines.record.standings import Standings
from pipelines.record.statistics import wilson
from pipelines.reporting.columns import Column, filled
from pipelines.reporting.leaderboard.board import Leaderboard, data_names
from pipelines.reporting.leaderboard.columns import BoardColumn, board_columns
from pipelines.reporting.numbers import count, counted, duration, percent, size
from pipelines.reporting.outside_text import one_line, visible
from pipelines.reporting.words import INTERVAL_OF_METHOD, edge_lines, how_drawn, quick_look
from pipelines.reproduction import CANNOT_RUN, CONSISTENT, DIFFERS, REPRODUCED, Reproduction

_GAP = 2
_LEAST_OF_A_NAME = 8
_NARROW = 60
_MOST_CONFUSIONS = 10
# What is shown where there is no room: the names of a pairing, and its accuracy.
_FEWEST = 3


def show_report(report: Report, files: Sequence[Path]) -> None:
    """Print the result as a table, with the errors of its cells, and where its files are."""
    columns, rows = filled(Standings(report), report.cells, compact=True)
    texts = [
        [one_line(column.written(value)) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    console = Console(highlight=False)
    _show_table(console, report.title, columns, texts)
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
    """Print the cells of several reports as one table."""
    columns = board_columns(data_names(board.rows))
    texts = [[one_line(column.written(row)) for column in columns] for row in board.rows]
    kept = [i for i in range(len(columns)) if any(row[i] for row in texts)]
    n = len(board.files)
    title = f"{len(board.rows):,} cells of {n:,} report{'' if n == 1 else 's'}"
    console = Console(highlight=False)
    shown = [columns[i] for i in kept], [[row[i] for i in kept] for row in texts]
    _show_table(console, title, *shown, least_of_a_name=2 * _LEAST_OF_A_NAME)
    if board.n_data > 1:
        console.print("Only cells on the same images have places among each other.", markup=False)


def _show_table(
    console: Console,
    title: str,
    columns: Sequence[Column | BoardColumn],
    texts: Sequence[Sequence[str]],
    least_of_a_name: int = _LEAST_OF_A_NAME,
) -> None:
    """Print the columns that there is room for, and name the others."""
    least = [
        _least_width(column, [row[i] for row in texts], least_of_a_name)
        for i, column in enumerate(columns)
    ]
    n_shown = len(columns)
    while n_shown and sum(least[:n_shown]) + _GAP * (n_shown + 1) > console.width:
        n_shown -= 1
    fewest = min(_FEWEST, len(columns))
    if n_shown >= fewest:
        console.print(_table(title, columns[:n_shown], least, texts))
    else:
        n_shown = fewest
        for row in texts:
            console.print(Text(" ".join(row[:n_shown])), soft_wrap=True)
    if left_out := [column.heading for column in columns[n_shown:]]:
        console.print(f"no room for: {', '.join(left_out)}", markup=False)


def show_forecast(found: Forecast) -> None:
    """Print what a comparison would do, row by row and cell by cell."""
    console = Console(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(one_line(text), markup=False)

    def seconds(each: Features | Cell) -> str:
        if each.error:
            return f"time unknown: {each.error}"
        return f"about {duration(each.seconds)}" if each.seconds else "nothing to do"

    seeds = counted(found.n_seeds, "resample" if found.resampled else "seed")
    say(f"{counted(len(found.cells), 'cell')}, {seeds}, {found.dataset!r}")
    for row in found.features:
        kept = "in the cache" if row.kept else seconds(row)
        shape = (
            f"{count(row.dim)} columns, {size(row.n_bytes)}, " if row.dim and row.n_bytes else ""
        )
        say(f"  {row.name} features: {shape}{kept}")
    for cell in found.cells:
        kept = f", {cell.n_kept} of {seeds} in the cache" if cell.n_kept else ""
        say(f"  {' × '.join(cell.name)}: {seconds(cell)}{kept}")
    on_disk = sum(row.n_bytes or 0 for row in found.features)
    say(
        f"about {duration(found.seconds)} and {size(found.memory_bytes)} of memory, "
        f"{size(on_disk)} of features on disk; measured on {count(found.n_probed)} training images"
    )
    unknown = sum(bool(row.error) for row in found.features)
    unknown += sum(bool(cell.error) for cell in found.cells)
    if unknown:
        say(f"{counted(unknown, 'step')} of unknown time not counted")


def _least_width(column: Column | BoardColumn, texts: Sequence[str], least_of_a_name: int) -> int:
    """Return how narrow a column may be: names may be broken, and no figure is."""
    longest = max(map(cell_len, [*texts, *column.heading.split()]))
    return longest if column.on_the_right else min(longest, least_of_a_name)


def _table(
    title: str,
    columns: Sequence[Column | BoardColumn],
    least: Sequence[int],
    rows: Sequence[Sequence[str]],
) -> Table:
    table = Table(
        title=Text(one_line(title)),
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        caption="accuracy in per cent, time for one seed",
        caption_justify="left",
    )
    for column, width in zip(columns, least, strict=False):
        table.add_column(
            Text(column.heading),
            justify="right" if column.on_the_right else "left",
            overflow="fold",
            min_width=width,
        )
    for row in rows:
        table.add_row(*map(Text, row[: len(columns)]))
    return table


def show_predictions(
    found: Sequence[Answer | Unread],
    form: Literal["text", "json", "csv"] = "text",
    *,
    top: int = 3,
) -> None:
    """Print the best classes of each image; JSON and CSV have what failed, too."""
    if form == "json":
        print(json.dumps([each.to_dict() for each in found], indent=1, allow_nan=False))
        return
    if form == "csv":
        print(predictions_as_csv(found, top), end="")
        return
    console = Console(highlight=False)
    for answer in found:
        if isinstance(answer, Unread):
            continue
        own = "" if answer.true is None else f" ({answer.true})"
        console.print(one_line(f"{answer.path}{own}"), markup=False, soft_wrap=True)
        for name, value in answer.top:
            shown = f"{100 * value:6.1f} %" if answer.has_probabilities else f"{value:8.3f}"
            console.print(f"  {shown}  {one_line(name)}", markup=False, soft_wrap=True)


def show_marks(
    found: Sequence[Answer | Unread], class_names: Sequence[str], *, beside: bool
) -> None:
    """Print how often answers are right and their confusions, if the classes are known.

    With `beside` that goes to standard error, as standard output is for a program.
    """
    told = marks(found, class_names)
    if told is None:
        return
    console = Console(highlight=False, stderr=beside)
    n, right = told.n_images, told.n_right
    low, high = wilson(right, n)
    console.print(
        f"{count(right)} of {count(n)} labelled images right: {percent(right / n)} %, "
        f"95 % interval {percent(low)} – {percent(high)} %",
        markup=False,
        soft_wrap=True,
    )
    names = [one_line(name) for name in told.class_names]
    columns = [BoardColumn("true", "true", lambda row: row)]
    columns += [BoardColumn(name, name, lambda row: row, on_the_right=True) for name in names]
    rows = [
        [name, *(count(int(n)) if n else "·" for n in row)]
        for name, row in zip(names, told.confusion, strict=True)
    ]
    widths = [
        max(cell_len(each) for each in (*column, head.heading))
        for head, column in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    if sum(widths) + _GAP * len(widths) + _GAP <= console.width:
        table = _table("", columns, widths, rows)
        table.title = table.caption = None
        console.print("true classes by predicted ones:", table)
        return
    wrong = [
        (int(n), names[i], names[j]) for (i, j), n in np.ndenumerate(told.confusion) if i != j and n
    ]
    for n_wrong, true, predicted in sorted(wrong, key=lambda each: -each[0])[:_MOST_CONFUSIONS]:
        line = f"{count(n_wrong):>6}  {true} taken for {predicted}"
        console.print(line, markup=False, soft_wrap=True)


def show_inspection(found: Inspection, *, as_json: bool) -> None:
    """Print what becomes of a source, as lines or as JSON."""
    if as_json:
        print(json.dumps(found.to_dict(), indent=1, allow_nan=False))
        return
    console = Console(highlight=False)
    for line in str(found).splitlines():
        console.print(visible(line), markup=False, soft_wrap=True)


def show_datasets() -> None:
    """Print the datasets that have a name."""
    from data import NAMED_DATASETS

    console = Console(highlight=False)
    table = Table()
    for heading in ("name", "what it is", "download", "licence"):
        is_short = heading in ("name", "download")
        table.add_column(heading, overflow="fold", no_wrap=is_short)
    for name, known in NAMED_DATASETS.items():
        row = name, known.description, _download(known), known.licence
        table.add_row(*row)
        if console.width < _NARROW:
            console.print(Text("; ".join(row)), soft_wrap=True)
    if console.width >= _NARROW:
        console.print(table)
    for place in sorted({str(place) for known in NAMED_DATASETS.values() for place in known.here}):
        console.print(Text(f"here: {one_line(place)}"), soft_wrap=True)


def _download(known: NamedDataset) -> str:
    """Return how large a download is, or that nothing need be downloaded."""
    if not known.is_downloaded:
        return "none"
    return "here" if known.is_here else f"{known.n_bytes / 2**20:,.0f} MiB"


def show_reproduction(result: Reproduction, path: Path) -> None:
    """Print whether a report holds, what differs, and what nobody can check."""
    console = Console(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(visible(text), markup=False)

    for line in result.notes:
        say(f"note: {line}")
    for line in result.differences:
        say(line)
    if result.unchecked:
        say(f"not checked: {', '.join(result.unchecked)}")
    same = f"{_cells(len(result.exact))} the same, bit for bit"
    near = f"{_cells(len(result.close))} within the tolerance for another environment"
    verdict = {
        REPRODUCED: f"reproduced bit for bit: {same}",
        CONSISTENT: f"consistent, in another environment: {same}, {near}",
        DIFFERS: "differs, or contradicts itself",
        CANNOT_RUN: "cannot be run again",
    }
    say(f"{path}: {verdict[result.status]}")


def _cells(n: int) -> str:
    return counted(n, "cell")
