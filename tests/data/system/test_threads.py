from __future__ import annotations

import threading

import joblib
import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from data.system.threads import crew, made_ahead, n_threads, one_blas_thread, run_jobs


def blas_threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_products_run_on_one_thread_inside_and_as_before_outside() -> None:
    before = blas_threads()
    with one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_the_last_of_two_threads_to_leave_puts_the_number_back() -> None:
    seen: list[set[int]] = []
    inside, left = threading.Event(), threading.Event()

    def stay_longer() -> None:
        with one_blas_thread():
            inside.set()
            left.wait(10)
            seen.append(blas_threads())
        seen.append(blas_threads())

    other = threading.Thread(target=stay_longer)
    with threadpool_limits(2, user_api="blas"):
        with one_blas_thread():
            other.start()
            inside.wait(10)
        left.set()
        other.join()
    assert seen == [{1}, {2}]


def test_a_library_that_only_the_second_thread_knows_is_put_back_too() -> None:
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    with threadpool_limits(2, user_api="blas"):
        with one_blas_thread([]), one_blas_thread(libraries):
            assert blas_threads() == {1}
        assert blas_threads() == {2}


def test_a_thread_is_held_though_another_one_has_set_the_number() -> None:
    seen: list[set[int]] = []

    def work() -> None:
        with one_blas_thread():
            seen.append(blas_threads())

    with threadpool_limits(2, user_api="blas"):
        other = threading.Thread(target=work)
        other.start()
        other.join()
        assert seen == [{1}]
        assert blas_threads() == {2}


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


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_crew_does_one_round_after_the_other_with_the_same_threads(n_workers: int) -> None:
    seen: list[tuple[int, int]] = []

    def note(job: int) -> None:
        seen.append((job, threading.get_ident()))

    with crew(n_workers) as run:
        for each in range(20):
            run(note, [each] * 3)
            assert len(seen) == 3 * (each + 1)
    assert [job for job, _ in seen] == [job for job in range(20) for _ in range(3)]
    assert len({thread for _, thread in seen}) <= n_workers


def test_none_and_minus_one_are_all_cores() -> None:
    assert n_threads(None) == n_threads(-1) == joblib.cpu_count()
    assert n_threads(3) == n_threads(np.int64(3)) == 3


def test_the_next_is_made_while_one_is_looked_at() -> None:
    started = [threading.Event() for _ in range(3)]

    def make(place: int) -> int:
        started[place].set()
        return place

    for place in made_ahead(make, range(3)):
        assert all(each.wait(10) for each in started[: place + 2])


def test_who_stops_early_leaves_no_thread() -> None:
    before = threading.active_count()
    made = made_ahead(str, range(9))
    assert next(made) == "0"
    assert threading.active_count() > before
    made.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_an_error_comes_after_what_was_made_before_it() -> None:
    made = made_ahead(lambda n: 1 / n, [2, 1, 0, 4])
    assert [next(made), next(made)] == [0.5, 1.0]
    with pytest.raises(ZeroDivisionError):
        next(made)
