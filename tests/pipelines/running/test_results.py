"""What a run found so far: a cell that cannot be scored costs nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data import Dataset
from pipelines.comparison.plan import make_plan
from pipelines.comparison.spec import Comparison
from pipelines.record.outcome import Outcome
from pipelines.running.progress import Step
from pipelines.running.results import CellRan, Results


def outcome(labels: Any, scores: Any) -> Outcome:
    return Outcome(labels, np.asarray(scores, np.float32), True, 0, {}, {}, None, (), 0, 0, 0)


def test_a_cell_that_cannot_be_scored_has_failed_and_the_others_are_scored(
    tiny: Dataset, spec: Comparison
) -> None:
    plan = make_plan(spec)
    results = Results("t", {}, {"preconv": "0"}, plan, tiny)
    labels, n_classes = tiny.labels_test, tiny.n_classes
    right = np.eye(n_classes)[labels]
    wrong, other = plan.cells[:2]
    # As another version may have kept it: rows of zeros are no probabilities.
    first, last = (CellRan(Step(*wrong, seed), outcome(labels, right * 0), 3) for seed in (0, 1))
    results.add(first)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        results.add(last)
    for seed in plan.seeds:
        results.add(CellRan(Step(*other, seed), outcome(labels, right), 3))
    failed, done, *_ = results.report(pairs=results.pairs()).cells
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error.startswith("seed 1: cannot be scored: ValueError: ")
    assert done.status == "done"
    assert done.accuracy == 1.0
