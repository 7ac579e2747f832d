"""Tasks in this process, and what comes back of tasks wherever they ran."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import Future

import pytest

from pipelines.errors import EngineLostError
from pipelines.running.executors import InProcess, Named, TaskFailed, Workers, collected, said
from pipelines.running.executors.beside import _ran
from pipelines.running.executors.far import ran
from tests.pipelines.running.executors.made_up_tasks import (
    Unpicklable,
    fail,
    interrupt,
    n_threads,
    warn_and_return,
    whoami,
)


class Far:
    """Runs a task as a worker does, in this process."""

    n_workers = 1

    def submit(self, task: object, /, *arguments: object) -> Future[object]:
        return InProcess().submit(ran, pickle.dumps((task, arguments)), 3)


class NextDoor:
    """Runs a task as a process beside this one does, in this process."""

    n_workers = 1

    def submit(self, task: object, /, *arguments: object) -> Future[object]:
        future: Future[object] = Future()
        found = pickle.loads(_ran(pickle.dumps((task, arguments))))
        if isinstance(found, BaseException):
            future.set_exception(found)
        else:
            future.set_result(found)
        return future


def test_here_a_task_has_run_when_it_is_submitted() -> None:
    future = InProcess().submit(whoami)
    assert future.done()
    assert collected(future) == os.getpid()
    with pytest.raises(KeyboardInterrupt):
        InProcess().submit(interrupt)


def test_warnings_are_passed_on() -> None:
    for executor in (InProcess(), Far(), NextDoor()):
        with pytest.warns(RuntimeWarning, match="close to the edge"):
            assert collected(executor.submit(warn_and_return, 7)) == 7


@pytest.mark.parametrize(
    ("kind", "line"),
    [("value", "ValueError: 3 is no shape"), ("own", "Unpicklable: 1 and 2")],
)
def test_an_error_reads_the_same_wherever_it_was(kind: str, line: str) -> None:
    for executor in (InProcess(), Far(), NextDoor()):
        error = executor.submit(Named("fails", fail), kind)
        with pytest.raises((ValueError, Unpicklable, TaskFailed)) as raised:
            collected(error)
        assert said(raised.value) == line


def test_a_full_disk_stays_an_error_of_the_disk() -> None:
    for executor in (InProcess(), Far(), NextDoor()):
        with pytest.raises(OSError, match="No space left"):
            collected(executor.submit(fail, "disk"))


def test_what_any_future_holds_is_collected() -> None:
    future: Future[int] = Future()
    future.set_result(3)
    assert collected(future) == 3


def test_there_a_task_finds_as_many_cores_as_its_worker_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    assert collected(Far().submit(n_threads)) == min(3, n_threads())
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert n_threads() == 1
    assert os.environ["LOKY_MAX_CPU_COUNT"] == "1"


class Lost:
    """Loses every task, as a cluster that is gone."""

    n_workers = 2

    def submit(self, task: object, /, *arguments: object) -> Future[object]:
        self.future: Future[object] = Future()
        return self.future


def test_workers_that_are_gone_end_the_run_and_not_a_cell() -> None:
    engine = Lost()
    workers = Workers(engine)
    future = workers.submit(whoami)
    assert not workers.is_busy()
    future.set_exception(EngineLostError("all workers are gone"))
    with pytest.raises(EngineLostError, match="all workers are gone"):
        workers.is_busy()


def test_what_nobody_waits_for_does_not_begin() -> None:
    engine = Lost()
    workers = Workers(engine)
    workers.submit(whoami)
    workers.cancel()
    assert engine.future.cancelled()
