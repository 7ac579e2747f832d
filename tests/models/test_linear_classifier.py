"""The linear classifier against scikit-learn's solvers and against its own objective."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from models import LinearClassifier
from models.convex import solving
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


@pytest.mark.parametrize("copied", [0, 2**28], ids=["read centred", "copied centred"])
@pytest.mark.parametrize(("dtype", "atol"), [(np.float64, 1e-4), (np.float32, 2e-3)])
@pytest.mark.parametrize("mean", [300.0, 1000.0, -20000.0])
def test_large_means_do_not_move_the_minimum(
    mean: float, dtype: Any, atol: float, copied: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bias is free of penalty, so columns may stand anywhere: scikit-learn on centred ones."""
    monkeypatch.setattr(solving, "COPIED", copied)
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((500, 12)) * rng.uniform(0.5, 2, 12)
    y = (Z[:, :3] + rng.standard_normal((500, 3))).argmax(axis=1)
    X = (Z + mean * np.array([1, -1, 0.5] * 4)).astype(dtype)
    seen = X.astype(np.float64) - X.mean(axis=0, dtype=np.float64)
    oracle = LogisticRegression(C=1 / (1e-2 * len(y)), tol=1e-10, max_iter=5000).fit(seen, y)
    net = LinearClassifier(alpha=1e-2, tol=1e-6).fit(X, y)
    np.testing.assert_allclose(net.coef_, oracle.coef_, atol=atol)
    log_proba = np.log(oracle.predict_proba(seen))[np.arange(len(y)), y]
    assert net.loss_ == pytest.approx(0.005 * np.sum(oracle.coef_**2) - log_proba.mean(), abs=1e-5)
    # The intercept belongs to the weights as they are kept: in float64 no shift is left over.
    scores = X.astype(np.float64) @ net.coef_.T.astype(np.float64) + net.intercept_
    scores -= scores.mean(axis=1, keepdims=True)
    wanted = oracle.decision_function(seen)
    np.testing.assert_allclose(scores, wanted - wanted.mean(axis=1, keepdims=True), atol=10 * atol)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_large_means_do_not_move_the_minimum_of_the_hinge(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((300, 6))
    y = (Z[:, :3] + rng.standard_normal((300, 3))).argmax(axis=1)
    plain = LinearClassifier(loss="hinge", alpha=1e-2).fit(Z, y)
    moved = LinearClassifier(loss="hinge", alpha=1e-2).fit((Z + 1000).astype(dtype), y)
    assert moved.loss_ == pytest.approx(plain.loss_, rel=1e-3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_columns_of_all_sizes_reach_the_minimum(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((400, 8))
    y = (Z[:, -3:] + rng.standard_normal((400, 3))).argmax(axis=1)
    # Without a penalty to speak of, sizes do not matter either.
    X = (Z * np.geomspace(1e4, 1e-2, 8) + 100).astype(dtype)
    net = LinearClassifier(alpha=1e-12).fit(X, y)
    oracle = LogisticRegression(C=1e6, tol=1e-10, max_iter=5000).fit(
        StandardScaler().fit_transform(X.astype(np.float64)), y
    )
    scaled = StandardScaler().fit_transform(X.astype(np.float64))
    value = -np.log(oracle.predict_proba(scaled))[np.arange(len(y)), y].mean()
    assert net.loss_ == pytest.approx(value, abs=2e-5)


def test_a_descent_that_stops_too_early_is_announced(
    digits: tuple[Array, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    """L-BFGS says that it has converged; the gradient says that it has not."""
    import scipy.optimize
    from sklearn.exceptions import ConvergenceWarning

    real = scipy.optimize.minimize

    def content_with_little(*args: Any, options: dict[str, Any], **kwargs: Any) -> Any:
        return real(*args, options=options | {"ftol": 0.3}, **kwargs)

    monkeypatch.setattr(scipy.optimize, "minimize", content_with_little)
    X = digits[0].astype(np.float32)
    with pytest.warns(ConvergenceWarning, match="as far as float32 goes: the objective is .* fall"):
        LinearClassifier(alpha=1e-4).fit(X, digits[1])


def test_bad_parameters_are_named(digits: tuple[Array, Array]) -> None:
    for parameters in ({"loss": "log"}, {"alpha": -1.0}, {"alpha": float("nan")}):
        name, value = next(iter(parameters.items()))
        with pytest.raises(ValueError, match=rf"{name} must be .* got {value!r}"):
            LinearClassifier(**parameters).fit(*digits)
    with pytest.raises(ValueError, match="1 class"):
        LinearClassifier().fit(digits[0], np.zeros(600))
