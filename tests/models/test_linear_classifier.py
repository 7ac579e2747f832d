"""The linear classifier against scikit-learn's solvers and against its own objective."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from models import LinearClassifier
from models.layers.layer import Array
from models.losses import MulticlassHinge, SoftmaxCrossEntropy, SquaredError


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    X, y = load_digits(return_X_y=True)
    return X[:600] / 16, y[:600]


def objective(net: Any, X: Array, y: Array, loss: Any) -> float:
    scores = X @ net.coef_.T + net.intercept_
    value = loss.forward(scores, np.eye(10)[y], np.full(len(y), 1 / len(y)))
    return float(value + 0.5 * net.alpha * np.sum(net.coef_**2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_equals_logistic_regression(dtype: Any, digits: tuple[Array, Array]) -> None:
    X, y = digits
    net = LinearClassifier(alpha=1e-2, tol=1e-6).fit(X.astype(dtype), y)
    oracle = LogisticRegression(C=1 / (1e-2 * len(y)), tol=1e-8, max_iter=5000).fit(X, y)
    atol = 1e-4 if dtype == np.float64 else 3e-3
    np.testing.assert_allclose(net.coef_, oracle.coef_, atol=atol)
    np.testing.assert_allclose(net.predict_proba(X), oracle.predict_proba(X), atol=atol)
    assert net.loss_ == pytest.approx(objective(net, X, y, SoftmaxCrossEntropy()), rel=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_squared_equals_ridge(dtype: Any, digits: tuple[Array, Array]) -> None:
    X, y = digits
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y))
    net = LinearClassifier(loss="squared", alpha=1e-2).fit(X.astype(dtype), y, weights)
    oracle = Ridge(alpha=1e-2 * weights.sum()).fit(X, np.eye(10)[y], weights)
    np.testing.assert_allclose(net.coef_, oracle.coef_, atol=1e-5)
    np.testing.assert_allclose(net.intercept_, oracle.intercept_, atol=1e-5)


def test_squared_reports_its_objective(digits: tuple[Array, Array]) -> None:
    net = LinearClassifier(loss="squared", alpha=1e-2).fit(*digits)
    assert net.loss_ == pytest.approx(objective(net, *digits, SquaredError()), rel=1e-9)


def test_no_direction_lowers_the_hinge(digits: tuple[Array, Array]) -> None:
    """The rounded corners leave the sharp objective within a thousandth of its minimum."""
    X, y = digits
    net = LinearClassifier(loss="hinge", alpha=1e-2).fit(X, y)
    sharp = MulticlassHinge()
    found = objective(net, X, y, sharp)
    # Subgradient descent with averaging from there, the slow way, finds next to nothing.
    W, b, best = net.coef_.copy(), net.intercept_.copy(), found
    targets, weights = np.eye(10)[y], np.full(len(y), 1 / len(y))
    for t in range(2000):
        value = sharp.forward(X @ W.T + b, targets, weights) + 0.005 * np.sum(W**2)
        best = min(best, value)
        dz = sharp.backward()
        step = 0.02 / (1 + t) ** 0.7
        W -= step * (dz.T @ X + 0.01 * W)
        b -= step * dz.sum(axis=0)
    assert found <= best * 1.001
    assert net.loss_ == pytest.approx(found, rel=0.002)


def test_the_hinge_is_a_support_vector_machine_for_two_classes() -> None:
    """Two classes: 1 + z₁ − z₀ per sample, an SVM of margin 1 with weights w₁ − w₀."""
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    net = LinearClassifier(loss="hinge", alpha=1e-3).fit(X, [0, 0, 1, 1])
    np.testing.assert_allclose(net.decision_function(X), [-2, -1, 1, 2], atol=0.01)


@pytest.mark.parametrize("loss", ["softmax", "hinge", "squared"])
def test_standardising_is_the_scaler_folded_in(loss: Any, digits: tuple[Array, Array]) -> None:
    X, y = digits
    X = X * np.linspace(0.1, 30, 64) + 5
    inside = LinearClassifier(loss=loss, alpha=0.1, standardize=True).fit(X, y)
    scaled = StandardScaler().fit_transform(X)
    outside = LinearClassifier(loss=loss, alpha=0.1).fit(scaled, y)
    np.testing.assert_allclose(
        inside.decision_function(X), outside.decision_function(scaled), atol=0.02
    )
    assert inside.loss_ == pytest.approx(outside.loss_, rel=1e-3)


def test_more_columns_than_samples_and_no_penalty() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 50)), np.arange(20) % 3
    net = LinearClassifier(loss="squared", alpha=0.0).fit(X, y)
    assert net.loss_ == pytest.approx(0, abs=1e-9)
    assert net.score(X, y) == 1.0


def test_convergence_is_announced_where_it_failed(digits: tuple[Array, Array]) -> None:
    from sklearn.exceptions import ConvergenceWarning

    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        LinearClassifier(alpha=1e-8, max_iter=2).fit(digits[0].astype(np.float32), digits[1])


def test_bad_parameters_are_named(digits: tuple[Array, Array]) -> None:
    for parameters in ({"loss": "log"}, {"alpha": -1.0}, {"alpha": float("nan")}):
        name, value = next(iter(parameters.items()))
        with pytest.raises(ValueError, match=rf"{name} must be .* got {value!r}"):
            LinearClassifier(**parameters).fit(*digits)
    with pytest.raises(ValueError, match="1 class"):
        LinearClassifier().fit(digits[0], np.zeros(600))
