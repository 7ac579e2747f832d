from __future__ import annotations

import time
from typing import Any

import pytest
from sklearn.ensemble import StackingClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, LinearSVC

from pipelines.comparison.named.lookup import entry_of
from pipelines.comparison.named.sklearn_names import sklearn_classifiers, sklearn_entry
from pipelines.comparison.plan import make_plan
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError

RAW = {"raw": {"extractor": "RawPixels"}}


def plan_of(models: dict[str, Any], classes: tuple[str, ...] = ("cat", "dog")) -> Any:
    spec = Comparison.from_dict({"features": RAW, "models": models})
    again = Comparison.from_dict(spec.to_dict())
    assert again.to_dict() == spec.to_dict()
    return make_plan(spec).for_classes(classes)


def only(models: dict[str, Any], name: str = "m") -> Any:
    return plan_of(models).candidates(("raw", name), 3)


def test_a_class_name_and_its_paths_stand_for_the_same_class() -> None:
    for name in ("SVC", "sklearn.svm.SVC", "sklearn.svm._classes.SVC"):
        assert entry_of("classifier", name).kind is SVC
    assert len(sklearn_classifiers()) > 35
    assert entry_of("classifier", "MLPClassifier").path.startswith("models.")
    theirs = entry_of("classifier", "sklearn.neural_network.MLPClassifier")
    assert theirs.kind.__module__.startswith("sklearn.")


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "sklearn.os.system",
        "sklearn.svm.SVR",
        "sklearn.svm.base.SVC",
        "sklearn.model_selection.GridSearchCV",
        "sklearn.pipeline.Pipeline",
        "sklearnx.svm.SVC",
        "MultiOutputClassifier",
        "",
        ".",
        "sklearn.",
    ],
)
def test_a_spec_reaches_no_other_class(name: str) -> None:
    assert sklearn_entry(name) is None
    with pytest.raises(SpecError, match=r"unknown classifier: .* of scikit-learn: AdaBoost"):
        Comparison.from_dict({"models": {"m": {"classifier": name}}})


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"classifier": "LinearSVM"}, "did you mean LinearSVC?"),
        ({"classifier": "logisticregression"}, "did you mean LogisticRegression?"),
        ({"classifier": "SVC", "c": 1}, r"unknown parameter of SVC: c; valid: C, break_ties"),
        ({"classifier": "RandomForestClassifier", "n_estimator": 1}, "did you mean n_estimators?"),
        ({"classifier": "SVC", "random_state": 1}, "random_state: the run sets that itself"),
        ({"classifier": "SVC", "standardize": 1}, "standardize must be true or false, got 1"),
        ({"classifier": "SVC", "choose": {"standardize": [True, "x"]}}, "must be true or false"),
        ({"classifier": "RandomForestClassifier", "n_jobs": 0}, "a number of threads, or -1"),
        ({"classifier": "RandomForestClassifier", "n_jobs": -9}, "a number of threads, or -1"),
        ({"classifier": "RandomForestClassifier", "n_jobs": "all"}, "a number of threads, or -1"),
        ({"classifier": "RandomForestClassifier", "n_jobs": 999}, "at most 256 threads"),
        ({"classifier": "BaggingClassifier", "estimator": 3}, "is the name of a model of the spec"),
        ({"classifier": "BaggingClassifier", "estimator": "x"}, "unknown part: x; valid: m"),
        ({"classifier": "VotingClassifier", "estimators": "m"}, r'models of the spec, as \["lin'),
        ({"classifier": "VotingClassifier", "estimators": ["n", "n"]}, "each model once, got n"),
        ({"classifier": "BaggingClassifier", "estimator": "m"}, "is a part of itself: m → m"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(model: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError, match=says.replace("?", r"\?")):
        Comparison.from_dict({"models": {"m": model}})


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"classifier": "SVC", "C": -1}, "models.m: The 'C' parameter of SVC must be a float"),
        ({"classifier": "SVC", "choose": {"C": [1, "x"]}}, "'C' parameter of SVC .* Got 'x'"),
        ({"classifier": "SVC", "C": -1, "standardize": True}, "The 'C' parameter of SVC"),
        ({"classifier": "SVC", "on": {"raw": {"kernel": "no"}}}, "'kernel' parameter of SVC"),
        ({"classifier": "KNeighborsClassifier", "n_neighbors": 0}, "'n_neighbors' parameter"),
        ({"classifier": "VotingClassifier"}, "missing"),
    ],
)
def test_values_are_checked_before_anything_is_run(model: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        plan_of({"m": model})


def test_a_scaler_stands_in_front_where_a_class_does_not_standardize() -> None:
    model = {"classifier": "LinearSVC", "choose": {"standardize": [True, False]}}
    (scaled, pipeline), (plain, alone) = only({"m": model})
    assert (scaled, plain) == ({"standardize": True}, {"standardize": False})
    assert isinstance(pipeline, Pipeline)
    assert isinstance(alone, LinearSVC)
    ours = {"classifier": "LinearClassifier", "standardize": True}
    assert only({"m": ours})[0][1].standardize is True


def test_seeds_and_class_names_reach_every_depth() -> None:
    forest = {"classifier": "RandomForestClassifier", "class_weight": {"dog": 3}, "alone": False}
    bag = {"classifier": "BaggingClassifier", "estimator": "forest", "standardize": True}
    plan = plan_of({"forest": forest, "m": bag})
    assert plan.cells == [("raw", "m")]
    ((_, made),) = plan.candidates(("raw", "m"), 3)
    inside = made[-1].estimator
    assert inside.class_weight == {1: 3}
    assert made[-1].random_state == inside.random_state == 3


def test_what_parts_leave_open_is_chosen_with_the_whole() -> None:
    models = {
        "a": {"classifier": "LinearSVC", "choose": {"C": [1, 2]}},
        "b": {"classifier": "GaussianNB", "alone": False},
        "m": {
            "classifier": "StackingClassifier",
            "estimators": ["a", "b"],
            "final_estimator": "b",
            "choose": {"cv": [2, 3]},
        },
    }
    found = only(models)
    assert [choice for choice, _ in found] == [
        {"cv": 2, "a.C": 1},
        {"cv": 2, "a.C": 2},
        {"cv": 3, "a.C": 1},
        {"cv": 3, "a.C": 2},
    ]
    assert isinstance(found[1][1], StackingClassifier)
    assert found[1][1].get_params()["a__C"] == 2


def test_models_can_be_chosen_by_name() -> None:
    models = {
        "a": {"classifier": "LinearSVC"},
        "b": {"classifier": "GaussianNB"},
        "m": {"classifier": "BaggingClassifier", "choose": {"estimator": ["a", "b"]}},
    }
    assert [type(each.estimator).__name__ for _, each in only(models)] == [
        "LinearSVC",
        "GaussianNB",
    ]


def test_a_selected_model_keeps_its_parts() -> None:
    models = {
        "a": {"classifier": "LinearSVC"},
        "b": {"classifier": "BaggingClassifier", "estimator": "a"},
        "c": {"classifier": "CalibratedClassifierCV", "estimator": "b"},
    }
    spec = Comparison.from_dict({"features": RAW, "models": models})
    narrow = spec.select(models=["c"])
    assert narrow.columns == ("c",)
    assert [*narrow.models] == ["a", "b", "c"]
    assert narrow.select(models=["b"]).columns == ("b",)


def test_longer_circles_are_found() -> None:
    models = {
        "a": {"classifier": "BaggingClassifier", "estimator": "b"},
        "b": {"classifier": "BaggingClassifier", "choose": {"estimator": ["c", "d"]}},
        "c": {"classifier": "GaussianNB"},
        "d": {"classifier": "VotingClassifier", "estimators": ["c", "a"]},
    }
    with pytest.raises(SpecError, match=r"models\.a: no model is a part of itself: a → b → d → a"):
        Comparison.from_dict({"models": models})


def test_models_that_double_with_every_part_are_refused() -> None:
    """A spec of three kilobytes would make 2⁴⁰ classifiers."""
    voting = {"classifier": "VotingClassifier", "alone": False}
    models: dict[str, Any] = {
        f"{side}{i}": voting | {"estimators": [f"a{i + 1}", f"b{i + 1}"]}
        for i in range(40)
        for side in "ab"
    }
    models |= {f"{side}40": {"classifier": "GaussianNB"} for side in "ab"}
    content = {"features": {"raw": {"extractor": "RawPixels"}}, "models": models}
    with pytest.raises(SpecError, match="made of more than 1,000 models"):
        Comparison.from_dict(content)
    few = {name: table for name, table in models.items() if int(name[1:]) > 33}
    assert len(Comparison.from_dict(content | {"models": few}).models) == 14


def test_no_more_choices_are_made_than_are_allowed() -> None:
    def tree(**choose: int) -> dict[str, Any]:
        grids = {key: [*range(2, n + 2)] for key, n in choose.items()}
        return {"classifier": "DecisionTreeClassifier", "choose": grids}

    bagged = {"classifier": "BaggingClassifier", "estimator": "tree"}
    spec = Comparison.from_dict(
        {
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {
                "tree": tree(max_depth=30, max_leaf_nodes=30),
                "bagged": bagged | {"choose": {"n_estimators": [*range(1, 1000)]}},
            },
        }
    )
    began = time.process_time()
    with pytest.raises(SpecError, match="more than 1,000 choices"):
        make_plan(spec)
    assert time.process_time() - began < 5.0  # all 900,000 of them: minutes
