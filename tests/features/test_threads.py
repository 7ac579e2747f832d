from __future__ import annotations

import threading

import joblib
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from features.threads import n_threads, one_blas_thread, run_jobs


def blas_threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_products_run_on_one_thread_inside_and_as_before_outside() -> None:
    before = blas_threads()
    with one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_jobs_run_each_once_on_the_threads_asked_for() -> None:
    done: list[int] = []
    meeting = threading.Barrier(2, timeout=10)

    def work(job: int) -> None:
        meeting.wait()  # two at a time, or this times out
        assert blas_threads() == {1}
        done.append(job)

    run_jobs(work, range(6), 2)
    assert sorted(done) == list(range(6))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_first_error_comes_out(n_jobs: int) -> None:
    def work(job: int) -> None:
        if job == 3:
            raise KeyError("job three")

    with pytest.raises(KeyError, match="job three"):
        run_jobs(work, range(50), n_jobs)


def test_none_and_minus_one_are_all_cores() -> None:
    assert n_threads(None) == n_threads(-1) == joblib.cpu_count()
    assert n_threads(3) == n_threads(np.int64(3)) == 3
