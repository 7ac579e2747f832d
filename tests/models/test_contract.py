"""What holds for every classifier, whatever it computes."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.utils import check_random_state
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import has_fit_parameter
from threadpoolctl import threadpool_limits

import models
from models import (
    KernelClassifier,
    LinearClassifier,
    MLPClassifier,
    TaughtClassifier,
    ViewsClassifier,
)
from models.layers.layer import Array

BRIEF: dict[str, Any] = {
    "batch_size": 32,
    "learning_rate": "cosine",
    "learning_rate_init": 0.01,
    "max_iter": 10,
    "random_state": 0,
}

CLASSIFIERS: dict[str, Any] = {
    "softmax": LinearClassifier(max_iter=1000),
    "hinge": LinearClassifier(loss="hinge", alpha=0.1),
    "squared": LinearClassifier(loss="squared"),
    "balanced": LinearClassifier(class_weight="balanced", standardize=True),
    "kernel": KernelClassifier(class_weight="balanced"),
    "components": KernelClassifier(kernel="arc-cosine", whiten=20, gamma=0.5),
    "cells": KernelClassifier(kernel="polynomial", n_cells=8, standardize=False),
    "landmarks": KernelClassifier(n_landmarks=150),
    "adam": MLPClassifier((20,), **BRIEF),
    "sgd": MLPClassifier((12, 12), solver="sgd", **BRIEF | {"learning_rate_init": 0.1}),
    "regularised": MLPClassifier(
        (16, 16),
        activation="leaky_relu",
        solver="adamw",
        standardize=True,
        dropout=0.1,
        norm="batch",
        residual=True,
        label_smoothing=0.05,
        clip_norm=1.0,
        average_decay=0.9,
        **BRIEF,
    ),
    "network with hinge": MLPClassifier((20,), loss="hinge", **BRIEF),
    "two networks": MLPClassifier((16,), n_networks=2, mixup=0.1, **BRIEF),
    "taught": TaughtClassifier(MLPClassifier((20,), **BRIEF), LinearClassifier(max_iter=1000)),
    "views": ViewsClassifier(MLPClassifier((20,), **BRIEF), n_views=2),
}
WEIGHTED = [name for name in CLASSIFIERS if has_fit_parameter(CLASSIFIERS[name], "sample_weight")]

# The checks fit some eighty times, and these few epochs are enough for them.
QUICK: dict[str, Any] = {"max_iter": 30, "learning_rate_init": 0.02}

STRICT = {
    "LinearClassifier": LinearClassifier(),
    "hinge": LinearClassifier(loss="hinge", alpha=0.1, max_iter=20),
    "squared": LinearClassifier(loss="squared"),
    "standardized": LinearClassifier(standardize=True),
    "KernelClassifier": KernelClassifier(),
    "MLPClassifier": MLPClassifier(**QUICK),
    "sgd": MLPClassifier(solver="sgd", **QUICK | {"learning_rate_init": 0.2}),
    "three layers": MLPClassifier((20, 20), **QUICK),
    "views": ViewsClassifier(LinearClassifier(), n_views=1),
    "taught": TaughtClassifier(MLPClassifier((8,), random_state=0, **QUICK), LinearClassifier()),
}

# The others of a class go through the same checks of what is given; `TestContract` has them all.
LIKE_ANOTHER = ("sgd", "standardized", "hinge", "squared", "three layers")


def quick(name: str) -> Any:
    return pytest.param(name, marks=[pytest.mark.slow] if name in LIKE_ANOTHER else [])


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    X, y = load_digits(return_X_y=True)
    return np.ascontiguousarray(X[:600] / 16, np.float32), np.array([f"digit {i}" for i in y[:600]])


@pytest.fixture(scope="module")
def fitted(digits: tuple[Array, Array]) -> dict[str, Any]:
    with threadpool_limits(1):
        return {name: clone(c).fit(*digits) for name, c in CLASSIFIERS.items()}


def test_every_public_classifier_is_under_contract() -> None:
    public = {getattr(models, name) for name in models.__all__ if name.endswith("Classifier")}
    assert {type(each) for each in CLASSIFIERS.values()} == public
    assert {type(each) for each in STRICT.values()} == public


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("name", [quick(name) for name in STRICT])
def test_scikit_learn_accepts_it(name: str) -> None:
    with threadpool_limits(1):
        results = check_estimator(STRICT[name], on_skip=None)
    assert {result["status"] for result in results} <= {"passed", "skipped"}
    assert len(results) > 50


@pytest.mark.parametrize("name", CLASSIFIERS)
class TestContract:
    def test_learns_string_labels(
        self, name: str, fitted: dict[str, Any], digits: tuple[Array, Array]
    ) -> None:
        predicted = fitted[name].predict(digits[0])
        assert predicted.dtype == digits[1].dtype
        assert (predicted == digits[1]).mean() > 0.8

    def test_scores_follow_the_dtype(
        self, name: str, fitted: dict[str, Any], digits: tuple[Array, Array]
    ) -> None:
        assert scores(fitted[name], digits[0]).dtype == np.float32
        model = getattr(fitted[name], "estimator_", fitted[name])
        learned = ("coefs_", "coef_", "dual_coef_")
        found = next(getattr(model, name) for name in learned if hasattr(model, name))
        weights = found[0] if isinstance(found, list) else found
        assert weights.dtype == np.float32
        assert np.isfinite(weights).all()

    def test_probabilities_where_defined(
        self, name: str, fitted: dict[str, Any], digits: tuple[Array, Array]
    ) -> None:
        model = fitted[name]
        learner = getattr(model, "estimator_", getattr(model, "classifier_", model))
        if getattr(learner, "loss", "squared") in ("hinge", "squared"):
            with pytest.raises(AttributeError, match="predict_proba"):
                _ = model.predict_proba
            return
        p = model.predict_proba(digits[0])
        assert p.shape == (600, 10)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(digits[0]))

    def test_a_row_does_not_see_its_neighbours(
        self, name: str, fitted: dict[str, Any], digits: tuple[Array, Array]
    ) -> None:
        together = fitted[name].predict(digits[0][:20])
        alone = [fitted[name].predict(digits[0][i : i + 1])[0] for i in range(20)]
        np.testing.assert_array_equal(together, alone)

    def test_pickled_it_is_the_same(
        self, name: str, fitted: dict[str, Any], digits: tuple[Array, Array]
    ) -> None:
        copy = pickle.loads(pickle.dumps(fitted[name]))
        with threadpool_limits(1):
            expected = scores(fitted[name], digits[0])
            np.testing.assert_array_equal(scores(copy, digits[0]), expected)

    def test_fitted_again_in_threads_it_is_the_same_and_so_is_the_input(
        self, name: str, fitted: dict[str, Any], digits: tuple[Array, Array]
    ) -> None:
        X, y = digits[0].copy(), digits[1]
        X.flags.writeable = False
        with threadpool_limits(1), ThreadPoolExecutor(3) as pool:
            expected = scores(fitted[name], X)
            models = list(pool.map(lambda _: clone(CLASSIFIERS[name]).fit(X, y), range(3)))
            predicted = list(pool.map(lambda _: scores(fitted[name], X), range(6)))
            predicted += [scores(model, X) for model in models]
        for one in predicted:
            np.testing.assert_array_equal(one, expected)
        np.testing.assert_array_equal(X, digits[0])

    def test_the_global_random_state_is_left_alone(
        self, name: str, digits: tuple[Array, Array]
    ) -> None:
        shared = check_random_state(None)  # the global one, which numpy.random's functions use
        before = shared.get_state()
        clone(CLASSIFIERS[name]).fit(digits[0][:200], digits[1][:200])
        assert str(shared.get_state()) == str(before)


@pytest.mark.parametrize("name", WEIGHTED)
def test_removed_is_the_same_as_weightless(name: str, digits: tuple[Array, Array]) -> None:
    X, y = digits
    weights = (np.arange(600) % 3 > 0).astype(float)
    kept = weights > 0
    with threadpool_limits(1):
        weighted = clone(CLASSIFIERS[name]).fit(X, y, sample_weight=weights)
        removed = clone(CLASSIFIERS[name]).fit(X[kept], y[kept])
    agreement = (weighted.predict(X) == removed.predict(X)).mean()
    assert agreement > 0.995


@pytest.mark.parametrize("name", WEIGHTED)
def test_negative_weights_are_an_error(name: str, digits: tuple[Array, Array]) -> None:
    weights = np.ones(600)
    weights[3] = -1
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        clone(CLASSIFIERS[name]).fit(*digits, sample_weight=weights)


@pytest.mark.parametrize(
    ("classifier", "validated", "choosing", "decides"),
    [
        (MLPClassifier(), True, False, False),
        (MLPClassifier(early_stopping=True), True, False, True),
        (MLPClassifier(solver="lbfgs"), False, False, False),
        (LinearClassifier(), False, False, None),
        (LinearClassifier(loss="squared"), False, False, None),
        (LinearClassifier(loss="squared", alpha=[0.1]), False, False, None),
        (LinearClassifier(loss="squared", alpha=[0.1, 1.0]), False, True, None),
        (LinearClassifier(loss="hinge", alpha=[0.1, 1.0]), False, False, None),
        (KernelClassifier(), False, False, None),
        (KernelClassifier(gamma=[0.5, 1.0]), False, True, None),
    ],
    ids=str,
)
def test_what_is_offered(
    classifier: Any, validated: bool, choosing: bool, decides: bool | None
) -> None:
    assert hasattr(classifier, "fit_validated") is validated
    assert hasattr(classifier, "fit_choosing") is choosing
    assert getattr(classifier, "validation_decides", None) is decides


def test_a_validated_fit_says_for_how_long_to_fit_again(digits: tuple[Array, Array]) -> None:
    X, y = digits
    net = MLPClassifier((16,), early_stopping=True, random_state=0, learning_rate_init=0.02)
    assert net.fit_validated(X[:400], y[:400], X[400:], y[400:]) is net
    direct = clone(net).fit(X[:400], y[:400], X_val=X[400:], y_val=y[400:])
    np.testing.assert_array_equal(net.coefs_[0], direct.coefs_[0])
    scores = [epoch["val_score"] for epoch in net.history_]
    again = clone(net).set_params(**net.refit_params_).fit(X, y)
    assert again.n_iter_ == int(np.argmax(scores)) + 1


def test_a_choice_is_a_parameter(digits: tuple[Array, Array]) -> None:
    X, y = digits
    rows = np.arange(0, 600, 5)
    net = LinearClassifier(loss="squared", alpha=[1e-4, 1.0, 100.0])
    assert net.fit_choosing(X, y, rows) is net
    mask = np.isin(np.arange(600), rows)
    masked = clone(net).fit_choosing(X, y, mask)
    direct = clone(net).fit(X, y, held_out=rows)
    assert net.chosen_params_ == masked.chosen_params_ == direct.chosen_params_
    assert net.validation_score_ == masked.validation_score_ == direct.validation_score_ > 0.8
    told = clone(net).set_params(**net.chosen_params_).fit(X, y)
    np.testing.assert_array_equal(told.coef_, net.coef_)
    assert not hasattr(net.set_params(alpha=0.1).fit(X, y), "chosen_params_")


def scores(model: Any, X: Array) -> Array:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X))
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(X))
    return np.concatenate([coef.ravel() for coef in model.coefs_])
