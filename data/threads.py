"""Independent jobs on the cores. Each has BLAS on one thread, so that sums keep their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
def _controller() -> ThreadpoolController:
    # It takes milliseconds to look through the loaded libraries, so they are looked for once.
    # A library that is loaded later would not be held, so SciPy's BLAS is loaded before.
    import scipy.linalg  # noqa: F401

    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS at one thread, so that a product gives the same bits on any number of cores."""
    with _controller().limit(limits=1, user_api="blas"):
        yield


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
    """Yield what calls a function on every job, for rounds too short to start threads for each."""
    with one_blas_thread():
        if n_workers <= 1:
            yield _one_by_one
            return
        with ThreadPoolExecutor(n_workers) as pool:

            def run(work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
                for _ in pool.map(work, jobs):
                    pass

            try:
                yield run
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _one_by_one(work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
    for job in jobs:
        work(job)
