"""What the units of work of a run share, and how they wait for tasks."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from data import Dataset
from data.keeping.cache import Draft, RunCache
from pipelines.running.executors import Workers, collected
from pipelines.running.matrices import Handle, Workspace

Waiting = Generator[Future[Any], None, Any]
"""A generator that yields each future that it waits for, and goes on when the future is done."""


@dataclass(frozen=True, eq=False)
class Setting:
    """What all units of a run share.

    Parameters
    ----------
    dataset : Dataset
    images : dict of Handle
        The images of "train" and "test", and the "labels" that are learned from.
    executor : Workers
    workspace : Workspace
    cache : RunCache or None
    """

    dataset: Dataset
    images: dict[str, Handle]
    executor: Workers
    workspace: Workspace
    cache: RunCache | None

    def release(self, handle: Handle) -> None:
        """Remove what a handle names, here and on the workers: no task will open it any more."""
        self.workspace.release(handle)
        self.executor.release(handle)

    def wait(self, future: Future[Any]) -> Waiting:
        """Return what a task returned, once it is done."""
        yield future
        return collected(future)

    def ask(self, task: Any, *arguments: Any) -> Waiting:
        """Run a task and return what it returned."""
        return (yield from self.wait(self.executor.submit(task, *arguments)))


def in_turn(setting: Setting, tasks: Iterator[Any], draft: Draft | None = None) -> Waiting:
    """Run tasks, each with its arguments, and return what they returned, in their order.

    With other processes, as many run as workers are free. In this process a task is done as soon as
    it is submitted, and its result is taken before the next one begins.
    """
    running: deque[Future[Any]] = deque()
    found = []
    task = next(tasks, None)
    while task or running:
        while task and (not running or not (running[-1].done() or setting.executor.is_busy())):
            running.append(setting.executor.submit(*task))
            task = next(tasks, None)
        found.append((yield from setting.wait(running.popleft())))
        if draft is not None:
            draft.is_alive()
    return found
