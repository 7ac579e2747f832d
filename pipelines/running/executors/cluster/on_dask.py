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
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import cloudpickle  # Dask's own way to pickle what a notebook defines

from data.errors import as_one_line
from pipelines.comparison.named.own_names import imported_sources
from pipelines.errors import EngineLostError
from pipelines.running.apart.handles import n_bytes_of
from pipelines.running.apart.moving import NotHereError
from pipelines.running.apart.shelf import Kept
from pipelines.running.environment import environment
from pipelines.running.executors.cluster import at_worker, memory_there
from pipelines.running.executors.cluster.asking import asked
from pipelines.running.executors.cluster.jobs import Job, died
from pipelines.running.executors.cluster.overdue import LATE_S, Pace
from pipelines.running.executors.cluster.placing import Needs, Placing
from pipelines.running.executors.cluster.returned import with_files, with_kernels
from pipelines.running.executors.cluster.roll import LOOK_S, Roll
from pipelines.running.executors.cluster.sending import Sending, same_of
from pipelines.running.executors.executor import Named
from pipelines.running.executors.far import Ran, TaskFailed, Terms, is_of_the_disk
from pipelines.running.matrices import Handle, Workspace
from pipelines.running.resources.beyond_arrays import beyond_arrays

WAIT_S = 60.0
"""How long a run waits for a worker, at its begin and when it has lost all of them."""

_WAITING_EACH = 2  # a worker has its next task already when it ends one
_ROUNDS = 2
_MOST_PLACED = 9  # so often what a task needs is lost while it is on its way
_PAUSE_S = 10.0
_PATIENCE = 3


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
        self._same = same_of(self._resource)
        self._jobs: set[Job] = set()
        self._over = threading.Event()
        self._here = Workspace()
        self._pace = Pace(late_s)
        self.peak_memory_bytes = 0
        self.fetched_bytes = 0
        """How much workers have fetched from other workers."""

    def __enter__(self) -> OnDask:
        self._here.__enter__()
        self._roll = Roll(self._client, self._all_terms(), self._wait_s, self._alive_again)
        self._placing = Placing(self._client, self._resource, lambda: self._roll.there)
        self._sending = Sending(
            self._client, self._resource, self._roll, self._placing, self._pace, self._ended
        )
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
        needs, beyond = Needs(), beyond_arrays(arguments)
        if self._roll.apart:
            arguments = tuple(self._placing.translated(each, needs) for each in arguments)
        else:
            arguments = tuple(self._checked(each) for each in arguments)
        n_bytes = sum(n_bytes_of(each) for each in arguments if isinstance(each, Handle))
        n_bytes = max(n_bytes, beyond // memory_there.TIMES)
        job = Job(name, cloudpickle.dumps((function, arguments)), Future(), needs, n_bytes)
        self._jobs.add(job)
        job.future.add_done_callback(partial(self._forget, job))
        self._sending.send(job)
        return job.future

    def recall(self, keys: Mapping[str, str]) -> dict[str, tuple[str, Kept]]:
        """Return which worker has a block of features from an earlier run, and what it is, by name.

        Parameters
        ----------
        keys : mapping of str to str
            The name of each block in this run, and the key under which it was kept.
        """
        return self._placing.recalled(keys)

    def release(self, handle: Handle) -> None:
        """Let the workers remove what they have of an array that no task will open any more."""
        if self._roll.apart and (name := self._placing.drop(handle)):
            self._roll.tell(at_worker.drop, self._resource, name)

    def _checked(self, argument: Any) -> Any:
        """Return a handle to images or labels with its hash, which a worker checks."""
        if isinstance(argument, Handle) and argument.given and argument.path is not None:
            return replace(argument, sha256=self._placing.content(argument.path).sha256)
        return argument

    def _ended(self, job: Job, there: Any) -> None:
        """Pass on how a task ended. Dask calls this in a thread of its own."""
        if job.late is not None and there is job.late and there.status != "finished":
            job.late = None  # it may be given to another one
        if job.future.done() or (there is not job.there and there is not job.late):
            return
        try:
            self._pass_on(job, there)
        except Exception as error:  # of Dask; nobody would hear of it in this thread
            if there is not job.there and there is not job.late:
                return  # its result was lost with its worker, and it has been sent again
            job.fail(EngineLostError(f"the Dask cluster is gone: {as_one_line(error)}"))

    def _pass_on(self, job: Job, there: Any) -> None:
        from distributed import KilledWorker

        status = there.status
        if status == "finished":
            found = there.result()
            if isinstance(found, Ran):
                self.peak_memory_bytes = max(self.peak_memory_bytes, found.peak_memory_bytes)
                self.fetched_bytes += found.fetched_bytes
                self._placing.note(job.needs.contents, found.worker)
                worker = self._roll.answer_of(found.worker)
                found = with_files(job.needs, with_kernels(worker, found))
                self._pace.note(job.name, time.monotonic() - job.since)
            if job.future.set_running_or_notify_cancel():
                job.future.set_result(found)
        elif status == "error":
            error = there.exception()
            if isinstance(error, KilledWorker):
                self._again(job, error.allowed_failures + 1)
            elif isinstance(error, NotHereError) and job.n_placed < _MOST_PLACED:
                self._place_again(job, error)
            elif is_of_the_disk(error):
                job.fail(error)
            else:
                job.fail(TaskFailed(as_one_line(error)))
        elif not self._over.is_set() and self._client.status == "running":
            self._sending.send(job)  # a worker took data of it along
        elif not self._over.is_set():
            job.fail(EngineLostError("the Dask scheduler is gone"))

    def _place_again(self, job: Job, lost: NotHereError) -> None:
        """Send a task again whose images, or whose features, were lost on the way."""
        job.n_placed += 1
        self._placing.forget(lost.name, lost.where)
        # A block of features is made again by a worker that may: one with our kernels.
        job.needs_same = job.needs_same or lost.name.startswith("matrix-")
        self._sending.send(job)

    def _again(self, job: Job, n_tries: int) -> None:
        """Run a task again whose workers died; others may have killed them, so not at once fail."""
        job.rounds_lost += 1
        if job.rounds_lost < _ROUNDS:
            self._sending.send(job)
            return
        job.fail(TaskFailed(died(_ROUNDS * n_tries)))

    def _forget(self, job: Job, future: Future[Any]) -> None:
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
                self._sending.send_late(self._jobs)
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
                    job.fail(error)
                if self._client.status == "closed":
                    return

    def _alive_again(self) -> None:
        self._sending.send_again(self._jobs)

    def _release(self) -> None:
        """Let the workers go: they remove what they have of this run, and offer nothing for it."""
        if self._client.status == "running":
            with suppress(Exception):
                offers = [self._resource, self._same]
                there = [*self._client.nthreads()]
                asked(self._client, there, at_worker.release, self._resource, offers)
                self._roll.count_again()

    def speak(self) -> None:
        """Warn of what happened to the workers, in the thread of the caller."""
        while self._roll.to_say:
            warnings.warn(self._roll.to_say.popleft(), RuntimeWarning, stacklevel=3)
