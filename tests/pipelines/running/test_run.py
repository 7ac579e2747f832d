"""The same findings, whoever runs the tasks and in whatever order they end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Timer
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from data import Dataset
from data.keeping.cache import RunCache
from models.convex.ridge import gram, scaled_rows
from models.tiles import tiled_matrix
from pipelines.compare import compare
from pipelines.comparison.plan import make_plan
from pipelines.comparison.spec import Comparison
from pipelines.record.report import Report
from pipelines.running.cells import estimates, summing
from pipelines.running.executors import Executor, InProcess
from pipelines.running.matrices import Workspace
from pipelines.running.progress import Step
from pipelines.running.results import CellRan, Finding
from pipelines.running.run import run
from pipelines.running.units import Wishes
from tests.pipelines.own import FailsToFit, Flat

pytestmark = [
    pytest.mark.usefixtures("without_pages"),
    # Tasks run in a thread here, where a filter that one thread sets is undone by another.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def figures(report: Report) -> Any:
    """All that must not depend on who ran it."""
    return report.cells, report.pairs


class LastFirst:
    """Begins a task only when nothing else can go on, and the latest one first."""

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self.most = 0
        self._waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []
        self._pool = ThreadPoolExecutor(1)

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._waiting.append((future, task, arguments))
        self.most = max(self.most, len(self._waiting))
        self._pool.submit(self._one)
        return future

    def _one(self) -> None:
        future, task, arguments = self._waiting.pop()
        try:
            future.set_result(task(*arguments))
        except Exception as error:
            future.set_exception(error)


@pytest.fixture(scope="module")
def expected(tiny: Dataset, spec: Comparison) -> Any:
    """What the comparison finds in this process, one task after the other."""
    return figures(compare(spec, dataset=tiny, cache=False))


@pytest.mark.parametrize("n_workers", [1, 3, 50])
def test_the_order_in_which_tasks_end_makes_no_difference(
    tiny: Dataset, spec: Comparison, expected: Any, n_workers: int
) -> None:
    executor = LastFirst(n_workers)
    found = compare(spec, dataset=tiny, cache=False, executor=executor)
    assert figures(found) == expected
    assert executor.most <= n_workers
    assert n_workers == 1 or executor.most > 1


class Late(LastFirst):
    """Begins no task before none was added for a while."""

    def __init__(self) -> None:
        super().__init__(50)
        self._timer = Timer(0, print)

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        self._timer.cancel()
        future: Future[Any] = Future()
        self._waiting.append((future, task, arguments))
        self.most = max(self.most, len(self._waiting))
        self._timer = Timer(0.5, self._pool.submit, [self._all])
        self._timer.start()
        return future

    def _all(self) -> None:
        while self._waiting:
            self._one()


def resampled(n: int, features: str) -> Comparison:
    return Comparison.from_dict(
        {
            "resamples": n,
            "features": {"one": {"extractor": features}},
            "models": {"knn": {"classifier": "KNeighborsClassifier"}},
        }
    )


def test_the_next_resample_begins_while_workers_have_nothing_to_do(tiny: Dataset) -> None:
    spec, executor = resampled(3, "RawPixels"), Late()
    found = compare(spec, dataset=tiny, cache=False, executor=executor)
    assert figures(found) == figures(compare(spec, dataset=tiny, cache=False))
    assert executor.most == 3  # the extractor on each resample


def test_what_failed_on_a_resample_is_told_of_the_first(tiny: Dataset) -> None:
    own: dict[str, Any] = {"classifiers": {"bad": FailsToFit()}}
    found = [
        figures(compare(resampled(3, "RawPixels"), dataset=tiny, cache=False, executor=each, **own))
        for each in (Late(), InProcess())
    ]
    assert found[0] == found[1]
    assert [cell.status for cell in found[0][0]] == ["done", "failed"]
    assert found[0][0][1].error.startswith("seed 0: ")


def test_an_extractor_still_runs_once_for_all_who_need_it(tiny: Dataset) -> None:
    spec = Comparison.from_dict(
        {
            "seeds": [0, 1],
            "models": {
                name: {"classifier": "KNeighborsClassifier", "n_neighbors": k}
                for k, name in ((1, "one"), (3, "three"))
            },
        }
    )
    compare(spec, dataset=tiny, cache=False, extractors={"flat": Flat()}, executor=LastFirst(4))
    assert Flat.calls == ["fit", "transform 60", "transform 40"]


def findings(
    dataset: Dataset,
    workspace: Workspace,
    *,
    cache: RunCache | None = None,
    executor: Executor | None = None,
    **wishes: bool,
) -> list[Finding]:
    spec = Comparison.from_dict(
        {
            "features": {
                "raw": {"extractor": "RawPixels"},
                "color": {"extractor": "ColorHistogram"},
            },
            "models": {"knn": {"classifier": "KNeighborsClassifier", "n_neighbors": 3}},
        }
    )
    plan = make_plan(spec)
    found = run(
        plan,
        plan.cells,
        dataset,
        executor=executor or InProcess(),
        workspace=workspace,
        cache=cache,
        wishes=Wishes(**wishes),
    )
    return list(found)


class Counts(LastFirst):
    """Counts its tasks."""

    def __init__(self, n_workers: int) -> None:
        super().__init__(n_workers)
        self.tasks = Counter[str]()

    def submit(self, task: Any, /, *arguments: Any) -> Future[Any]:
        self.tasks[task.task.__name__] += 1
        return super().submit(task, *arguments)


CHOICES: dict[str, Any] = {
    "searched": {"classifier": "LinearClassifier", "alpha": "auto", "max_iter": 5, "tol": 1.0},
    "network": {
        "classifier": "MLPClassifier",
        "max_iter": 2,
        "early_stopping": True,
        "choose": {"hidden_layer_sizes": [[2], [3]], "learning_rate_init": [0.01, 0.1]},
    },
    "tree": {"classifier": "DecisionTreeClassifier", "choose": {"max_depth": [1, 3]}},
    "knn": {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [1, 3]}},
}


def test_each_candidate_of_a_long_choice_is_a_task_and_the_same_comes_out(
    tiny: Dataset, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    color = {"color": {"extractor": "ColorHistogram", "bins": 2}}
    plan = make_plan(Comparison.from_dict({"features": color, "models": CHOICES, "seeds": [0]}))

    def found(executor: Executor) -> dict[Step, Any]:
        of = run(plan, plan.cells, tiny, executor=executor, workspace=workspace)
        return {
            each.step: [
                getattr(each.outcome, name)
                for name in ("predicted", "scores", "chosen", "refit", "history", "candidate")
            ]
            for each in of
            if isinstance(each, CellRan)
        }

    here, whole, apart = found(InProcess()), Counts(3), Counts(9)
    assert found(whole).keys() == here.keys()
    assert not whole.tasks["judge_candidate"]
    monkeypatch.setattr(estimates, "LONG_S", 0.0)
    monkeypatch.setattr(estimates, "PAYS_S", 0.0)
    there = found(apart)
    assert (apart.tasks["run_chosen"], apart.tasks["run_cell"]) == (3, 1)
    assert apart.tasks["judge_candidate"] >= 3 + 4 + 2
    for cell, expected in here.items():
        assert all(map(np.array_equal, there[cell], expected)), cell


@pytest.mark.parametrize("alpha", [pytest.param(0.1, marks=pytest.mark.slow), [0.1, 1.0, 10.0]])
def test_a_large_ridge_regression_is_fitted_from_parts_and_the_same_comes_out(
    tiny: Dataset, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, alpha: Any
) -> None:
    ridge = {"classifier": "LinearClassifier", "loss": "squared", "alpha": alpha}
    color = {"color": {"extractor": "ColorHistogram", "bins": 3}}
    spec = Comparison.from_dict({"features": color, "models": {"ridge": ridge}, "seeds": [0, 1]})
    plan = make_plan(spec)
    for module in (gram, scaled_rows, tiled_matrix):
        monkeypatch.setattr(module, "SIDE", 8)
    monkeypatch.setattr(gram, "GROUP", 32)

    def found(executor: Executor) -> list[Any]:
        of = outcomes(list(run(plan, plan.cells, tiny, executor=executor, workspace=workspace)))
        return [(each.predicted.tolist(), each.scores.tolist(), each.chosen) for each in of]

    here = found(InProcess())
    monkeypatch.setattr(estimates, "LONG_S", 0.0)
    monkeypatch.setattr(estimates, "PAYS_S", 0.0)
    for n_workers in (2, 5):
        executor = Counts(n_workers)
        assert sorted(found(executor)) == sorted(here)
        assert executor.tasks["write_sum"] > n_workers
        assert executor.tasks["run_summed"] == 2
        assert not executor.tasks["run_cell"]
    monkeypatch.setattr(gram, "sum_part", None)  # as any failure of a part
    monkeypatch.setattr(summing, "sum_part", None)
    executor = Counts(2)
    assert sorted(found(executor)) == sorted(here)
    assert executor.tasks["run_cell"] == 2
    assert workspace.folder is not None
    left = [np.load(path).dtype for path in workspace.folder.glob("*.npy")]
    assert {str(each) for each in left} == {"int64", "uint8"}


def outcomes(found: list[Finding]) -> list[Any]:
    return [each.outcome for each in found if isinstance(each, CellRan)]


def test_matrices_go_when_the_last_cell_that_needs_them_is_over(
    tiny: Dataset, workspace: Workspace
) -> None:
    findings(tiny, workspace)
    assert workspace.folder is not None
    left = [np.load(path).dtype for path in workspace.folder.glob("*.npy")]
    assert sorted(map(str, left)) == ["int64", "uint8", "uint8"]  # the labels and the images


def test_classifiers_are_kept_on_request_and_fitted_again_only_from_the_cache(
    tiny: Dataset, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[int] = []
    fit = KNeighborsClassifier.fit

    def counted(self: Any, X: Any, y: Any) -> Any:
        fits.append(len(X))
        return fit(self, X, y)

    monkeypatch.setattr(KNeighborsClassifier, "fit", counted)
    cache = RunCache()
    for outcome in outcomes(findings(tiny, workspace, cache=cache, models=True)):
        assert outcome.model is not None
        assert outcome.validation_accuracy is None
    assert fits == [60, 60]
    for outcome in outcomes(findings(tiny, workspace, cache=cache, models=True)):
        assert outcome.cached
        assert outcome.model is None
    assert fits == [60, 60]
    for outcome in outcomes(findings(tiny, workspace, cache=cache, models=True, again=True)):
        assert outcome.model is not None
    assert fits == [60] * 4


def test_a_cell_that_chooses_is_the_same_whether_others_are_validated(
    tiny: Dataset, spec: Comparison
) -> None:
    choosing = spec.select(features=["raw"])
    plain = compare(choosing, dataset=tiny)
    validated = compare(choosing, dataset=tiny, validated=True)
    assert figures(plain) == figures(validated)
    assert all(cost.cached for cost in validated.measurements.cells)


def test_what_only_measures_a_cell_is_not_choosing(tiny: Dataset) -> None:
    spec = Comparison.from_dict(
        {
            "seeds": [0],
            "features": {
                "raw": {"extractor": "RawPixels"},
                "color": {"extractor": "ColorHistogram", "choose": {"bins": [2, 3]}},
            },
            "models": {
                "knn": {"classifier": "KNeighborsClassifier"},
                "chosen": {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [1, 5]}},
            },
        }
    )
    report = compare(spec, dataset=tiny, cache=False, validated=True)
    assert all(cell.validation_accuracy for cell in report.cells)
    took = {(cost.features, cost.model): cost for cost in report.measurements.cells}
    assert [name for name, cost in took.items() if not cost.choose_s] == [("raw", "knn")]
    assert all(cost.fit_s > 0 for cost in took.values())


class NeverEndsTheFirst(InProcess):
    """Keeps the first task waiting for ever, and runs all others."""

    n_workers = 2

    def __init__(self) -> None:
        self.first: Future[Any] | None = None

    def submit(self, task: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        if self.first is None:
            self.first = Future()
            return self.first
        return super().submit(task, *arguments)


def test_what_nobody_reads_any_more_is_stopped(tiny: Dataset, workspace: Workspace) -> None:
    spec = Comparison.from_options(features=["color", "raw"], models=["knn"], seeds=[0, 1])
    plan, executor = make_plan(spec), NeverEndsTheFirst()
    found = run(plan, plan.cells, tiny, executor=executor, workspace=workspace)
    next(found)
    assert executor.first is not None
    assert not executor.first.cancelled()
    found.close()  # type: ignore[attr-defined]
    assert executor.first.cancelled()
