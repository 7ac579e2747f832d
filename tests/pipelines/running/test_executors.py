from __future__ import annotations

import os
import threading
import warnings
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from pipelines.running.executors import InProcess, Processes, TaskFailed, collected, said


def whoami() -> int:
    return os.getpid()


def warn_and_return(value: int) -> int:
    warnings.warn("close to the edge", RuntimeWarning, stacklevel=1)
    return value


class Unpicklable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one}\n and {two}")
        self.lock = threading.Lock()


def fail(kind: str) -> None:
    if kind == "own":
        raise Unpicklable(1, 2)
    if kind == "disk":
        raise OSError(28, "No space left on device")
    raise ValueError("3 is no\n shape")


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def processes() -> Any:
    with Processes(2) as executor:
        yield executor


def test_here_a_task_has_run_when_it_is_submitted() -> None:
    future = InProcess().submit(whoami)
    assert future.done()
    assert collected(future) == os.getpid()
    with pytest.raises(KeyboardInterrupt):
        InProcess().submit(interrupt)


def test_there_it_runs_in_another_process(processes: Processes) -> None:
    assert collected(processes.submit(whoami)) != os.getpid()
    sums = [processes.submit(np.add, np.float32(i), np.float32(1)) for i in range(5)]
    assert [collected(each) for each in sums] == [1, 2, 3, 4, 5]


def test_warnings_are_passed_on(processes: Processes) -> None:
    for executor in (InProcess(), processes):
        with pytest.warns(RuntimeWarning, match="close to the edge"):
            assert collected(executor.submit(warn_and_return, 7)) == 7


@pytest.mark.parametrize(
    ("kind", "line"),
    [("value", "ValueError: 3 is no shape"), ("own", "Unpicklable: 1 and 2")],
)
def test_an_error_reads_the_same_wherever_it_was(
    processes: Processes, kind: str, line: str
) -> None:
    for executor in (InProcess(), processes):
        error = executor.submit(fail, kind)
        with pytest.raises((ValueError, Unpicklable, TaskFailed)) as raised:
            collected(error)
        assert said(raised.value) == line


def test_a_full_disk_stays_an_error_of_the_disk(processes: Processes) -> None:
    for executor in (InProcess(), processes):
        with pytest.raises(OSError, match="No space left"):
            collected(executor.submit(fail, "disk"))


def test_what_any_future_holds_is_collected() -> None:
    future: Future[int] = Future()
    future.set_result(3)
    assert collected(future) == 3


def test_one_process_at_least() -> None:
    with pytest.raises(ValueError, match="n_workers must be 1 or more, got 0"):
        Processes(0)
