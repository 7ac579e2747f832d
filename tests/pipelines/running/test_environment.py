from __future__ import annotations

import json
import re
import threading

import numpy as np
import pytest
import sklearn
import threadpoolctl

from pipelines.running.environment import (
    BLAS_THREADS,
    differences,
    environment,
    pinned_threads,
    surroundings,
)


def test_it_records_what_figures_depend_on_and_no_path() -> None:
    found = environment()
    assert found["numpy"] == np.__version__
    assert found["scikit-learn"] == sklearn.__version__
    assert found["blas_threads"] == BLAS_THREADS
    assert found["blas"]
    assert re.fullmatch("[0-9a-f]{64}", found["code"])
    assert json.loads(json.dumps(found)) == found
    assert "/" not in json.dumps(found)


def test_it_is_the_same_each_time() -> None:
    assert environment() == environment()
    assert differences(environment(), environment()) == []


def test_what_cannot_change_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = surroundings()
    blas = [each for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"]
    assert {line.split()[1] for line in before["blas"]} == {each["version"] for each in blas}
    for place in ("version", "threadpoolctl.ThreadpoolController"):
        monkeypatch.setattr(
            f"pipelines.running.environment.{place}", lambda *_: pytest.fail("again")
        )
    assert surroundings() == before


def threads() -> set[int]:
    return {
        each["num_threads"]
        for each in threadpoolctl.threadpool_info()
        if each["user_api"] in {"blas", "openmp"}
    }


def test_threads_are_pinned_inside_only() -> None:
    with threadpoolctl.threadpool_limits(1):
        before = threads()
        with pinned_threads():
            assert threads() == {BLAS_THREADS}
        assert threads() == before == {1}


@pytest.mark.parametrize("mine_leaves_first", [True, False])
def test_two_threads_are_pinned_until_both_have_left(mine_leaves_first: bool) -> None:
    seen: list[set[int]] = []
    inside, may_leave = threading.Event(), threading.Event()

    def work() -> None:
        with pinned_threads():
            inside.set()
            may_leave.wait(10)
            seen.append(threads())

    other = threading.Thread(target=work)
    with threadpoolctl.threadpool_limits(2):
        with pinned_threads():
            other.start()
            inside.wait(10)
            if not mine_leaves_first:
                may_leave.set()
                other.join()
            assert threads() == {1}
        may_leave.set()
        other.join()
        assert seen == [{1}]
        assert threads() == {2}


def test_differences_name_both_sides_of_what_differs_or_lacks() -> None:
    assert differences({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3}) == [
        "b: 2 there, 3 here",
        "c: 3 there, None here",
    ]
    (line,) = differences({"x": ["y" * 100]}, {"x": []})
    assert len(line) < 100
