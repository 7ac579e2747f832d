"""What is left of resamples that were interrupted."""

from __future__ import annotations

import numpy as np

from data import Dataset
from pipelines.comparison.plan import make_plan
from pipelines.comparison.resampled import resamples_of
from pipelines.comparison.spec import Comparison
from pipelines.record.outcome import Outcome
from pipelines.running.finished_resamples import of_finished_resamples
from pipelines.running.progress import Step
from pipelines.running.results import CellFailed, CellRan, Results

SAID = Outcome(np.zeros(40, np.int64), None, False, 0, {}, {}, None, (), 0, 0, 0)


def results_on(tiny: Dataset) -> Results:
    near = {"classifier": "KNeighborsClassifier"}
    spec = Comparison.from_dict(
        {
            "resamples": 3,
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {"good": near, "bad": {**near, "n_neighbors": 61}},
        }
    )
    plan, resamples = make_plan(spec), resamples_of(spec, tiny)
    assert resamples is not None
    results = Results(
        "t", spec.to_dict(), {"preconv": "0"}, plan, resamples[0], resamples=resamples
    )
    for seed in (0, 1):
        results.add(CellRan(Step("raw", "good", seed), SAID, 3))
    return results


def test_a_resample_is_over_when_every_cell_has_run_on_it(tiny: Dataset) -> None:
    results = results_on(tiny)
    assert of_finished_resamples(results) is None, "another cell runs on the first one yet"
    part = of_finished_resamples(results, [("raw", "good")])
    assert part is not None
    assert [cell.status for cell in part.report().cells] == ["done", "pending"]


def test_a_cell_that_ran_on_a_later_resample_only_has_failed(tiny: Dataset) -> None:
    results = results_on(tiny)
    results.add(CellRan(Step("raw", "bad", 1), SAID, 3))
    results.add(CellFailed(Step("raw", "bad", 0), "too many"))
    part = of_finished_resamples(results)
    assert part is not None
    good, bad = part.report().cells
    assert (good.status, good.seeds) == ("done", (0, 1))
    assert (bad.status, bad.error) == ("failed", "seed 0: too many")
