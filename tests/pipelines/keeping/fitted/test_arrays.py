from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.svm import LinearSVC

from pipelines.comparison.names import Entry
from pipelines.errors import PackingError
from pipelines.keeping.fitted.arrays import LEARNED
from pipelines.keeping.packing import pack, unpack
from tests.pipelines.keeping.fitted.round_trip import check_round_trip, edited, fitted, place_in

PARAMETERS: dict[str, dict[str, Any]] = {
    "SGDClassifier": {"loss": "log_loss"},
    "LogisticRegressionCV": {"Cs": 2, "cv": 2},
}


def made(name: str) -> BaseEstimator:
    entry = Entry(f"sklearn.{name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some are deprecated
        return entry.make(**PARAMETERS.get(entry.kind.__name__, {}))


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", LEARNED)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_what_is_read_again_answers_as_before(name: str, n_classes: int) -> None:
    check_round_trip(made(name), n_classes)


@pytest.mark.parametrize(
    "classifier",
    [
        LogisticRegression(fit_intercept=False),
        LinearSVC(fit_intercept=False, class_weight={0: 2.0}),
        RidgeClassifier(fit_intercept=False),
        SGDClassifier(loss="modified_huber"),
        SGDClassifier(),
        NearestCentroid(metric="manhattan"),
        NearestCentroid(shrink_threshold=0.5, priors="empirical"),
    ],
    ids=repr,
)
def test_whatever_its_parameters(classifier: Any) -> None:
    check_round_trip(classifier, 3)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_quadratic_discriminants_are_kept(n_classes: int) -> None:
    check_round_trip(QuadraticDiscriminantAnalysis(), n_classes)


@pytest.mark.parametrize(
    ("classifier", "name", "change"),
    [
        (LogisticRegression(), "coef_", lambda a: a[:, :-1]),
        (LogisticRegression(), "coef_", lambda a: a * np.nan),
        (LogisticRegression(), "coef_", lambda a: a.astype(str)),
        (LogisticRegression(), "intercept_", lambda a: a[:-1]),
        (LogisticRegression(), "classes_", lambda a: a[::-1]),
        (LogisticRegression(), "classes_", lambda a: a[:1]),
        (GaussianNB(), "var_", lambda a: -a),
        (GaussianNB(), "theta_", lambda a: a[:-1]),
        (NearestCentroid(), "centroids_", lambda a: a[:, :-1]),
        (NearestCentroid(), "within_class_std_dev_", lambda a: a[:-1]),
        (QuadraticDiscriminantAnalysis(), "means_", lambda a: a.T),
        (QuadraticDiscriminantAnalysis(), "priors_", lambda a: 0 * a),
    ],
)
def test_an_edited_array_is_refused(classifier: Any, name: str, change: Any) -> None:
    def edit(index: Any, arrays: list[Any]) -> None:
        place = place_in(index, name)
        arrays[place] = change(arrays[place])

    with pytest.raises(PackingError):
        unpack(edited(pack(fitted(classifier, 3)), edit))


@pytest.mark.parametrize(
    ("key", "value"),
    [("C", -1), ("C", "x"), ("solver", "none"), ("penalty", []), ("more", 1), ("n_jobs", 10**9)],
)
def test_an_edited_parameter_is_refused(key: str, value: Any) -> None:
    def edit(index: Any, _: list[Any]) -> None:
        index["parameters"][key] = value

    with pytest.raises(PackingError):
        unpack(edited(pack(fitted(LogisticRegression(), 3)), edit))


def test_more_or_less_is_refused() -> None:
    packed = pack(fitted(LogisticRegression(), 3))
    for edit in (
        lambda index, _: index["learned"].update(predict=1),
        lambda index, _: index["learned"].pop("coef_"),
        lambda index, _: index["learned"].update(n_features_in_=7),
    ):
        with pytest.raises(PackingError):
            unpack(edited(packed, edit))
