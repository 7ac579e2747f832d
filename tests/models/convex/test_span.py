"""The span of few samples: other coordinates, and the same minimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models import LinearClassifier
from models.convex import solving
from models.convex.span import Span, few_samples
from models.layers.layer import Array


def wide(n: int = 100, d: int = 1200) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d)) @ np.diag(rng.uniform(0.2, 3, d)) + rng.uniform(-20, 20, d)
    y = (X[:, :3] - X[:, :3].mean(axis=0) + 3 * rng.standard_normal((n, 3))).argmax(axis=1)
    return X, y, rng.uniform(0.2, 2, n)


def test_coordinates_have_the_products_of_the_rows() -> None:
    X, _, _ = wide()
    mean, scale = X.mean(axis=0), 1 / X.std(axis=0)
    span = Span.of(X, mean, scale)
    Z = (X - mean) * scale
    L = span.coordinates(np.dtype(np.float64))
    np.testing.assert_allclose(L @ L.T, Z @ Z.T, atol=1e-8)
    V = L.T @ np.random.default_rng(1).standard_normal((100, 2))
    W = span.weights(V)
    np.testing.assert_allclose(Z @ W, L @ V, atol=1e-6)
    np.testing.assert_allclose(W.T @ W, V.T @ V, rtol=1e-6)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize(
    ("loss", "dtype", "tol"),
    [("softmax", np.float64, 1e-6), ("softmax", np.float32, 1e-4), ("hinge", np.float32, 5e-3)],
)
def test_the_minimum_is_that_of_all_columns(
    loss: Any, standardize: bool, dtype: Any, tol: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y, weights = wide()
    X[:, 7], X[3], y[3] = 5.0, X[4], y[4]  # a constant column, a row twice
    weights[10] = 0.0
    X = X.astype(dtype)
    net = LinearClassifier(loss=loss, alpha=0.5, standardize=standardize)
    net.fit(X, y, weights)
    monkeypatch.setattr(solving, "few_samples", lambda X: False)
    other = LinearClassifier(loss=loss, alpha=0.5, standardize=standardize)
    other.fit(X, y, weights)
    assert net.n_iter_ != other.n_iter_ or not np.array_equal(net.coef_, other.coef_)
    assert net.loss_ == pytest.approx(other.loss_, rel=tol)
    # The scores of the sample that weighs nothing are predictions.
    np.testing.assert_allclose(
        net.decision_function(X), other.decision_function(X), atol=0.02 if tol < 1e-3 else 0.1
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_few_samples_equal_logistic_regression(dtype: Any) -> None:
    X, y, weights = wide()
    seen = X.astype(dtype).astype(np.float64)
    seen -= seen.mean(axis=0)
    oracle = LogisticRegression(C=1 / (0.5 * weights.sum()), tol=1e-10, max_iter=5000)
    oracle.fit(seen, y, weights)
    net = LinearClassifier(alpha=0.5, tol=1e-7).fit(X.astype(dtype), y, weights)
    np.testing.assert_allclose(net.coef_, oracle.coef_, atol=1e-4)


def test_it_is_for_matrices_much_wider_than_tall() -> None:
    assert few_samples(np.empty((285, 3072)))
    assert not few_samples(np.empty((2000, 3072)))
    assert not few_samples(np.empty((5000, 1), np.uint8).repeat(4, axis=1))


def test_rows_that_are_all_alike_leave_nothing_to_learn() -> None:
    X = np.ones((40, 4000), np.float32)
    net = LinearClassifier(alpha=0.1, standardize=True).fit(X, np.arange(40) % 2)
    np.testing.assert_allclose(net.predict_proba(X), 0.5, atol=1e-3)
