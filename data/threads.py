"""Independent jobs on the cores. Each has BLAS on one thread, so that sums keep their order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import joblib
from threadpoolctl import ThreadpoolController

from data.rules import Rule, check, whole

Job = TypeVar("Job")

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
_before: list[int] = []


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS at one thread, so that a product gives the same bits on any number of cores.

    The number holds for the whole process. Where several threads are inside at the same time, it is
    put back when the last one leaves.
    """
    libraries = _blas_libraries()
    with _entering:
        if not _inside:
            _before[:] = [library.num_threads or 1 for library in libraries]
        _inside.append(None)
        _set_threads(libraries, [1] * len(libraries))
    try:
        yield
    finally:
        with _entering:
            _inside.pop()
            if not _inside:
                _set_threads(libraries, _before)


def _set_threads(libraries: list[Any], numbers: list[int]) -> None:
    for library, number in zip(libraries, numbers, strict=True):
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
    with crew(min(n_threads(n_jobs), len(jobs))) as run:
        run(work, jobs)


@contextmanager
def crew(n_workers: int) -> Iterator[Callable[[Callable[[Job], None], Iterable[Job]], None]]:
    """Yield what calls a function on every job, for rounds too short to start threads for each."""
    with one_blas_thread():
        if n_workers <= 1:
            yield _one_by_one
            return
        # The thread that asks works, too: it need not wait until another one has woken up.
        with ThreadPoolExecutor(n_workers - 1) as pool:

            def run(work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
                jobs = list(jobs)
                left = iter(jobs)

                def work_on() -> None:
                    try:
                        for job in left:
                            work(job)
                    except BaseException:
                        _one_by_one(lambda job: None, left)  # no other job begins after an error
                        raise

                others = [pool.submit(work_on) for _ in range(min(n_workers, len(jobs)) - 1)]
                try:
                    work_on()
                finally:
                    wait([other for other in others if not other.cancel()])
                for other in others:
                    if not other.cancelled():
                        other.result()

            try:
                yield run
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _one_by_one(work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
    for job in jobs:
        work(job)
