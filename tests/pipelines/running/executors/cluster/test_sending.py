"""What goes to the scheduler while no worker is there."""

from __future__ import annotations

import threading
import time
from importlib import import_module
from typing import Any

import pytest

from pipelines.running.executors.cluster.on_dask import OnDask
from pipelines.running.executors.cluster.placing import Placing
from pipelines.running.executors.cluster.roll import Roll
from pipelines.running.executors.cluster.sending import Sending
from pipelines.running.executors.engines import local_client
from tests.pipelines.running.executors.cluster.test_overdue import There


class Data:
    """A large task at a worker."""

    status = "finished"


class Cluster:
    """A client whose workers are all gone until `error` is None."""

    status = "running"

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.sent: list[tuple[There, Any]] = []

    def scatter(self, task: bytes, *, timeout: float, **more: Any) -> Data:
        assert timeout < 3  # so long nothing else is sent
        if self.error is not None:
            raise self.error
        return Data()

    def submit(self, function: Any, task: Any, *given: Any, key: str, **more: Any) -> There:
        there = There(key)
        there.done = lambda: there.status != "pending"  # type: ignore[attr-defined]
        self.sent.append((there, task))
        return there


@pytest.mark.parametrize("error", [TimeoutError("No valid workers found"), OSError("closed")])
def test_a_large_task_waits_for_workers_as_a_small_one_does(error: Exception) -> None:
    cluster: Any = Cluster(error)
    engine = OnDask(cluster)
    engine._roll = Roll(cluster, engine._all_terms(), 1, engine._alive_again)
    engine._placing = Placing(cluster, "run", lambda: [])
    engine._sending = Sending(
        cluster, "run", engine._roll, engine._placing, engine._pace, engine._ended
    )
    future = engine.submit(len, b"a" * (2 << 20))
    assert not future.done()
    cluster.error = None
    engine._alive_again()  # a worker has come
    (first, task), (second, data) = cluster.sent
    assert isinstance(task, bytes)
    assert isinstance(data, Data)
    assert first.cancelled
    second.end(3)
    assert future.result(0).value == 3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*this worker is gone")
def test_it_waits_longer_than_the_client_does() -> None:
    dask: Any = import_module("dask")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2 s"}),
        local_client(1) as client,
        OnDask(client, ours=True) as engine,
    ):
        client.cluster.scale(0)
        while client.nthreads():
            time.sleep(0.1)
        threading.Timer(5.0, client.cluster.scale, [1]).start()
        assert engine.submit(len, b"a" * (2 << 20)).result(60).value == 2 << 20
