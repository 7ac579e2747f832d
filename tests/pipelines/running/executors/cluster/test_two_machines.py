"""A run on machines that share no disk: the same bits, and only what is needed moves."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data import Dataset, load_dataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.report import Report
from pipelines.running.executors.cluster.on_dask import OnDask
from tests.pipelines.own import Noise
from tests.pipelines.running.executors.cluster.two_machines import Machines, can_be, machines
from tests.pipelines.running.executors.made_up_tasks import Slow

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_be(), reason="network namespaces need root and Linux"),
    pytest.mark.usefixtures("without_pages"),
    pytest.mark.filterwarnings("ignore:.*this worker is gone"),
]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Machines]:
    with machines(2, tmp_path, Path(os.environ["PRECONV_CACHE"])) as found:
        yield found


def figures(report: Report) -> Any:
    return report.cells, report.pairs, report.results_digest


def test_the_same_comes_out_and_what_moves_is_counted(two: Machines, tmp_path: Path) -> None:
    whole = load_dataset("builtin")
    data = replace(
        whole,
        images_train=whole.images_train[:600],
        labels_train=whole.labels_train[:600],
        images_test=whole.images_test[:300],
        labels_test=whole.labels_test[:300],
    )
    spec = Comparison.from_options(
        features=["hog", "color", "bovw", "hog+color"],
        models=["linear", "knn"],
        seeds=[0, 1],
        settings=["features.bovw.n_words=40"],
    )
    here = compare(spec, dataset=data, cache=False, save_all_models=True, out=tmp_path / "here")
    before = two.moved_bytes()
    with OnDask(two.client) as engine:
        assert engine.apart
        there = compare(
            spec, dataset=data, executor=engine, save_all_models=True, out=tmp_path / "there"
        )
    moved = two.moved_bytes() - before
    assert [each.model_dump() for each in here.cells] == [each.model_dump() for each in there.cells]
    assert figures(here) == figures(there)
    names = {path.name for path in (tmp_path / "here").rglob("*.skops")}
    assert names == {path.name for path in (tmp_path / "there").rglob("*.skops")} != set()
    n_images = data.images_train.nbytes + data.images_test.nbytes
    print(f"images {n_images:,}, placed {engine.placed_bytes:,}", end=", ")
    print(f"fetched by workers {engine.fetched_bytes:,}, over the network {moved:,}")
    assert n_images <= engine.placed_bytes < 1.1 * n_images


def test_a_machine_that_is_lost_takes_nothing_along(two: Machines, tiny: Dataset) -> None:
    own: dict[str, Any] = {
        "classifiers": {f"slow-{i}": Slow(seconds=0.5) for i in range(4)},
        "extractors": {"noise": Noise()},
    }
    spec = Comparison.from_options(features=["color", "raw"], models=["knn"], seeds=[0, 1, 2])
    here = compare(spec, dataset=tiny, cache=False, **own)
    later = threading.Timer(6.0, two.workers[0].kill)
    later.start()
    there = compare(spec, dataset=tiny, cache=False, client=two.client, **own)
    later.join()
    assert figures(here) == figures(there)
