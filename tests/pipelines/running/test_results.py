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
    with pytest.warns(RuntimeWarning, match="invalid value"):
        for seed in plan.seeds:
            # As an older version kept it: rows of zeros are no probabilities.
            results.add(CellRan(Step(*wrong, seed), outcome(labels, right * 0), 3))
    for seed in plan.seeds:
        results.add(CellRan(Step(*other, seed), outcome(labels, right), 3))
    first, second, *_ = results.report(pairs=results.pairs()).cells
    assert first.status == "failed"
    assert first.error is not None
    assert first.error.startswith(f"seed {plan.seeds[-1]}: cannot be scored: ValueError: ")
    assert second.status == "done"
    assert second.accuracy == 1.0
