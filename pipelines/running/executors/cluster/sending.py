"""Tasks go to the scheduler: each under a key of its own, and again where that is needed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from data.errors import as_one_line
from pipelines.running.executors.cluster import at_worker
from pipelines.running.executors.cluster.jobs import Job, died
from pipelines.running.executors.cluster.overdue import Pace, silent_workers
from pipelines.running.executors.cluster.placing import Placing
from pipelines.running.executors.cluster.roll import Roll
from pipelines.running.executors.far import TaskFailed

_LARGE = 1 << 20  # a task with more bytes goes to a worker as data, once, not through the graph
_TAKEN_S = 1.0  # so long a large task waits for a worker that takes it as data
_MOST_ALONE = 5  # so often a task outlives all workers


class Sending:
    """Hands tasks to the scheduler of a cluster.

    Parameters
    ----------
    client : distributed.Client
    run : str
        What a worker that was accepted offers, and each task asks for.
    roll : Roll
    placing : Placing
    pace : Pace
    when_ended : callable
        Is called with a job and its future at the scheduler, when that has ended.
    """

    def __init__(
        self,
        client: Any,
        run: str,
        roll: Roll,
        placing: Placing,
        pace: Pace,
        when_ended: Callable[[Job, Any], None],
    ) -> None:
        self._client, self._run, self._roll = client, run, roll
        self._placing, self._pace, self._when_ended = placing, pace, when_ended

    def send(self, job: Job) -> None:
        """Hand a task to the scheduler under a key of its own, so that nothing is hashed there."""
        if len(job.task) > _LARGE and (job.data is None or job.data.status != "finished"):
            job.data = self._scattered(job)
        try:
            there = self._sent(job)
        except OSError as error:
            job.fail(TaskFailed(as_one_line(error)))
            return
        job.there, job.since = there, time.monotonic()
        there.add_done_callback(partial(self._when_ended, job))

    def _scattered(self, job: Job) -> Any:
        """Return a large task as data, or None where no worker is there that takes it.

        It then goes through the graph, and waits at the scheduler for a worker as small tasks do.
        """
        try:
            return self._client.scatter(job.task, hash=False, timeout=_TAKEN_S)
        except OSError:  # a timeout is one, too
            return None

    def _sent(self, job: Job, workers: list[str] | None = None) -> Any:
        holders = self._placing.place(job.needs.contents) if self._roll.apart else None
        return self._client.submit(
            at_worker.run_there,
            # What a silent worker holds cannot be had from it.
            job.task if job.data is None or workers else job.data,
            self._run,
            holders,
            job.n_bytes,
            key=f"{job.name}-{secrets.token_hex(8)}",
            pure=False,
            resources=self._asked_for(job),
            # What was lost together with its worker goes first: it is run then, and does not wait
            # behind another task that may end the worker.
            priority=job.rounds_lost,
            workers=workers,
        )

    def send_late(self, jobs: Collection[Job]) -> None:
        """Give tasks that are overdue to a free worker, too; the first result counts."""
        now, late_s = time.monotonic(), self._pace.late_s
        old = [job for job in list(jobs) if job.late is None and now - job.since > late_s]
        if not old:
            return
        busy = self._client.processing()
        silent = silent_workers(self._client.scheduler_info()["workers"], late_s)
        accepted = [*self._roll.there]
        free = [each for each in accepted if each not in silent and not busy.get(each)]
        where = {key: address for address, keys in busy.items() for key in keys}
        for job in sorted(old, key=lambda each: each.since):
            at = where.get(getattr(job.there, "key", None))
            if not free:
                return
            if at is None or not (at in silent or self._pace.is_late(job.name, now - job.since)):
                continue
            others = [each for each in accepted if each not in silent and each != at]
            free.pop()
            job.late = self._sent(job, others)
            job.late.add_done_callback(partial(self._when_ended, job))
            self._roll.to_say.append(
                f"{at}: this worker does not end {job.name} in time; another one runs it, too"
            )

    def _asked_for(self, job: Job) -> dict[str, int]:
        """Return what a task asks of its worker.

        Features are kept for cells of other runs, and so made with the kernels of this process,
        where a worker has them. Of a cell it is recorded.
        """
        if self._roll.keeps and (job.needs_same or not job.name.startswith("cell ")):
            return {self._run: 1, same_of(self._run): 1}
        return {self._run: 1}

    def send_again(self, jobs: Collection[Job]) -> None:
        """Send all tasks again, for the first worker that offers what they ask for.

        The scheduler has put them aside, and does not look at them when a worker offers more than
        it had when it came.
        """
        for job in list(jobs):
            there = job.there
            if there is None or there.done():
                continue
            job.n_alone += 1
            if job.n_alone > _MOST_ALONE:  # Dask counts anew with each time
                job.fail(TaskFailed(died(job.n_alone)))
            else:
                self.send(job)
            there.cancel()


def same_of(run: str) -> str:
    """Return what a worker offers, too, if its kernels are ours."""
    return f"{run}-kernels"
