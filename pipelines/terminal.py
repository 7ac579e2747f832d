"""What the command line shows: progress on a terminal, and results as tables and text."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
)
from rich.table import Table
from rich.text import Text

from pipelines.predicting.answers import Answer, Unread, marks
from pipelines.predicting.csv_rows import predictions_as_csv
from pipelines.record.report import Report
from pipelines.record.standings import Standings
from pipelines.record.statistics import wilson
from pipelines.reporting.columns import Column, filled
from pipelines.reporting.leaderboard.board import Leaderboard, data_names
from pipelines.reporting.leaderboard.columns import BoardColumn, board_columns
from pipelines.reporting.numbers import count, duration, percent, size
from pipelines.reporting.outside_text import one_line, visible
from pipelines.reproduction import CANNOT_RUN, CONSISTENT, DIFFERS, REPRODUCED, Reproduction
from pipelines.running.progress import Listener, Remaining, Step

_GAP = 2
_LEAST_OF_A_NAME = 8
_NARROW = 60
_MOST_CONFUSIONS = 10
# What is shown where there is no room: the names of a pairing, and its accuracy.
_FEWEST = 3


@contextmanager
def listener() -> Iterator[Listener]:
    """Show progress if there is a terminal, else nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Listener()
        return
    times = _Times()
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        times,
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Live(progress, times)


class _Times(ProgressColumn):
    """How long the run has taken, and how long it will still take."""

    max_refresh = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.remaining = Remaining([])
        self.begun = time.perf_counter()

    def render(self, task: Task) -> Text:
        spent = duration(round(task.elapsed or 0.0))
        left = self.remaining.seconds()
        if not left:
            return Text(spent, style="dim")
        running = time.perf_counter() - self.begun
        return Text(f"{spent}, about {duration(max(1, round(left - running)))} to go", style="dim")


class _Live(Listener):
    """Shows a bar of the run, with what it does and how long it will take; a line for each step."""

    def __init__(self, progress: Progress, times: _Times) -> None:
        self._progress, self._times = progress, times
        self._task = progress.add_task("reading images", total=None)

    def plan(self, steps: Sequence[Step]) -> None:
        self._times.remaining = Remaining(steps)
        self._progress.update(self._task, total=len(steps))

    def begin(self, step: Step) -> None:
        self._times.begun = time.perf_counter()
        self._progress.update(self._task, description=f"{step}, seed {step.seed}")

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        self._times.remaining.done(step, None if kept else seconds)
        self._say(step, f"{note:>14}  {'kept from before' if kept else duration(seconds)}")

    def fail(self, step: Step, error: str) -> None:
        self._times.remaining.done(step)
        self._say(step, f"failed: {one_line(error)}", style="red")

    def write(self, what: str) -> None:
        self._progress.update(self._task, description=what)

    def _say(self, step: Step, text: str, style: str = "") -> None:
        line = Text(f"{step!s:32} seed {step.seed}  {text}", style=style)
        self._progress.console.print(line, highlight=False)
        self._progress.advance(self._task)


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


def show_datasets() -> None:
    """Print the datasets that have a name."""
    from data import NAMED_DATASETS

    console = Console(highlight=False)
    table = Table()
    for heading in ("name", "what it is", "download", "licence"):
        is_short = heading in ("name", "download")
        table.add_column(heading, overflow="fold", no_wrap=is_short)
    for name, known in NAMED_DATASETS.items():
        download = f"{known.n_bytes / 2**20:.0f} MiB" if known.is_downloaded else "none"
        row = name, known.description, download, known.licence
        table.add_row(*row)
        if console.width < _NARROW:
            console.print(Text("; ".join(row)), soft_wrap=True)
    if console.width >= _NARROW:
        console.print(table)


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
    return f"{n} cell{'' if n == 1 else 's'}"
