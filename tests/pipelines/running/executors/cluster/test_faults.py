"""Workers, a scheduler and a client that are killed: the same bits, and nothing done twice."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from data import Dataset, save_npz
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import EngineLostError
from pipelines.record.report import Report
from pipelines.running.executors import Named, Workers
from pipelines.running.executors.cluster import on_dask
from pipelines.running.executors.cluster.on_dask import OnDask
from pipelines.running.executors.engines import local_client, on_cluster
from pipelines.running.executors.far import Terms
from pipelines.running.progress import Listener, Step
from tests.pipelines.running.executors.made_up_tasks import (
    Deadly,
    Slow,
    move_cache,
    wait,
    wait_and_say,
    whoami,
)

ROOT = Path(__file__).parents[5]
_LOADED = [
    "distributed",
    "distributed.nanny",
    "pipelines.running.cells.cell",
    "pipelines.running.executors.cluster.at_worker",
    "pipelines.running.tasks",
    "sklearn.neighbors",
]

N_KILLS = int(os.environ.get("PRECONV_KILLS", "50"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's here"),
    pytest.mark.usefixtures("without_pages"),
    pytest.mark.filterwarnings("ignore:.*this worker is gone"),
    # A loaded machine may take so long for any task.
    pytest.mark.filterwarnings("ignore:.*does not end .* in time"),
]

SPEC = Comparison.from_options(features=["color"], models=["knn"], seeds=[0, 1, 2, 3])


@pytest.fixture(autouse=True)
def workers_start_at_once() -> Iterator[None]:
    """Workers are forked off a process that has loaded what they need: they start often here."""
    utils: Any = import_module("distributed.utils")
    dask: Any = import_module("dask")
    # That process has the environment of the first test.
    cache = {"PRECONV_CACHE": os.environ["PRECONV_CACHE"]}
    forked = {"distributed.worker.multiprocessing-method": "forkserver"}
    with dask.config.set({**forked, "distributed.nanny.environ": cache}):
        utils.get_mp_context().set_forkserver_preload(_LOADED)
        yield


@pytest.fixture
def client() -> Iterator[Any]:
    with local_client(2) as found:
        yield found


def figures(report: Report) -> Any:
    return report.cells, report.pairs, report.results_digest


def kill(client: Any, *, every: bool = False) -> int:
    """Kill a worker, or every worker; return how many."""
    pids = [each.pid for each in client.cluster.workers.values() if each.pid]
    random.shuffle(pids)
    for pid in pids if every else pids[:1]:
        os.kill(pid, signal.SIGKILL)
    return len(pids) if every else len(pids[:1])


class Ended(Listener):
    """Counts how often each step ended."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        self.steps.append(step)


def test_workers_killed_at_random_moments_change_nothing(
    tiny: Dataset, client: Any, tmp_path: Path
) -> None:
    own: dict[str, Any] = {"classifiers": {f"slow-{i}": Slow(seconds=0.3) for i in range(4)}}
    expected = figures(compare(SPEC, dataset=tiny, cache=False, **own))
    n_killed, n_runs = 0, 0
    rng = random.Random(0)
    while n_killed < N_KILLS:
        over = threading.Event()

        def now_and_then(over: threading.Event = over) -> None:
            nonlocal n_killed
            # A task whose workers died six times fails, and says so.
            most = n_killed + 5
            while n_killed < most and not over.wait(rng.uniform(0.5, 6)):
                # On a loaded machine a worker takes long to start; all at once is another test.
                if len(client.nthreads()) == 2:
                    n_killed += kill(client)

        killer = threading.Thread(target=now_and_then)
        killer.start()
        heard = Ended()
        try:
            found = compare(SPEC, dataset=tiny, cache=False, client=client, listener=heard, **own)
        finally:
            over.set()
            killer.join()
        n_runs += 1
        assert not [cell.error for cell in found.cells if cell.error]
        assert figures(found) == expected
        assert len(heard.steps) == len(set(heard.steps))
    print(f"{n_killed} kills in {n_runs} runs")


def test_a_worker_that_takes_long_to_come_back_is_not_given_up() -> None:
    dask: Any = import_module("dask")
    # So soon Dask would give up a worker that was lost: a loaded machine takes more than 15 s.
    soon = {"distributed.deploy.lost-worker-timeout": "10 ms"}
    with dask.config.set(soon), local_client(1) as client, OnDask(client, ours=True) as engine:
        before = engine.submit(whoami).result().value
        kill(client)
        assert engine.submit(whoami).result(120).value != before


def test_when_all_are_killed_at_once_it_goes_on_with_those_that_come(
    tiny: Dataset, client: Any
) -> None:
    own: dict[str, Any] = {"classifiers": {"slow": Slow(seconds=1.0)}}
    expected = figures(compare(SPEC, dataset=tiny, cache=False, **own))
    later = threading.Timer(3.0, kill, [client], {"every": True})
    later.start()
    assert figures(compare(SPEC, dataset=tiny, cache=False, client=client, **own)) == expected


def test_when_no_worker_comes_back_the_run_ends_and_goes_on_later(
    tiny: Dataset, client: Any, tmp_path: Path
) -> None:
    own: dict[str, Any] = {"classifiers": {"slow": Slow(seconds=1.0)}}
    out = tmp_path / "out"

    class AfterOne(Listener):
        def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
            if step.model:
                client.cluster.scale(0)

    with (
        OnDask(client, ours=True, wait_s=3) as engine,
        pytest.raises(EngineLostError, match="none came within 3 s") as raised,
    ):
        compare(SPEC, dataset=tiny, out=out, executor=engine, listener=AfterOne(), **own)
    assert "the same command goes on from there" in "".join(raised.value.__notes__)
    there = compare(SPEC, dataset=tiny, out=out, **own)
    assert any(cost.cached for cost in there.measurements.cells)
    assert figures(there) == figures(compare(SPEC, dataset=tiny, cache=False, **own))


def test_a_cell_that_kills_every_worker_fails_and_the_others_finish(
    tiny: Dataset, client: Any, tmp_path: Path
) -> None:
    own: dict[str, Any] = {"classifiers": {"deadly": Deadly(folder=str(tmp_path), n_times=99)}}
    spec = Comparison.from_options(features=["color"], models=["knn"], seeds=[0, 1])
    report = compare(spec, dataset=tiny, cache=False, client=client, **own)
    status = {cell.model: cell for cell in report.cells}
    assert status["knn"].status == "done"
    assert status["deadly"].status == "failed"
    assert "times while it ran, as when memory runs out; use fewer workers" in str(
        status["deadly"].error
    )


def test_a_run_that_is_killed_leaves_no_process_and_goes_on(tiny: Dataset, tmp_path: Path) -> None:
    save_npz(tiny, tmp_path / "tiny.npz")
    command = [sys.executable, "-m", "pipelines", "compare", "--data", "tiny.npz", "--quiet"]
    command += ["--features", "color,raw", "--models", "knn,mlp", "--seeds", "0,1", "--out", "out"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    for after_s in (6, 8, 10):
        run = subprocess.Popen(
            [*command, "--workers", "2"], cwd=tmp_path, env=environ, start_new_session=True
        )
        time.sleep(after_s)
        run.kill()
        run.wait()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and _group(run.pid):
            time.sleep(0.5)
        assert not _group(run.pid)
    subprocess.run([*command, "--workers", "2"], cwd=tmp_path, env=environ, check=True)
    there = Report.read(tmp_path / "out")
    subprocess.run([*command, "--no-cache", "--overwrite"], cwd=tmp_path, env=environ, check=True)
    assert figures(Report.read(tmp_path / "out")) == figures(there)


def _group(number: int) -> list[int]:
    """The processes of a session that are not over."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(group) == number and state != "Z":
            found.append(int(path.parent.name))
    return found


def test_a_scheduler_of_its_own_serves_by_its_address_and_may_be_lost(
    tiny: Dataset, tmp_path: Path
) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    at = f"tcp://127.0.0.1:{random.randrange(20000, 40000)}"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    host = ["--host", "127.0.0.1", "--port", at.rpartition(":")[2], "--no-dashboard"]
    scheduler = subprocess.Popen([*dask, *host], env=environ, stderr=subprocess.DEVNULL)
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", at, "--no-dashboard"]
    workers = [
        subprocess.Popen(
            [*worker, "--nthreads", "1", "--nworkers", "1", "--local-directory", str(tmp_path)],
            env=environ,
            stderr=subprocess.DEVNULL,
        )
    ]
    own: dict[str, Any] = {"classifiers": {"slow": Slow(seconds=1.0)}}
    expected = figures(compare(SPEC, dataset=tiny, cache=False, **own))
    try:
        with on_cluster(at) as engine:
            assert figures(compare(SPEC, dataset=tiny, cache=False, executor=engine, **own)) == (
                expected
            )
            later = threading.Timer(3.0, scheduler.kill)
            later.start()
            with pytest.raises(EngineLostError, match="gone"):
                compare(SPEC, dataset=tiny, executor=engine, **own)
    finally:
        for each in (scheduler, *workers):
            each.terminate()
            each.wait()
    assert figures(compare(SPEC, dataset=tiny, **own)) == expected


@pytest.mark.parametrize("apart", [False, True])
def test_a_worker_that_hangs_is_not_waited_for_alone(
    apart: bool, tiny: Dataset, client: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own: dict[str, Any] = {"classifiers": {f"slow-{i}": Slow(seconds=0.3) for i in range(3)}}
    expected = figures(compare(SPEC, dataset=tiny, cache=False, **own))
    if apart:
        unseen = tmp_path / "a" / "b" / "unseen.txt"
        monkeypatch.setattr(on_dask, "Terms", lambda *given: replace(Terms(*given), file=unseen))
        client.run(move_cache, str(tmp_path))
    child = next(each.pid for each in client.cluster.workers.values())
    try:
        with OnDask(client, late_s=5) as engine:
            # It hangs in a task or, apart, before it has any of the images.
            later = threading.Timer(0 if apart else 1, os.kill, [child, signal.SIGSTOP])
            later.start()
            found = compare(SPEC, dataset=tiny, cache=False, executor=engine, **own)
            assert bool(engine.apart) == apart
        assert (Path("/proc") / str(child) / "stat").read_text().split()[2] == "T"
    finally:
        os.kill(child, signal.SIGCONT)
    assert figures(found) == expected


def test_a_nanny_whose_worker_is_being_started_again_hears_that_a_run_is_over(client: Any) -> None:
    def fractions() -> list[float]:
        nannies = client.cluster.workers.values()
        return [each.memory_manager.memory_terminate_fraction for each in nannies]

    before = fractions()
    with OnDask(client) as engine:
        engine.submit(whoami).result()
        during = fractions()
        kill(client, every=True)
        while client.nthreads():
            time.sleep(0.01)
    assert during == [math.inf, math.inf]
    assert fractions() == before


def test_a_worker_that_joins_late_gets_tasks() -> None:
    with local_client(1) as client, OnDask(client, ours=True) as engine:
        pids = {engine.submit(whoami).result().value}
        client.cluster.scale(2)
        until = time.monotonic() + 120
        while len(pids) < 2 and time.monotonic() < until:
            futures = [engine.submit(Named("cell of many", wait_and_say), 0.1) for _ in range(8)]
            pids |= {each.result().value for each in futures}
        assert len(pids) == 2


def test_what_workers_cost_beside_the_work(client: Any) -> None:
    """200 tasks of 0.1 s on two workers take at most 5 % more than half the sum of their work."""
    with OnDask(client, ours=True) as engine:
        workers = Workers(engine)
        began = time.perf_counter()
        futures = []
        for i in range(200):
            while workers.is_busy():
                workers.wait()
            futures.append(workers.submit(Named(f"cell {i}", wait), 0.1))
        for future in futures:
            future.result()
        took = time.perf_counter() - began
    assert took < 1.05 * 200 * 0.1 / 2
