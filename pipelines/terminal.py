"""What the command line shows: progress on a terminal, tables and answers on any output."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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

from pipelines.record.report import Cell, Measurements, Report
from pipelines.reproduction import Reproduction
from pipelines.running.progress import Listener, Remaining, Step
from pipelines.saved_model import Answer


@contextmanager
def listener() -> Iterator[Listener]:
    """Show progress if there is a terminal; be quiet if there is none."""
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
    """How long it has taken, and how long it will still take."""

    max_refresh = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.remaining = Remaining([])
        self.begun = time.perf_counter()

    def render(self, task: Task) -> Text:
        spent = clock(task.elapsed or 0.0)
        left = self.remaining.seconds()
        if not left:
            return Text(spent, style="dim")
        running = time.perf_counter() - self.begun
        return Text(f"{spent}, about {clock(max(1.0, left - running))} to go", style="dim")


class _Live(Listener):
    """A bar with what runs, how far it is and how long it will take; a line for each step done."""

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
        self._say(step, f"{note:>14}  {'kept from before' if kept else f'{seconds:.1f} s'}")

    def fail(self, step: Step, error: str) -> None:
        self._times.remaining.done(step)
        self._say(step, f"failed: {printable(error)}", style="red")

    def write(self, what: str) -> None:
        self._progress.update(self._task, description=what)

    def _say(self, step: Step, text: str, style: str = "") -> None:
        line = Text(f"{step!s:32} seed {step.seed}  {text}", style=style)
        self._progress.console.print(line, highlight=False)
        self._progress.advance(self._task)


def show_report(report: Report, files: Sequence[Path]) -> None:
    """Print the result as a table, and where the report is."""
    several = any(len(cell.seeds) > 1 for cell in report.cells)
    table = Table(title=Text(printable(report.title)), title_justify="left")
    for name in ("features", "model"):
        table.add_column(name)
    heads = ["accuracy %", "95 %", *(["± seeds"] if several else []), "values", "seconds"]
    for name in heads:
        table.add_column(name, justify="right")
    for cell in report.cells:
        if cell.accuracy is None or cell.ci95 is None:
            table.add_row(cell.features, cell.model, cell.status, *[""] * (len(heads) - 1))
            continue
        spread = "" if cell.accuracy_std is None else f"{100 * cell.accuracy_std:.1f}"
        table.add_row(
            cell.features,
            cell.model,
            f"{100 * cell.accuracy:.1f}",
            f"{100 * cell.ci95[0]:.1f} – {100 * cell.ci95[1]:.1f}",
            *([spread] if several else []),
            f"{cell.dim:,}",
            f"{_seconds(report.measurements, cell):.1f}",
        )
    console = Console(highlight=False)
    console.print(table)
    for cell in report.cells:
        if cell.error:
            console.print(
                f"{cell.features} × {cell.model} failed: {printable(cell.error)}", markup=False
            )
    took, peak = report.measurements.total_s, report.measurements.peak_memory_bytes
    console.print(f"{clock(took)} in all, {peak / 2**30:.1f} GiB of memory at most")
    for path in files:
        if path.exists():
            console.print(str(path), markup=False, soft_wrap=True)


def show_predictions(answers: Sequence[Answer], *, as_json: bool) -> None:
    """Print the best classes of each image, as a table or as JSON."""
    if as_json:
        print(json.dumps([answer.to_dict() for answer in answers], indent=1))
        return
    console = Console(highlight=False)
    for answer in answers:
        console.print(printable(str(answer.path)), markup=False, soft_wrap=True)
        for name, value in answer.top:
            shown = f"{100 * value:6.1f} %" if answer.has_probabilities else f"{value:8.3f}"
            console.print(f"  {shown}  {printable(name)}", markup=False, soft_wrap=True)


def show_datasets() -> None:
    """Print the datasets that have a name."""
    from data import NAMED_DATASETS

    table = Table()
    for name in ("name", "what it is", "download", "licence"):
        table.add_column(name)
    table.add_row("builtin", "drawn scenes of 32×32 pixels in 10 classes", "none", "BSD-3-Clause")
    for name, known in NAMED_DATASETS.items():
        table.add_row(name, known.description, f"{known.n_bytes / 2**20:.0f} MiB", known.licence)
    Console(highlight=False).print(table)


def show_reproduction(result: Reproduction, path: Path) -> None:
    """Print whether a report reproduces, and what differs."""
    console = Console(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(printable(text), markup=False)

    for line in result.notes:
        say(f"note: {line}")
    for line in result.differences:
        say(line)
    if result.status == 2:
        say(f"{path}: cannot be run again")
    elif result.status == 1:
        say(f"{path}: does not reproduce")
    else:
        same = f"{len(result.exact)} cells with the same predictions, bit for bit"
        near = f", {len(result.close)} within the tolerance" if result.close else ""
        say(f"{path}: reproduces; {same}{near}")


def clock(seconds: float) -> str:
    """Return a time as a person says it.

    Examples
    --------
    >>> clock(7.4), clock(83), clock(4000)
    ('7 s', '1 min 23 s', '1 h 6 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def printable(text: str) -> str:
    """Return text without what would move the cursor or colour the terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _seconds(measured: Measurements, cell: Cell) -> float:
    """Return what choosing, fitting and predicting took, a seed."""
    costs: list[Any] = [
        cost
        for cost in measured.cells
        if (cost.features, cost.model) == (cell.features, cell.model)
    ]
    total = sum(cost.choose_s + cost.fit_s + cost.predict_s for cost in costs)
    return float(total / max(1, len(costs)))
