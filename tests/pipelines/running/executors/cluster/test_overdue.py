"""When a task is given to a second worker, and that the first result counts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from pipelines.running.executors.cluster.on_dask import OnDask
from pipelines.running.executors.cluster.overdue import Pace, silent_workers
from pipelines.running.executors.cluster.placing import Placing
from pipelines.running.executors.cluster.roll import Roll
from pipelines.running.executors.cluster.sending import Sending
from pipelines.running.executors.far import Answer, Ran


class There:
    """What Dask gives back for a task, without Dask."""

    def __init__(self, key: str) -> None:
        self.key, self.status, self.cancelled = key, "pending", False

    def add_done_callback(self, call: Callable[[Any], None]) -> None:
        self.call = call

    def end(self, value: int) -> None:
        self.status, self.value = "finished", value
        self.call(self)

    def result(self) -> Ran:
        return Ran(self.value, "", (), 0)

    def cancel(self) -> None:
        self.cancelled = True


class Cluster:
    """A client of two workers: the first one was not heard from for a minute."""

    status = "running"

    def __init__(self, heard: float = 40.0) -> None:
        self.sent: list[tuple[There, Any]] = []
        self.heard = heard

    def submit(self, task: Any, *given: Any, key: str, workers: Any, **more: Any) -> There:
        self.sent.append((There(key), workers))
        return self.sent[-1][0]

    def processing(self) -> dict[str, list[str]]:
        return {"a": [self.sent[0][0].key], "b": []}

    def scheduler_info(self) -> Any:
        return {"workers": {"a": {"last_seen": self.heard}, "b": {"last_seen": 100.0}}}


def begun(cluster: Any) -> tuple[OnDask, Future[Any]]:
    engine = OnDask(cluster, late_s=0)
    engine._roll = Roll(cluster, engine._all_terms(), 1, lambda: None)
    engine._roll._workers = {"a": Answer(""), "b": Answer("")}
    engine._placing = Placing(cluster, "run", lambda: engine._roll.there)
    engine._sending = Sending(
        cluster, "run", engine._roll, engine._placing, engine._pace, engine._ended
    )
    return engine, engine.submit(len, "abc")


def test_the_task_of_a_silent_worker_is_given_to_another_once() -> None:
    cluster = Cluster()
    engine, future = begun(cluster)
    engine._sending.send_late(engine._jobs)
    engine._sending.send_late(engine._jobs)
    (first, _), (second, workers) = cluster.sent
    assert workers == ["b"]
    second.end(3)
    assert future.result().value == 3
    first.end(4)  # it wakes up
    assert future.result().value == 3
    assert "a: this worker does not end task in time" in engine._roll.to_say[0]


def test_a_second_worker_that_is_lost_is_replaced_and_the_first_may_win() -> None:
    cluster = Cluster()
    engine, future = begun(cluster)
    engine._sending.send_late(engine._jobs)
    second = cluster.sent[1][0]
    second.status = "lost"
    second.call(second)
    assert not future.done()
    engine._sending.send_late(engine._jobs)
    assert len(cluster.sent) == 3
    cluster.sent[0][0].end(3)
    assert future.result().value == 3


def test_the_task_of_a_slow_worker_that_is_heard_is_given_to_another() -> None:
    cluster = Cluster(heard=100.0)
    engine, _ = begun(cluster)
    engine._sending.send_late(engine._jobs)
    assert len(cluster.sent) == 1  # nobody knows how long such a task takes
    engine._pace.note("task", 1.0)
    engine._sending.send_late(engine._jobs)
    assert len(cluster.sent) == 1
    (job,) = engine._jobs
    job.since -= 4
    engine._sending.send_late(engine._jobs)
    assert [workers for _, workers in cluster.sent] == [None, ["b"]]


def test_a_task_is_late_beside_others_of_its_kind_alone() -> None:
    pace = Pace()
    pace.note("features hog train block 3", 50)
    assert not pace.is_late("features hog train block 12", 140)
    assert pace.is_late("features hog train block 12", 160)
    assert not pace.is_late("features hog test block 0", 900)
    pace.note("fit hog seed 0", 0.1)
    assert not pace.is_late("fit hog seed 1", 29)


def test_nobody_is_silent_where_nobody_was_heard_since() -> None:
    """The process that asks may have been stopped, or the scheduler."""
    assert not silent_workers({"a": {"last_seen": 5.0}, "b": {"last_seen": 6.0}})
    assert not silent_workers({})
