"""What any seed fits alike is fitted once, and the same comes out as of each seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from data import Dataset
from models import LinearClassifier, MLPClassifier
from pipelines.comparison.plan import make_plan
from pipelines.comparison.spec import Comparison
from pipelines.running.cells.cell_tasks import fits_alike
from pipelines.running.executors import InProcess
from pipelines.running.matrices import Workspace
from pipelines.running.results import CellRan
from pipelines.running.run import run
from pipelines.running.units import Wishes

SEEDS = [0, 1, 2]
KNN = {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [1, 3]}}


class Counting(InProcess):
    def __init__(self) -> None:
        super().__init__()
        self.tasks: Counter[str] = Counter()

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        named = getattr(task, "task", task)
        self.tasks[getattr(named, "__name__", "")] += 1
        return super().submit(task, *arguments)


def found(tiny: Dataset, workspace: Workspace, features: Any, seeds: list[int]) -> Any:
    spec = {"features": {"row": features}, "models": {"knn": KNN}, "seeds": seeds}
    plan, executor = make_plan(Comparison.from_dict(spec)), Counting()
    ran = run(plan, plan.cells, tiny, executor=executor, workspace=workspace, wishes=Wishes())
    return {
        each.step.seed: [
            getattr(each.outcome, name)
            for name in ("predicted", "scores", "chosen", "validation_accuracy", "candidate")
        ]
        for each in ran
        if isinstance(each, CellRan)
    }, executor.tasks


def test_a_fit_that_no_seed_changes_is_made_once(tiny: Dataset, workspace: Workspace) -> None:
    color = {"extractor": "ColorHistogram", "bins": 2}
    together, tasks = found(tiny, workspace, color, SEEDS)
    n_chosen = len({str(each[2]) for each in together.values()})
    assert tasks["run_cell"] == 1
    assert tasks["choose_candidate"] == len(SEEDS) - 1
    assert tasks["run_chosen"] == n_chosen - 1
    for seed in SEEDS:
        alone, _ = found(tiny, workspace, color, [seed])
        assert all(map(np.array_equal, together[seed], alone[seed]))


def test_on_features_that_a_seed_changes_each_is_fitted(
    tiny: Dataset, workspace: Workspace
) -> None:
    words = {"extractor": "BagOfVisualWords", "n_words": 4, "n_iterations": 1, "patch_size": 3}
    _, tasks = found(tiny, workspace, words, SEEDS[:2])
    assert (tasks["run_cell"], tasks["choose_candidate"]) == (2, 0)


@pytest.mark.parametrize(
    ("classifier", "alike"),
    [
        (LinearClassifier(), True),
        (LinearClassifier(loss="squared", alpha=[1.0, 2.0]), False),
        (MLPClassifier(), False),
    ],
)
def test_what_fits_alike(classifier: Any, alike: bool) -> None:
    assert fits_alike([({}, classifier)]) is alike
