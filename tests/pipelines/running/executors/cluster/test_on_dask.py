"""A real scheduler and two real worker processes, on this machine alone."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion

from data import Dataset
from features import BagOfVisualWords
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import WorkersError
from pipelines.record.report import Report
from pipelines.running.cells import estimates
from pipelines.running.environment import environment
from pipelines.running.executors import Named, TaskFailed, collected, said
from pipelines.running.executors.cluster import on_dask
from pipelines.running.executors.cluster.jobs import Job
from pipelines.running.executors.cluster.on_dask import OnDask
from pipelines.running.executors.engines import local_client
from pipelines.running.executors.far import Terms
from pipelines.running.matrices import Workspace
from tests.pipelines.own import FailsToFit, FailsToTransform, Noise
from tests.pipelines.running.alone import extract
from tests.pipelines.running.executors.made_up_tasks import (
    Deadly,
    Greedy,
    cut_off,
    fail,
    limit_memory,
    memory_settings,
    move_cache,
    n_threads,
    numba_threads,
    pretend,
    sum_of,
    warn_and_return,
    whoami,
)

pytestmark = pytest.mark.usefixtures("without_pages")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with local_client(2) as found:
        yield found


@pytest.fixture
def engine(client: Any) -> Iterator[OnDask]:
    with OnDask(client, ours=True) as executor:
        yield executor


def figures(report: Report) -> Any:
    """All that must not depend on who ran it."""
    return report.cells, report.pairs, report.environment, report.results_digest


def test_a_task_runs_in_another_process_and_all_of_it_comes_back(engine: OnDask) -> None:
    assert engine.n_at_once == 2
    assert collected(engine.submit(whoami)) != os.getpid()
    sums = [engine.submit(np.add, np.float32(i), np.float32(1)) for i in range(5)]
    assert [collected(each) for each in sums] == [1, 2, 3, 4, 5]
    assert collected(engine.submit(len, bytes(3 << 20))) == 3 << 20
    with pytest.warns(RuntimeWarning, match="close to the edge"):
        assert collected(engine.submit(warn_and_return, 7)) == 7
    with pytest.raises(TaskFailed) as raised:
        collected(engine.submit(fail, "own"))
    assert said(raised.value) == "Unpicklable: 1 and 2"
    with pytest.raises(OSError, match="No space left"):
        collected(engine.submit(fail, "disk"))
    assert collected(engine.submit(n_threads)) == max(1, n_threads() // 2)
    assert collected(engine.submit(numba_threads)) == max(1, n_threads() // 2)
    assert engine.peak_memory_bytes > 0


def test_it_listens_on_this_machine_alone_and_names_its_tasks(engine: OnDask) -> None:
    scheduler = engine._client.cluster.scheduler
    assert {address.partition(":")[0] for address in scheduler.host_info} == {"127.0.0.1"}
    future = engine.submit(Named("cell hog/mlp seed 1", whoami))
    (job,) = (each for each in engine._jobs if each.future is future)
    assert job.there.key.startswith("cell hog/mlp seed 1-")
    collected(future)


@pytest.mark.parametrize(
    "models", [["knn"], pytest.param(["knn", "linear", "mlp"], marks=pytest.mark.slow)]
)
def test_the_same_comes_out_bit_for_bit_and_one_goes_on_from_the_other(
    tiny: Dataset, client: Any, models: list[str]
) -> None:
    spec = Comparison.from_options(
        features=["color", "raw"],
        models=models,
        seeds=[0, 1],
        settings=["models.mlp.max_iter=8"] if "mlp" in models else [],
    )
    own: dict[str, Any] = {
        "extractors": {"noise": Noise(), "bad": FailsToTransform()},
        "classifiers": {"logistic": LogisticRegression(), "worse": FailsToFit()},
    }
    here = compare(spec, dataset=tiny, cache=False, **own)
    there = compare(spec, dataset=tiny, client=client, **own)
    assert figures(here) == figures(there)
    assert {cell.status for cell in here.cells} == {"done", "failed"}
    assert not any(cost.cached for cost in there.measurements.cells)
    again = compare(spec, dataset=tiny, cache=True)
    assert all(cost.cached for cost in again.measurements.cells)


@pytest.mark.parametrize(
    ("model", "chosen", "size"),
    [
        ("linear", {"alpha": [1.0, 0.1]}, 8),
        pytest.param("mlp", {"hidden_layer_sizes": [[3], [4]]}, 8, marks=pytest.mark.slow),
        # Enough columns for several tiles of a sum of products.
        pytest.param("ridge", {}, 28, marks=pytest.mark.slow),
    ],
)
def test_parts_of_a_cell_are_tasks_and_the_same_comes_out_bit_for_bit(
    client: Any, monkeypatch: pytest.MonkeyPatch, model: str, chosen: Any, size: int
) -> None:
    rng = np.random.default_rng(0)
    n = 200 if size == 8 else 60 + 3 * size**2
    labels = np.arange(n) % 3
    images = (rng.integers(0, 200, (n, size, size, 3)) + 20 * labels[:, None, None, None]).astype(
        np.uint8
    )
    data = Dataset.from_arrays(images[40:], labels[40:], images[:40], labels[:40])
    kind = "MLPClassifier" if model == "mlp" else "LinearClassifier"
    more: dict[str, Any] = {"max_iter": 5} if model == "mlp" else {}
    more |= {"loss": "squared", "alpha": [1.0, 10.0]} if model == "ridge" else {"choose": chosen}
    spec = Comparison.from_dict(
        {
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {model: {"classifier": kind, **more}},
            "seeds": [0],
        }
    )
    here = compare(spec, dataset=data, cache=False)
    monkeypatch.setattr(estimates, "PAYS_S", 0.0)
    names, submit = [], OnDask.submit

    def named(self: OnDask, task: Any, /, *arguments: Any) -> Any:
        names.append(task.name)
        return submit(self, task, *arguments)

    monkeypatch.setattr(OnDask, "submit", named)
    there = compare(spec, dataset=data, cache=False, client=client)
    assert figures(here) == figures(there)
    part = "products raw/ridge seed 0 block" if model == "ridge" else "candidate"
    assert sum(part in name for name in names) >= 2


@pytest.mark.slow
def test_features_in_blocks_are_the_same_bit_for_bit(
    tiny: Dataset, workspace: Workspace, engine: OnDask, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = BagOfVisualWords(n_words=10, patch_size=3, n_samples=500, random_state=0)
    here = extract(words, tiny, workspace)
    # The workers cut the images as this process says, whatever their own block is.
    monkeypatch.setattr("pipelines.running.tasks.BLOCK_BYTES", 4 * 40 * 7)
    for extractor in (words, FeatureUnion([("words", words)])):
        there = extract(extractor, tiny, workspace, executor=engine)
        assert np.array_equal(here.train.open(), there.train.open())
        assert np.array_equal(here.test.open(), there.test.open())


def test_mapped_pages_are_not_counted_as_memory_during_a_run(client: Any) -> None:
    for nanny in (False, True):
        before = client.run(memory_settings, nanny=nanny)
        with OnDask(client) as engine:
            collected(engine.submit(whoami))
            during = client.run(memory_settings, nanny=nanny)
        assert client.run(memory_settings, nanny=nanny) == before
        for settings in during.values():
            assert not any(value for value in settings.values() if value != math.inf)
        assert {math.inf} & {value for each in before.values() for value in each.values()} == set()


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's here")
@pytest.mark.filterwarnings("ignore:.*this worker is gone")
def test_a_worker_that_is_killed_changes_nothing(
    tiny: Dataset, client: Any, tmp_path: Path
) -> None:
    spec = Comparison.from_options(features=["color"], models=["knn"], seeds=[0, 1])
    killed = tmp_path / "killed"
    killed.mkdir()
    own: dict[str, Any] = {"classifiers": {"deadly": Deadly(folder=str(killed))}}
    there = compare(spec, dataset=tiny, cache=False, client=client, **own)
    assert len(list(killed.iterdir())) == 1
    here = compare(spec, dataset=tiny, cache=False, **own)
    assert figures(here) == figures(there)
    assert {cell.status for cell in here.cells} == {"done"}


OWN = """from sklearn.dummy import DummyClassifier


class OfAUser(DummyClassifier):
    pass
"""


def refusal(client: Any, monkeypatch: pytest.MonkeyPatch, **terms: Any) -> str:
    """Why a run of other terms gets no worker."""
    monkeypatch.setattr(on_dask, "Terms", lambda *given: replace(Terms(*given), **terms))
    with pytest.raises(WorkersError) as raised, OnDask(client):
        pass
    return str(raised.value)


def test_workers_that_are_not_the_same_get_no_task(
    client: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = {**environment(), "numpy": "1.0", "code": "0" * 64}
    said = refusal(client, monkeypatch, environment=other)
    assert "none of its workers can be used: " in said
    assert "numpy: 2" in said
    assert "there, 1.0 here" in said
    assert "code: " in said
    unseen = tmp_path / "a" / "b" / "unseen.txt"
    said = refusal(client, monkeypatch, file=unseen, must_see=True)
    assert "does not see the folder" in said
    assert "PRECONV_CACHE" in said
    said = refusal(client, monkeypatch, imports={str(tmp_path / "mine.py"): "0" * 64})
    assert "mine.py: there is no such file" in said
    there = tmp_path / "of_a_user.py"
    there.write_text(OWN)
    said = refusal(client, monkeypatch, imports={str(there): "0" * 64})
    assert "of_a_user.py: this worker has loaded another state of it; bring it the same" in said


def test_one_that_is_not_the_same_gets_no_task_of_the_others(client: Any) -> None:
    client.wait_for_workers(2, timeout=60)
    pids = client.run(os.getpid)
    other = min(pids)
    client.run(pretend, "1.0", workers=[other])
    try:
        told = pytest.warns(RuntimeWarning, match=f"{other}: .* gets no task: numpy: 1.0 there")
        with told, OnDask(client) as engine:
            found = {collected(engine.submit(whoami)) for _ in range(4)}
    finally:
        client.run(pretend, "")
    assert found == {*pids.values()} - {pids[other]}


@pytest.mark.parametrize("sent_again", [True, False])
def test_a_result_that_is_lost_on_its_way_does_not_end_the_run(sent_again: bool) -> None:
    def result() -> None:
        # While it is fetched its worker dies, and so do all others: new ones get the task.
        if sent_again:
            job.there = SimpleNamespace(status="pending")
        raise CancelledError("cancelled for reason: unknown")

    engine = OnDask(SimpleNamespace(status="running"))
    job: Job = Job("cell", b"", Future())
    job.there = there = SimpleNamespace(status="finished", result=result)
    engine._ended(job, there)
    assert job.future.done() is not sent_again


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_what_asks_for_more_than_a_worker_has_fails_and_the_others_finish(
    tiny: Dataset, client: Any
) -> None:
    spec = Comparison.from_options(features=["color"], models=["knn"], seeds=[0])
    own: dict[str, Any] = {"classifiers": {"greedy": Greedy(n_bytes=2**31)}}
    found = []
    for n_bytes in (2**30, 0):
        client.run(limit_memory, n_bytes)
        report = compare(spec, dataset=tiny, cache=False, client=client, **own)
        found.append({cell.model: cell.status for cell in report.cells})
        if n_bytes:
            (error,) = (cell.error for cell in report.cells if cell.model == "greedy")
            assert "MemoryError: " in str(error)
            assert "Dask allows its worker 1 GiB: start fewer workers with more" in str(error)
    assert found == [{"knn": "done", "greedy": "failed"}, {"knn": "done", "greedy": "done"}]


def test_a_worker_checks_what_the_images_are(engine: OnDask, workspace: Workspace) -> None:
    handle = workspace.hold(np.arange(6))
    assert handle.path is not None
    assert collected(engine.submit(sum_of, handle)) == 15
    with handle.path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"x")
    with pytest.raises(TaskFailed, match=r"this worker reads other content there .* PRECONV_CACHE"):
        collected(engine.submit(sum_of, handle))


@pytest.fixture
def folders(
    client: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """The cache folders of workers that do not see our files: each has its own."""
    unseen = tmp_path / "a" / "b" / "unseen.txt"
    monkeypatch.setattr(on_dask, "Terms", lambda *given: replace(Terms(*given), file=unseen))
    client.wait_for_workers(2, timeout=60)
    found = client.run(move_cache, str(tmp_path))
    assert len(set(found.values())) == 2
    yield found
    client.run(os.environ.update, {"PRECONV_CACHE": os.environ["PRECONV_CACHE"]})


def test_workers_that_do_not_see_our_files_have_their_own(
    tiny: Dataset, client: Any, folders: dict[str, str]
) -> None:
    spec = Comparison.from_options(
        features=["color", "hog+color"],
        models=["knn"],
        seeds=[0],
        settings=["features.hog.pixels_per_cell=[4,4]"],
    )
    own: dict[str, Any] = {"extractors": {"noise": Noise()}}
    here = compare(spec, dataset=tiny, cache=False, **own)
    with OnDask(client) as engine:
        there = compare(spec, dataset=tiny, executor=engine, **own)
        moved = engine.placed_bytes, engine.fetched_bytes
    assert engine.apart
    assert figures(here) == figures(there)
    assert {cell.status for cell in here.cells} == {"done"}
    n_images = tiny.images_train.nbytes + tiny.images_test.nbytes
    assert n_images < moved[0] < 1.1 * n_images
    assert moved[1] > 0
    # They lie there already.
    with OnDask(client) as engine:
        again = compare(spec, dataset=tiny, executor=engine, cache=False, **own)
        assert engine.placed_bytes == 0
    assert figures(here) == figures(again)
    # A run that goes on finds what is known by its code; who knows what noise was made of?
    other: dict[str, Any] = {"classifiers": {"other": KNeighborsClassifier(3)}}
    on = compare(spec, dataset=tiny, client=client, **own, **other)
    assert {each.features: each.cached for each in on.measurements.features} == {
        "color": True, "hog": True, "noise": False,
    }  # fmt: skip
    expected = compare(spec, dataset=tiny, cache=False, **own, **other)
    assert figures(expected) == figures(on)
    for folder in folders.values():
        assert not list((Path(folder) / "workspaces").iterdir())
        assert list((Path(folder) / "runs").iterdir())


@pytest.mark.usefixtures("folders")
def test_workers_that_cannot_reach_each_other_get_all_from_here(tiny: Dataset, client: Any) -> None:
    spec = Comparison.from_options(features=["color"], models=["knn"], seeds=[0, 1, 2, 3])
    here = compare(spec, dataset=tiny, cache=False)
    client.run(cut_off, True)
    try:
        with OnDask(client) as engine:
            there = compare(spec, dataset=tiny, executor=engine, cache=False)
            assert engine.fetched_bytes == 0
    finally:
        client.run(cut_off, False)
    assert figures(here) == figures(there)
    assert {cell.status for cell in there.cells} == {"done"}


def test_other_kernels_are_told_and_used(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_dask, "environment", lambda: {**environment(), "blas": ["another"]})
    told = pytest.warns(RuntimeWarning, match="other kernels, .* another here")
    with told, OnDask(client) as other:
        assert not other.keeps
        assert collected(other.submit(whoami)) != os.getpid()


def test_without_any_worker_it_says_so() -> None:
    distributed: Any = import_module("distributed")
    none = {"n_workers": 0, "processes": False, "protocol": "inproc", "dashboard_address": None}
    with (
        distributed.LocalCluster(**none) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        pytest.raises(WorkersError, match="no worker came within 0 s"),
    ):
        OnDask(client, wait_s=0.1).__enter__()
