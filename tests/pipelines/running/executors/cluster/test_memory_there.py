"""Large tasks do not meet on one machine, and mapped pages do not count while a run lasts."""

from __future__ import annotations

import asyncio
import math
import threading
from types import SimpleNamespace

import joblib
import pytest

from data.system.claims import fcntl
from data.system.memory import memory_limit
from pipelines.running.executors.cluster.memory_there import (
    alone,
    count_again,
    forget,
    lock_file,
    share_of,
    spare,
)

pytestmark = pytest.mark.skipif(fcntl is None, reason="there are no such locks here")


@pytest.mark.parametrize("large", [True, False])
def test_only_large_tasks_wait_for_each_other(large: bool) -> None:
    met = threading.Event()

    def another() -> None:
        with alone("preconv-test", large=True):
            met.set()

    thread = threading.Thread(target=another)
    with alone("preconv-test", large=large):
        thread.start()
        assert met.wait(0.1 if large else 5) is not large
    thread.join()
    assert met.is_set()
    forget("preconv-test")
    assert not lock_file("preconv-test").exists()


def test_a_worker_has_what_dask_says_or_its_part_of_the_machine() -> None:
    manager = SimpleNamespace(memory_limit=100)
    worker = SimpleNamespace(memory_manager=manager, state=SimpleNamespace(nthreads=1))
    assert share_of(worker) == 100
    manager.memory_limit = None
    part = share_of(worker) * joblib.cpu_count() / memory_limit().total
    assert part == pytest.approx(1, rel=0.01)


def test_mapped_pages_count_again_once_the_last_run_is_over_or_silent() -> None:
    manager = SimpleNamespace(memory_terminate_fraction=0.9)
    nanny = SimpleNamespace(memory_manager=manager)
    found = []

    async def two_runs() -> None:
        spare("one", nanny, 60)
        spare("two", nanny, 0.01)
        spare("two", nanny, 60)  # it still lasts
        await asyncio.sleep(0.05)
        count_again("one", nanny)
        found.append(manager.memory_terminate_fraction)
        spare("two", nanny, 0.01)
        await asyncio.sleep(0.05)
        found.append(manager.memory_terminate_fraction)

    asyncio.run(two_runs())
    assert found == [math.inf, 0.9]
