"""Tasks on the workers of a Dask cluster, whoever started it.

Images and matrices do not travel with a task: it has handles, which name files that all workers
see, or arrays that lie with the workers. A worker is asked first what it is like. One that was
accepted offers a resource that each task asks for. So no other worker gets a task, and a worker
runs one at a time.
"""

from __future__ import annotations

import secrets
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import cloudpickle  # Dask's own way to pickle what a notebook defines

from data.errors import as_one_line
from data.whole_file import write_whole
from pipelines.comparison.named.own_names import imported_sources
from pipelines.errors import EngineLostError
from pipelines.record.outcome import Outcome
from pipelines.running.apart.handles import n_bytes_of
from pipelines.running.apart.shelf import NotHereError
from pipelines.running.environment import environment
from pipelines.running.executors import at_worker, memory_there
from pipelines.running.executors.executor import Named
from pipelines.running.executors.far import Ran, TaskFailed, Terms, is_of_the_disk
from pipelines.running.executors.overdue import LATE_S, Pace, silent_workers
from pipelines.running.executors.placing import Needs, Placing
from pipelines.running.executors.roll import LOOK_S, Roll
from pipelines.running.matrices import Handle, Workspace

WAIT_S = 60.0
"""How long a run waits for a worker, at its begin and when it has lost all of them."""

_WAITING_EACH = 2  # a worker has its next task already when it ends one
_LARGE = 1 << 20  # a task with more bytes goes to a worker as data, once, not through the graph
_ROUNDS = 2
_MOST_ALONE = 5  # so often a task outlives all workers
_MOST_PLACED = 9  # so often what a task needs is lost while it is on its way
_PAUSE_S = 10.0
_PATIENCE = 3


@dataclass(eq=False)
class _Job:
    """A task that was submitted, and how often its workers died."""

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


class OnDask:
    """Runs tasks on a Dask cluster as long as the `with` block lasts; the client stays open.

    Parameters
    ----------
    client : distributed.Client
        Not asynchronous.
    ours : bool, default False
        Whether its workers were started for this run alone, and Ctrl-C is not for them.
    wait_s : float, default `WAIT_S`
        How long to wait for a worker.
    late_s : float, default `LATE_S`
        After how long a task may be given to a second worker.

    Raises
    ------
    WorkersError
        When the block begins, if no worker comes that can be used.
    """

    def __init__(
        self, client: Any, *, ours: bool = False, wait_s: float = WAIT_S, late_s: float = LATE_S
    ) -> None:
        self._client, self._ours, self._wait_s = client, ours, wait_s
        self._resource = f"preconv-{secrets.token_hex(4)}"
        self._same = f"{self._resource}-kernels"
        self._jobs: set[_Job] = set()
        self._over = threading.Event()
        self._here = Workspace()
        self._pace = Pace(late_s)
        self.peak_memory_bytes = 0
        self.fetched_bytes = 0
        """How much workers have fetched from other workers."""

    def __enter__(self) -> OnDask:
        self._here.__enter__()
        self._roll = Roll(self._client, self._all_terms(), self._wait_s, self._send_again)
        self._placing = Placing(self._client, self._resource, lambda: self._roll.there)
        try:
            self._roll.wait()
        except BaseException:
            self._roll.close()
            self._release()
            self._here.__exit__()
            raise
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for job in list(self._jobs):
            job.future.cancel()
        self._roll.close()
        self._watching.join(LOOK_S)
        if not self._ours:
            self._release()
        self._here.__exit__()
        self.speak()

    @property
    def n_at_once(self) -> int:
        """How many tasks run at the same time: one on each worker that was accepted."""
        return len(self._roll.there)

    @property
    def n_workers(self) -> int:
        """How many tasks are taken: beside the one that it runs, a worker has its next one."""
        return max(1, _WAITING_EACH * self.n_at_once)

    @property
    def keeps(self) -> bool:
        """Whether a worker has the kernels of this process, so that what it makes may be kept."""
        return self._roll.keeps

    @property
    def apart(self) -> str:
        """The name of the run if a worker does not see the files of this process; else ""."""
        return self._resource if self._roll.apart else ""

    @property
    def placed_bytes(self) -> int:
        """How much of images and labels went from this process to workers."""
        return self._placing.placed_bytes

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Run a task on the next worker that is free.

        Parameters
        ----------
        task : callable
            A function of a module that the workers can import; Dask shows its name.
        *arguments : object
            What the task is called with; they must be such that they can be pickled.

        Returns
        -------
        Future
            It will hold what `collected` turns into the task's value, error and warnings.
        """
        self.speak()
        name, function = (task.name, task.task) if isinstance(task, Named) else ("task", task)
        needs = Needs()
        if self._roll.apart:
            arguments = tuple(self._placing.translated(each, needs) for each in arguments)
        else:
            arguments = tuple(self._checked(each) for each in arguments)
        n_bytes = sum(n_bytes_of(each) for each in arguments if isinstance(each, Handle))
        job = _Job(name, cloudpickle.dumps((function, arguments)), Future(), needs, n_bytes)
        self._jobs.add(job)
        job.future.add_done_callback(partial(self._forget, job))
        self._send(job)
        return job.future

    def release(self, handle: Handle) -> None:
        """Let the workers remove what they have of an array that no task will open any more."""
        if self._roll.apart and (name := self._placing.drop(handle)):
            self._roll.tell(at_worker.drop, self._resource, name)

    def _checked(self, argument: Any) -> Any:
        """Return a handle to images or labels with its hash, which a worker checks."""
        if isinstance(argument, Handle) and argument.given and argument.path is not None:
            return replace(argument, sha256=self._placing.content(argument.path).sha256)
        return argument

    def _send(self, job: _Job) -> None:
        """Hand a task to the scheduler under a key of its own, so that nothing is hashed there."""
        if len(job.task) > _LARGE and (job.data is None or job.data.status != "finished"):
            job.data = self._client.scatter(job.task, hash=False)
        try:
            there = self._sent(job)
        except OSError as error:
            self._fail(job, TaskFailed(as_one_line(error)))
            return
        job.there, job.since = there, time.monotonic()
        there.add_done_callback(partial(self._ended, job))

    def _sent(self, job: _Job, workers: list[str] | None = None) -> Any:
        holders = self._placing.place(job.needs.contents) if self._roll.apart else None
        return self._client.submit(
            at_worker.run_there,
            # What a silent worker holds cannot be had from it.
            job.task if job.data is None or workers else job.data,
            self._resource,
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

    def _send_late(self) -> None:
        """Give tasks that are overdue to a free worker, too; the first result counts."""
        now, late_s = time.monotonic(), self._pace.late_s
        old = [job for job in list(self._jobs) if job.late is None and now - job.since > late_s]
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
            job.late.add_done_callback(partial(self._ended, job))
            self._roll.to_say.append(
                f"{at}: this worker does not end {job.name} in time; another one runs it, too"
            )

    def _asked_for(self, job: _Job) -> dict[str, int]:
        """Return what a task asks of its worker.

        Features are kept for cells of other runs, and so made with the kernels of this process,
        where a worker has them. Of a cell it is recorded.
        """
        if self.keeps and (job.needs_same or not job.name.startswith("cell ")):
            return {self._resource: 1, self._same: 1}
        return {self._resource: 1}

    def _ended(self, job: _Job, there: Any) -> None:
        """Pass on how a task ended. Dask calls this in a thread of its own."""
        if job.late is not None and there is job.late and there.status != "finished":
            job.late = None  # it may be given to another one
        if job.future.done() or (there is not job.there and there is not job.late):
            return
        try:
            self._pass_on(job, there)
        except Exception as error:  # of Dask; nobody would hear of it in this thread
            self._fail(job, EngineLostError(f"the Dask cluster is gone: {as_one_line(error)}"))

    def _pass_on(self, job: _Job, there: Any) -> None:
        from distributed import KilledWorker

        status = there.status
        if status == "finished":
            found = there.result()
            if isinstance(found, Ran):
                self.peak_memory_bytes = max(self.peak_memory_bytes, found.peak_memory_bytes)
                self.fetched_bytes += found.fetched_bytes
                self._placing.note(job.needs.contents, found.worker)
                found = self._with_files(job, self._with_kernels(found))
                self._pace.note(job.name, time.monotonic() - job.since)
            if job.future.set_running_or_notify_cancel():
                job.future.set_result(found)
        elif status == "error":
            error = there.exception()
            if isinstance(error, KilledWorker):
                self._again(job, error.allowed_failures + 1)
            elif isinstance(error, NotHereError) and job.n_placed < _MOST_PLACED:
                self._place_again(job, error.name)
            elif is_of_the_disk(error):
                self._fail(job, error)
            else:
                self._fail(job, TaskFailed(as_one_line(error)))
        elif not self._over.is_set() and self._client.status == "running":
            self._send(job)  # a worker took data of it along
        elif not self._over.is_set():
            self._fail(job, EngineLostError("the Dask scheduler is gone"))

    def _place_again(self, job: _Job, name: str) -> None:
        """Send a task again whose images, or whose features, were lost on the way."""
        job.n_placed += 1
        self._placing.forget(name)
        # A block of features is made again by a worker that may: one with our kernels.
        job.needs_same = job.needs_same or name.startswith("matrix-")
        self._send(job)

    def _with_files(self, job: _Job, found: Ran) -> Ran:
        """Write the file that a task has made on a worker, where it was asked for."""
        for name, content in found.files.items():
            path, outcome = job.needs.files[name], found.value
            assert isinstance(outcome, Outcome)
            try:
                write_whole(path, content)
                outcome = replace(outcome, model=path)
            except OSError as error:
                outcome = replace(outcome, model=None, model_error=str(error))
            found = replace(found, value=outcome, files={})
        return found

    def _with_kernels(self, found: Ran) -> Ran:
        """Note on the outcome of a cell if it was computed with other kernels."""
        worker = self._roll.answer_of(found.worker)
        if worker is None or not worker.kernels or not isinstance(found.value, Outcome):
            return found
        return replace(found, value=replace(found.value, kernels="; ".join(worker.kernels)))

    def _again(self, job: _Job, n_tries: int) -> None:
        """Run a task again whose workers died; others may have killed them, so not at once fail."""
        job.rounds_lost += 1
        if job.rounds_lost < _ROUNDS:
            self._send(job)
            return
        self._fail(job, TaskFailed(_died(_ROUNDS * n_tries)))

    def _fail(self, job: _Job, error: BaseException) -> None:
        if not job.future.done() and job.future.set_running_or_notify_cancel():
            job.future.set_exception(error)

    def _forget(self, job: _Job, future: Future[Any]) -> None:
        self._jobs.discard(job)
        if future.cancelled() and job.there is not None and self._client.status == "running":
            with suppress(Exception):
                job.there.cancel()
        job.there = job.late = job.data = None

    def _all_terms(self) -> Terms:
        content = secrets.token_hex(16)
        file = self._here.path(".txt")
        if file is not None:
            try:
                file.write_text(content)
            except OSError:  # then there is no room for arrays either, and they go with the tasks
                file = None
        return Terms(
            environment(), file, content, imported_sources(), self._resource, self._same, self._ours
        )

    def _watch(self) -> None:
        """Ask workers that come, miss those that go, and end the run if none is left."""
        looked = time.monotonic()
        while not self._over.wait(LOOK_S):
            before, looked = looked, time.monotonic()
            if looked - before > _PAUSE_S:  # this process was stopped, or the machine slept
                self._roll.last_seen += looked - before
            with suppress(Exception):  # the scheduler does not answer; it may again
                self._roll.look()
                self._send_late()
            gone_s = time.monotonic() - self._roll.last_seen
            # A worker that came, and has to load its libraries first, may take longer.
            waits_s = self._wait_s * (_PATIENCE if self._roll.is_asking else 1)
            if self._client.status == "closed" or gone_s > waits_s:
                error = EngineLostError(
                    "the Dask scheduler is gone"
                    if self._client.status != "running"
                    else f"all workers are gone, and none came within {self._wait_s:.0f} s"
                )
                for job in list(self._jobs):
                    self._fail(job, error)
                if self._client.status == "closed":
                    return

    def _send_again(self) -> None:
        """Send all tasks again, for the first worker that offers what they ask for.

        The scheduler has put them aside, and does not look at them when a worker offers more than
        it had when it came.
        """
        for job in list(self._jobs):
            there = job.there
            if there is None or there.done():
                continue
            job.n_alone += 1
            if job.n_alone > _MOST_ALONE:  # Dask counts anew with each time
                self._fail(job, TaskFailed(_died(job.n_alone)))
            else:
                self._send(job)
            there.cancel()

    def _release(self) -> None:
        """Let the workers go: they remove what they have of this run, and offer nothing for it."""
        if self._client.status == "running":
            with suppress(Exception):
                offers = [self._resource, self._same]
                self._client.run(at_worker.release, self._resource, offers, on_error="ignore")
                self._client.run(
                    memory_there.count_again, self._resource, nanny=True, on_error="ignore"
                )

    def speak(self) -> None:
        """Warn of what happened to the workers, in the thread of the caller."""
        while self._roll.to_say:
            warnings.warn(self._roll.to_say.popleft(), RuntimeWarning, stacklevel=3)


def _died(n_times: int) -> str:
    return (
        f"its worker died {n_times} times while it ran, as when memory runs out; use fewer "
        "workers, or workers with more memory"
    )
