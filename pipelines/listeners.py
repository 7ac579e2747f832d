"""What shows a run while it goes on: a bar on a terminal and in a notebook, else lines of a log."""

from __future__ import annotations

import builtins
import html
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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
from rich.text import Text

from data.telling.reading_progress import LOG as READING
from pipelines.reporting.texts.numbers import counted, duration
from pipelines.reporting.texts.outside_text import one_line
from pipelines.running.progress import Listener, Remaining, Step

LOG = logging.getLogger("preconv")


@contextmanager
def listener(level: int = logging.INFO) -> Iterator[Listener]:
    """Show progress on standard error: as a bar on a terminal, else as lines of a log.

    Parameters
    ----------
    level : int, default logging.INFO
        The least level that is shown. At WARNING there is neither a bar nor a line for each step;
        at DEBUG there are lines on a terminal, too.
    """
    console = Console(stderr=True, emoji=False)
    if console.is_terminal and level == logging.INFO:
        times = _Times()
        columns = (
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
            times,
        )
        with Progress(*columns, console=console, transient=True) as progress:
            bar = _Bar(progress, times)
            with _hearing(bar):
                yield bar
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("preconv: %(asctime)s %(message)s", "%H:%M:%S"))
    before = LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(level)
    try:
        yield _Log()
    finally:
        LOG.setLevel(before)
        LOG.removeHandler(handler)


@contextmanager
def _hearing(bar: Listener) -> Iterator[None]:
    """Show on a bar what the log says of the reading of images."""

    class Reading(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            bar.write(record.getMessage())

    handler, before = Reading(), READING.level
    READING.addHandler(handler)
    READING.setLevel(logging.INFO)
    try:
        yield
    finally:
        READING.setLevel(before)
        READING.removeHandler(handler)


def usual_listener() -> Listener:
    """Return what a run in Python tells of itself: a bar in a notebook, else its log.

    The log is that of `logging.getLogger("preconv")`, which shows nothing unless it is asked to.
    """
    # IPython puts this name among the built-in ones.
    shell = getattr(builtins, "get_ipython", lambda: None)()
    return _Notebook() if getattr(shell, "kernel", None) is not None else _Log()


class _Log(Listener):
    """Writes a line where a step begins and where it ends: what is done, and what is left."""

    def __init__(self) -> None:
        self._remaining = Remaining([])
        self._n_steps = self._n_done = 0
        self._begun = time.perf_counter()

    def plan(self, steps: Sequence[Step]) -> None:
        self._remaining = Remaining(steps, self.n_at_once)
        self._n_steps, self._n_done = len(steps), 0
        LOG.info("%s", counted(len(steps), "step"))

    def begin(self, step: Step) -> None:
        LOG.info("%s begins", _named(step))

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        self._remaining.done(step, None if kept else seconds)
        took = "kept from before" if kept else duration(seconds)
        self._say(logging.INFO, step, f"ends: {note}, {took}" if note else f"ends: {took}")

    def fail(self, step: Step, error: str) -> None:
        self._remaining.done(step)
        self._say(logging.ERROR, step, f"failed: {one_line(error)}")

    def write(self, what: str) -> None:
        LOG.debug("%s", what)

    def _say(self, level: int, step: Step, text: str) -> None:
        self._n_done += 1
        times = _times(time.perf_counter() - self._begun, self._remaining.seconds())
        part = f"{self._n_done} of {self._n_steps} in {times}"
        LOG.log(level, "%s %s; %s", _named(step), text, part)


class _Notebook(Listener):
    """Shows a bar in the cell of a notebook, with what runs; it needs no extension of Jupyter."""

    def __init__(self) -> None:
        self._remaining = Remaining([])
        self._n_steps = self._n_done = 0
        self._begun = time.perf_counter()
        self._what = "reading images"
        from IPython.display import display

        self._shown = display(self, display_id=True)

    def _repr_html_(self) -> str:
        times = _times(round(time.perf_counter() - self._begun), self._remaining.seconds())
        n = f'value="{self._n_done}" max="{self._n_steps}"' if self._n_steps else ""
        what = html.escape(one_line(self._what))
        return (
            f"<progress {n}></progress> {self._n_done}/{self._n_steps} {what} "
            f"<small>{times}</small>"
        )

    def __repr__(self) -> str:
        return f"{self._n_done}/{self._n_steps} {one_line(self._what)}"

    def plan(self, steps: Sequence[Step]) -> None:
        self._remaining = Remaining(steps, self.n_at_once)
        self._n_steps, self._n_done = len(steps), 0
        self._show()

    def begin(self, step: Step) -> None:
        self._what = _named(step)
        self._show()

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        self._remaining.done(step, None if kept else seconds)
        self._n_done += 1
        self._what = f"{_named(step)}: {note}"
        self._show()

    def fail(self, step: Step, error: str) -> None:
        self._remaining.done(step)
        self._n_done += 1
        self._what = f"{_named(step)} failed: {error}"
        self._show()

    def write(self, what: str) -> None:
        self._what = what
        self._show()

    def _show(self) -> None:
        if self._shown is not None:
            self._shown.update(self)


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


class _Bar(Listener):
    """Shows a bar of the run, with what it does and how long it will take; a line for each step."""

    def __init__(self, progress: Progress, times: _Times) -> None:
        self._progress, self._times = progress, times
        self._task = progress.add_task("reading images", total=None)

    def plan(self, steps: Sequence[Step]) -> None:
        self._times.remaining = Remaining(steps, self.n_at_once)
        self._progress.update(self._task, total=len(steps), completed=0)

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


def _times(spent_s: float, left_s: float | None) -> str:
    """Return how long a run has taken and, where that is known, how long it will still take."""
    to_go = f", about {duration(max(1, round(left_s)))} to go" if left_s else ""
    return f"{duration(spent_s)}{to_go}"


def _named(step: Step) -> str:
    return f"{step}, seed {step.seed}"
