"""Independent jobs on the cores. Each has BLAS on one thread, so that sums keep their order."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import joblib
from threadpoolctl import ThreadpoolController

from data.parameters.rules import Rule, check, whole

Job = TypeVar("Job")
Made = TypeVar("Made")

N_JOBS = Rule(
    lambda value: value is None or whole(1).holds(value) or (whole(-1).holds(value) and value != 0),
    lambda: "None, -1 or a positive integer",
)
"""The rule for a number of threads."""


@cache
def _blas_libraries() -> list[Any]:
    # It takes milliseconds to look through the loaded libraries, so they are looked for once.
    # A library that is loaded later would not be held, so SciPy's BLAS is loaded before.
    import scipy.linalg  # noqa: F401

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


_entering = threading.Lock()
_inside: list[None] = []
_before: dict[str, tuple[Any, int]] = {}


@contextmanager
def one_blas_thread(libraries: Sequence[Any] | None = None) -> Iterator[None]:
    """Hold BLAS at one thread, so that a product gives the same bits on any number of cores.

    The number holds for the whole process. Where several threads are inside at the same time, it is
    put back when the last one leaves.

    Parameters
    ----------
    libraries : sequence of threadpoolctl.LibController or None, default None
        The libraries of BLAS; None are those that were loaded when this was first asked.
    """
    libraries = _blas_libraries() if libraries is None else libraries
    with _entering:
        for library in libraries:
            # A library that another thread holds already is at one thread, not at its own number.
            if library.filepath not in _before:
                _before[library.filepath] = library, library.num_threads or 1
        _inside.append(None)
        for library in libraries:
            _set_threads(library, 1)
    try:
        yield
    finally:
        with _entering:
            _inside.pop()
            if not _inside:
                for library, number in _before.values():
                    _set_threads(library, number)
                _before.clear()


def _set_threads(library: Any, number: int) -> None:
    # threadpoolctl lets one thread at a time set the number, and leaves out what others ask.
    release = getattr(library, "clear_controlling_thread", None)
    if release is not None:
        release(force=True)
    library.set_num_threads(number)
    if release is not None:
        release(force=True)


def n_threads(n_jobs: Any) -> int:
    """Return the number of threads that `n_jobs` asks for; None and -1 are all cores."""
    check({"n_jobs": n_jobs}, {"n_jobs": N_JOBS})
    return int(joblib.cpu_count()) if n_jobs in (None, -1) else int(n_jobs)


def run_jobs(work: Callable[[Job], None], jobs: Iterable[Job], n_jobs: int | None) -> None:
    """Call `work` on every job, `n_jobs` at a time; the first error ends it."""
    jobs = list(jobs)
    # To count the cores takes longer than many a single job.
    with crew(1 if len(jobs) < 2 else min(n_threads(n_jobs), len(jobs))) as run:
        run(work, jobs)


@contextmanager
def crew(n_workers: int) -> Iterator[Callable[[Callable[[Job], None], Iterable[Job]], None]]:
    """Yield what calls a function on every job, for rounds too short to start threads for each.

    The thread that asks works, too. It waits for the others only while they have a job, and never
    until one of them has woken up.
    """
    calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
    others: list[threading.Thread] = []

    def run(work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
        jobs = list(jobs)
        n_called = min(n_workers, len(jobs)) - 1
        if n_called < 1:
            _one_by_one(work, jobs)
            return
        while len(others) < n_called:
            others.append(threading.Thread(target=_answer, args=(calls,), daemon=True))
            others[-1].start()
        shared = _Round(work, jobs)
        for _ in range(n_called):
            calls.put(shared.work_on)
        shared.work_on()
        shared.wait()

    with one_blas_thread():
        try:
            yield run
        finally:
            for _ in others:
                calls.put(None)
            for other in others:
                other.join()


def _answer(calls: SimpleQueue[Callable[[], None] | None]) -> None:
    """Do what is called for, until that is nothing."""
    while (call := calls.get()) is not None:
        call()
        del call  # Or what a round worked on is held while this waits.


class _Round(Generic[Job]):
    """Jobs that several threads take one after the other, until one has failed."""

    def __init__(self, work: Callable[[Job], None], jobs: list[Job]) -> None:
        self.work = work
        self.n = len(jobs)
        self.left = iter(jobs)
        self.count = itertools.count(1)
        self.errors: list[BaseException] = []
        self.done = threading.Lock()
        self.done.acquire()

    def work_on(self) -> None:
        """Take jobs while there are any."""
        for job in self.left:
            try:
                if not self.errors:
                    self.work(job)
            except BaseException as error:
                self.errors.append(error)
            if next(self.count) == self.n:
                self.done.release()

    def wait(self) -> None:
        """Wait for the last job, and raise the first error."""
        self.done.acquire()
        if self.errors:
            raise self.errors[0]


def _one_by_one(work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
    for job in jobs:
        work(job)


def made_ahead(make: Callable[[Job], Made], jobs: Sequence[Job]) -> Iterator[Made]:
    """Yield what is made of each job, in order, while a thread makes the next one.

    To read a file goes on meanwhile, and two of what is made are held.

    Examples
    --------
    >>> list(made_ahead(len, ["one", "three"]))
    [3, 5]
    """
    if len(jobs) < 2:
        yield from map(make, jobs)
        return
    with ThreadPoolExecutor(1) as thread:
        # Taken out before it is looked at: an error that it holds would hold this frame in turn.
        coming = [thread.submit(make, jobs[0])]
        for job in jobs[1:]:
            made = coming.pop().result()
            coming.append(thread.submit(make, job))
            yield made
            del made
        yield coming.pop().result()
