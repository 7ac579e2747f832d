"""What the command line shows: progress on a terminal, and results as tables and text."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.box import SIMPLE_HEAD
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

from pipelines.record.report import Report
from pipelines.record.standings import Standings
from pipelines.reporting.columns import filled
from pipelines.reporting.numbers import duration, size
from pipelines.reporting.outside_text import one_line, visible
from pipelines.reproduction import CANNOT_RUN, CONSISTENT, DIFFERS, REPRODUCED, Reproduction
from pipelines.running.progress import Listener, Remaining, Step
from pipelines.saved_model import Answer


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
    table = Table(
        title=Text(one_line(report.title)),
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        caption="accuracy in per cent, time for one seed",
        caption_justify="left",
    )
    for column in columns:
        table.add_column(Text(column.heading), justify="right" if column.on_the_right else "left")
    for row in rows:
        written = [column.written(value) for column, value in zip(columns, row, strict=True)]
        table.add_row(*(Text(one_line(text)) for text in written))
    console = Console(highlight=False)
    console.print(table)
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


def show_predictions(answers: Sequence[Answer], *, as_json: bool) -> None:
    """Print the best classes of each image, as a table or as JSON."""
    if as_json:
        print(json.dumps([answer.to_dict() for answer in answers], indent=1))
        return
    console = Console(highlight=False)
    for answer in answers:
        console.print(one_line(str(answer.path)), markup=False, soft_wrap=True)
        for name, value in answer.top:
            shown = f"{100 * value:6.1f} %" if answer.has_probabilities else f"{value:8.3f}"
            console.print(f"  {shown}  {one_line(name)}", markup=False, soft_wrap=True)


def show_datasets() -> None:
    """Print the datasets that have a name."""
    from data import NAMED_DATASETS

    table = Table()
    for name in ("name", "what it is", "download", "licence"):
        table.add_column(name)
    for name, known in NAMED_DATASETS.items():
        download = f"{known.n_bytes / 2**20:.0f} MiB" if known.is_downloaded else "none"
        table.add_row(name, known.description, download, known.licence)
    Console(highlight=False).print(table)


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
