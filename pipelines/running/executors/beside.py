"""Short tasks run at the same time: one in this process, and one in each process beside it.

The default models are small, and one fit keeps one core busy. So a comparison on a machine with two
cores takes little more than half the time if two cells run at the same time. Every task has its
bits from its arguments alone. So it does not matter where it runs, and when.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from data.errors import as_one_line
from data.system.collector import paused_collector
from pipelines.comparison.named.own_names import (
    edited_sources,
    import_own,
    imported_sources,
)
from pipelines.comparison.spec import Comparison
from pipelines.running.executors.executor import InProcess
from pipelines.running.executors.far import Ran, TaskFailed, recorded
from pipelines.running.matrices import Handle
from pipelines.running.resources.beyond_arrays import beyond_arrays
from pipelines.running.resources.memory import peak_memory_bytes

# Steps × images from which another process pays: it takes seconds to start. This is as many seconds
# as fifteen on one core.
PAYS_FROM = 100_000

# A task on more values than this takes all cores by itself, and much memory: it runs here.
SHORT = 40_000_000

_BYTES_OF_SHORT = 4 * SHORT

# Each process takes a quarter of a GB, and the models are too few for many of them.
_MOST_BESIDE = 3

# A process that ended, as when memory runs out, is started again for its task, so often.
_TRIES = 2

_N_BUILTIN = 4000  # training images; with them the processes start before anything is read

_IMPORTED_AHEAD = ("pipelines.running.cells.cell", "pipelines.running.tasks", "sklearn.neighbors")


class Beside:
    """Runs tasks in this process and, at the same time, in others of this machine.

    Each other process has its next task before it ends one, as this process cannot give it one
    while it runs a task itself. The processes end with the `with` block.

    Parameters
    ----------
    n_beside : int
        How many other processes; with none, all runs here.
    n_steps : int
        How many cells there will be. The processes start with the first task, if so many cells with
        so many images pay for it.
    n_images : int, optional
        How many training images there will be. If that is known, the processes start at once.

    Attributes
    ----------
    n_at_once : int
        How many tasks run at the same time.
    n_workers : int
        How many tasks are taken at the same time.

    Examples
    --------
    >>> with Beside(0, n_steps=1) as executor:
    ...     executor.submit(divmod, 7, 2).result()
    (3, 1)
    """

    def __init__(self, n_beside: int, *, n_steps: int, n_images: int | None = None) -> None:
        self._holds(n_beside)
        self._n_steps = n_steps
        self._here = InProcess()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._unfinished: list[Future[Any]] = []
        self._others: list[_Other] = []
        if n_images is not None and self._pays(n_images):
            self._start()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        for _ in self._others:
            self._jobs.put(None)
        for other in self._others:
            other.end(at_once=kind is not None)

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run a task: beside, if a process there has fewer than two and the task is short.

        Parameters
        ----------
        task : callable
            A function of a module that another process can import.
        *arguments : object
            What the task is called with; what cannot be pickled runs here.

        Returns
        -------
        Future
            It will hold what `collected` turns into the task's value, error and warnings.
        """
        self._unfinished = [each for each in self._unfinished if not each.done()]
        if (
            len(self._unfinished) < 2 * self.n_beside
            and self._goes_beside(arguments)
            and beyond_arrays(arguments) <= _BYTES_OF_SHORT
        ):
            with suppress(Exception):  # each class has its own error for what it cannot pickle
                job = _Job(Future(), pickle.dumps((task, arguments)))
                self._jobs.put(job)
                self._unfinished.append(job.future)
                return job.future
        return self._here.submit(task, *arguments)

    def shares(self, *handles: Handle) -> bool:
        """Return whether tasks on these arrays are short enough to run beside each other."""
        return self.n_beside > 0 and self._goes_beside(handles)

    def _goes_beside(self, arguments: tuple[Any, ...]) -> bool:
        shapes = [each.open().shape for each in arguments if isinstance(each, Handle)]
        if not shapes or sum(math.prod(shape) for shape in shapes) > SHORT:
            return False
        if not self._others and self._pays(max(shape[0] for shape in shapes)):
            self._start()
        return bool(self._others)

    def _holds(self, n_beside: int) -> None:
        self.n_beside, self.n_at_once = n_beside, 1 + n_beside
        # Each process there takes two; the one that runs here is done when it is taken.
        self.n_workers = 1 + 2 * n_beside

    def _pays(self, n_images: int) -> bool:
        return self._n_steps * n_images >= PAYS_FROM

    def _start(self) -> None:
        """Start the processes; where the system does not let us, all runs here.

        So it does where a user's file was edited since it was loaded: others would load the edit.
        """
        if edited_sources():
            self._holds(0)
            return
        try:
            for _ in range(self.n_beside):
                self._others.append(_Other(self._jobs))
        except OSError as error:
            warnings.warn(
                f"no other process could be started, so one cell runs at a time: {error}",
                RuntimeWarning,
                stacklevel=4,
            )
            self._holds(len(self._others))


def beside(comparison: Comparison) -> Beside:
    """Return what runs the tasks of a comparison on the cores of this machine."""
    import joblib

    n_steps = len(comparison.rows) * len(comparison.columns) * len(comparison.runs)
    n_images = None
    if comparison.data == "builtin":
        n_images = min(comparison.limit or _N_BUILTIN, _N_BUILTIN)
    n_beside = min(int(joblib.cpu_count()) - 1, _MOST_BESIDE)
    return Beside(n_beside, n_steps=n_steps, n_images=n_images)


class _Job(NamedTuple):
    future: Future[Any]
    task: bytes


class _Other:
    """Another process, and the thread that hands tasks to it."""

    def __init__(self, jobs: queue.SimpleQueue[_Job | None]) -> None:
        self._jobs = jobs
        self._is_over = False
        self._begin()
        self._thread = threading.Thread(target=self._hand_over, daemon=True)
        self._thread.start()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        own = imported_sources()
        self._process = context.Process(target=_work, args=(there, own), daemon=True)
        self._process.start()
        there.close()

    def end(self, *, at_once: bool) -> None:
        """End the process: now, or when it has done what it was given."""
        self._is_over = True
        if at_once:
            self._process.terminate()
        self._thread.join(timeout=1 if at_once else None)
        self._here.close()
        self._process.join(timeout=5)

    def _hand_over(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                found = self._outcome(job.task)
            except BaseException as error:  # without this thread its jobs would never be done
                found = error
            if isinstance(found, BaseException):
                job.future.set_exception(found)
            else:
                job.future.set_result(found)

    def _outcome(self, task: bytes) -> Any:
        for _ in range(_TRIES):
            try:
                self._here.send_bytes(task)
                answer = self._here.recv_bytes()
            except Exception as error:
                if self._is_over:
                    break
                # Also where memory was short: the rest of this answer would be taken for the next.
                self._here.close()
                self._process.join()
                try:
                    self._begin()
                except OSError as why:
                    return TaskFailed(f"no other process could be started: {why}")
                if not isinstance(error, EOFError | OSError):
                    return error
            else:
                return pickle.loads(answer)
        return TaskFailed(f"its process ended {_TRIES} times, as when memory runs out")


def _work(connection: Connection, own: Mapping[str, str]) -> None:
    """Run tasks until there are no more: the life of a process beside the first one.

    What the first one has imported for its user may have added to a registry.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that gives the tasks ends this one
    from importlib import import_module

    with paused_collector():
        for name in _IMPORTED_AHEAD:
            import_module(name)
        for source in own:
            with suppress(Exception):  # the first process could, and a task that needs it will say
                import_own(source)
    edited = [source for source, code in imported_sources().items() if code != own.get(source)]
    with suppress(EOFError, OSError):  # the other end is closed, or its process is no more
        while True:
            task = connection.recv_bytes()
            connection.send_bytes(_edited(edited) if edited else _ran(task))
    os._exit(0)  # what is left to be cleaned up is what the system cleans up


def _edited(sources: list[str]) -> bytes:
    """Return the pickle of the error that files were edited while the comparison runs."""
    said = f"{', '.join(sources)} was edited while this ran; give the same command again"
    return pickle.dumps(TaskFailed(said))


def _ran(task: bytes) -> bytes:
    """Run a task, and return the pickle of what came of it, or of an error of the disk."""
    try:
        found = recorded(task)
    except OSError as raised:
        return pickle.dumps(raised)
    try:
        return pickle.dumps(found)
    except Exception as raised:
        return pickle.dumps(Ran(None, as_one_line(raised), (), peak_memory_bytes()))
