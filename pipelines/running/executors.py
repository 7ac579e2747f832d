"""Who runs the tasks of a comparison: this process, or other processes of this machine.

A task is a function of a module with arguments that can be pickled. No other module depends on
where a task runs.
"""

from __future__ import annotations

import multiprocessing
import signal
import warnings
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

from data.errors import as_one_line
from pipelines.running.memory import peak_memory_bytes


class Executor(Protocol):
    """Runs tasks, and returns a future for each.

    Attributes
    ----------
    n_workers : int
        How many tasks can run at the same time; more are not submitted.
    """

    n_workers: int

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run a task, now or later; its future holds what the task returns, or a `Ran` with it."""


@dataclass(frozen=True)
class Ran:
    """What a task returned or raised in another process, and its warnings there."""

    value: Any
    error: str
    warnings: tuple[tuple[str, type[Warning], str, int], ...]
    peak_memory_bytes: int


class TaskFailed(RuntimeError):
    """A task failed in another process; the message is its error on one line."""


class InProcess:
    """Runs every task in this process, when it is submitted."""

    n_workers = 1

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run a task now. An error is kept in its future; Ctrl-C is not, and ends the run."""
        future: Future[Any] = Future()
        try:
            future.set_result(task(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


class Processes:
    """Runs tasks in other processes of this machine, which live as long as the `with` block.

    Parameters
    ----------
    n_workers : int
        How many processes, at least 1.

    Raises
    ------
    ValueError
        If it is less than 1.

    Examples
    --------
    >>> with Processes(1) as executor:
    ...     collected(executor.submit(divmod, 7, 2))
    (3, 1)
    """

    def __init__(self, n_workers: int) -> None:
        if n_workers < 1:
            raise ValueError(f"n_workers must be 1 or more, got {n_workers}")
        self.n_workers = n_workers
        self._pool = ProcessPoolExecutor(
            n_workers, multiprocessing.get_context("spawn"), initializer=_leave_ctrl_c_alone
        )

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        workers = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=kind is None, cancel_futures=True)
        for worker in workers if kind is not None else ():
            worker.terminate()

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run a task in the next process that is free.

        Parameters
        ----------
        task : callable
            A function of a module that the other process can import.
        *arguments : object
            What the task is called with; they must be such that they can be pickled.

        Returns
        -------
        Future
            It will hold what `collected` turns into the task's value, error and warnings.
        """
        return self._pool.submit(_ran, task, *arguments)


class Workers:
    """An executor that counts its running tasks, so that no more are submitted than can run.

    Parameters
    ----------
    executor : Executor
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._running: set[Future[Any]] = set()

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run a task, now or later."""
        future = self._executor.submit(task, *arguments)
        if not future.done():
            self._running.add(future)
        return future

    def is_busy(self) -> bool:
        """Return whether every worker has something to do."""
        self._running = {future for future in self._running if not future.done()}
        return len(self._running) >= self._executor.n_workers

    def wait(self) -> None:
        """Wait until one more task is done."""
        wait(self._running, return_when=FIRST_COMPLETED)


def collected(future: Future[Any]) -> Any:
    """Return what a task returned; raise what it raised, and pass on what it warned of."""
    value = future.result()
    if not isinstance(value, Ran):
        return value
    for message, category, file, line in value.warnings:
        warnings.warn_explicit(message, category, file, line)
    if value.error:
        raise TaskFailed(value.error)
    return value.value


def said(error: BaseException) -> str:
    """Return the error of a task on one line, the same wherever the task ran."""
    return str(error) if isinstance(error, TaskFailed) else as_one_line(error)


def _ran(task: Callable[..., Any], *arguments: Any) -> Ran:
    """Run a task and record its warnings; an error is text, as not every error can be pickled."""
    value, error = None, ""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")
        try:
            value = task(*arguments)
        except Exception as raised:
            if isinstance(raised, OSError) and type(raised).__module__ == "builtins":
                raise  # the caller can try again without the disk
            error = as_one_line(raised)
    lines = tuple((str(each.message), each.category, each.filename, each.lineno) for each in heard)
    return Ran(value, error, lines, peak_memory_bytes())


def _leave_ctrl_c_alone() -> None:
    """Ignore Ctrl-C in a worker: the process that submits the tasks ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
