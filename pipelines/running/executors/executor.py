"""What an executor is, and the one that runs every task in this process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.errors import EngineLostError
from pipelines.running.apart.shelf import Kept
from pipelines.running.executors.far import Ran, TaskFailed
from pipelines.running.matrices import Handle
from pipelines.running.resources.memory import error_text

_SPEAK_S = 1.0


class Executor(Protocol):
    """Runs tasks, and returns a future for each; it is not given more than it takes."""

    @property
    def n_workers(self) -> int:
        """Return how many tasks it takes at the same time."""

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run a task, now or later; its future holds what the task returns, or a `Ran` with it."""


@dataclass(frozen=True)
class Named:
    """A task with a name that a person can read, for those who watch a cluster.

    Parameters
    ----------
    name : str
    task : callable

    Examples
    --------
    >>> Named("a sum", sum)([1, 2])
    3
    """

    name: str
    task: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        """Run the task."""
        return self.task(*arguments)


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


class Workers:
    """An executor that counts its running tasks, so that no more are submitted than it takes.

    Parameters
    ----------
    executor : Executor
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._running: set[Future[Any]] = set()

    @property
    def n_at_once(self) -> int:
        """How many tasks run at the same time."""
        return max(1, getattr(self._executor, "n_at_once", self._executor.n_workers))

    @property
    def keeps(self) -> bool:
        """Whether what comes out may be kept for other runs of this process."""
        return bool(getattr(self._executor, "keeps", True))

    @property
    def apart(self) -> str:
        """The name of the run if its workers do not see the files of this process; else ""."""
        return str(getattr(self._executor, "apart", ""))

    def shares(self, *handles: Handle) -> bool:
        """Return whether several tasks on these arrays run at the same time."""
        asked = getattr(self._executor, "shares", None)
        return self.n_at_once > 1 and (asked is None or bool(asked(*handles)))

    def recall(self, keys: Mapping[str, str]) -> dict[str, tuple[str, Kept]]:
        """Return which worker has a block of features from an earlier run, and what it is."""
        recall = getattr(self._executor, "recall", None)
        return dict(recall(keys)) if recall and keys else {}

    def release(self, handle: Handle) -> None:
        """Let workers remove what they have of a handle, as no task will open it any more."""
        if release := getattr(self._executor, "release", None):
            release(handle)

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run a task, now or later."""
        future = self._executor.submit(task, *arguments)
        if not future.done():
            self._running.add(future)
        return future

    def is_busy(self) -> bool:
        """Return whether every worker has something to do; raise EngineLostError without any."""
        self._speak()
        done = {future for future in self._running if future.done()}
        self._running -= done
        for future in done:
            if not future.cancelled() and isinstance(future.exception(), EngineLostError):
                future.result()
        return len(self._running) >= max(1, self._executor.n_workers)

    def wait(self) -> None:
        """Wait until one more task is done."""
        while not wait(self._running, _SPEAK_S, return_when=FIRST_COMPLETED).done and self._running:
            self._speak()

    def _speak(self) -> None:
        """Let the executor say what happened to its workers, if it has something to say."""
        if speak := getattr(self._executor, "speak", None):
            speak()

    def cancel(self) -> None:
        """Let no task begin any more, as nobody waits for it."""
        for future in self._running:
            future.cancel()
        self._running.clear()


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
    return str(error) if isinstance(error, TaskFailed) else error_text(error)
