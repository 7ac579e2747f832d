"""One extraction or one cell, outside a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from data import Dataset
from data.keeping.cache import RunCache
from pipelines.record.outcome import Outcome
from pipelines.running.cells.cell import run_cell
from pipelines.running.executors import Executor, InProcess, Workers
from pipelines.running.extraction import Extraction, extraction, joined
from pipelines.running.matrices import Handle, Workspace
from pipelines.running.setting import Setting


def finished(work: Iterator[Any]) -> Any:
    """Return what a unit of work comes to, its futures done one after the other."""
    while True:
        try:
            next(work).exception()
        except StopIteration as end:
            return end.value


def setting(
    dataset: Dataset,
    workspace: Workspace,
    *,
    cache: RunCache | None = None,
    executor: Executor | None = None,
) -> Setting:
    images = {
        "train": workspace.hold(dataset.images_train),
        "test": workspace.hold(dataset.images_test),
    }
    return Setting(dataset, images, Workers(executor or InProcess()), workspace, cache)


def extract(
    extractor: Any,
    dataset: Dataset,
    workspace: Workspace,
    *,
    cache: RunCache | None = None,
    executor: Executor | None = None,
) -> Extraction:
    made = extraction(setting(dataset, workspace, cache=cache, executor=executor), extractor)
    found: Extraction = finished(made)
    return found


def put_side_by_side(parts: list[Extraction], dataset: Dataset, workspace: Workspace) -> Extraction:
    found: Extraction = finished(joined(setting(dataset, workspace), parts))
    return found


def held(matrix: Any) -> Handle:
    """A matrix in memory."""
    return Handle(None, held=np.asarray(matrix, dtype=np.float32))


def whole(labels: Any) -> Handle:
    """Labels in memory."""
    return Handle(None, held=np.asarray(labels, dtype=np.int64))


def ran(
    train: Any, test: Any, labels: Any, n_classes: int, candidates: Any, seed: int, **more: Any
) -> Outcome:
    """What a cell says of matrices in memory."""
    return run_cell(held(train), held(test), whole(labels), n_classes, candidates, seed, **more)
