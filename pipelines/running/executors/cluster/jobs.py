"""A task on its way: what a run waits for, and where it runs."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from pipelines.running.executors.cluster.placing import Needs


@dataclass(eq=False)
class Job:
    """A task that was submitted, where it runs, and how often its workers died.

    Parameters
    ----------
    name : str
    task : bytes
        The function and its arguments.
    future : Future
        What the run waits for.
    needs : Needs
    n_bytes : int
        How much the matrices take that it reads, or half of what a kernel takes.
    needs_same : bool
        Whether it needs a worker with our kernels.
    there : distributed.Future or None
        The task at the scheduler, since the time `since`.
    late : distributed.Future or None
        The same task with a second worker.
    rounds_lost, n_alone, n_placed : int
        How often its workers died, all workers were gone, and what it needs was lost.
    data : distributed.Future or None
        A large task, as data.
    """

    name: str
    task: bytes
    future: Future[Any]
    needs: Needs = field(default_factory=Needs)
    n_bytes: int = 0
    needs_same: bool = False
    there: Any = None
    since: float = 0.0
    late: Any = None
    rounds_lost: int = 0
    n_alone: int = 0
    n_placed: int = 0
    data: Any = None

    def fail(self, error: BaseException) -> None:
        """Let the run know that the task could not be run."""
        if not self.future.done() and self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)


def died(n_times: int) -> str:
    """Return why a task failed whose workers died."""
    return (
        f"its worker died {n_times} times while it ran, as when memory runs out; use fewer "
        "workers, or workers with more memory"
    )
