"""Column statistics against scikit-learn's scaler, where digits are easily lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from models import KernelClassifier, LinearClassifier, MLPClassifier
from models.layers.standardize import Standardize, column_statistics


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_statistics(dtype: Any, offset: float) -> None:
    rng = np.random.default_rng(0)
    X = (rng.standard_normal((3000, 5)) * [1, 10, 0.1, 3, 0] + offset).astype(dtype)
    weights = rng.uniform(0, 2, 3000)
    mean, scale = column_statistics(X, weights)
    assert mean.dtype == scale.dtype == dtype
    oracle = StandardScaler().fit(X.astype(np.float64), sample_weight=weights)
    np.testing.assert_allclose(mean, oracle.mean_, rtol=1e-6)
    np.testing.assert_allclose(1 / scale[:4], oracle.scale_[:4], rtol=1e-6)
    assert scale[4] == 0


def test_a_constant_column_becomes_zero() -> None:
    X = np.full((50, 2), 0.1, np.float32)
    mean, scale = column_statistics(X)
    np.testing.assert_allclose(Standardize(mean, scale).forward(X), 0, atol=1e-7)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "classifier",
    [
        KernelClassifier(),
        LinearClassifier(standardize=True, loss="squared"),
        MLPClassifier((5,), standardize=True, max_iter=2, random_state=0),
        MLPClassifier((5,), whiten=3, whiten_epsilon=1.0, max_iter=2, random_state=0),
    ],
    ids=str,
)
def test_what_was_constant_in_a_fit_counts_on_no_row(classifier: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 255, (60, 3)).astype(np.float32)
    X[:, 1] = 0
    X[:, 2] = 1 + 6e-8 * rng.integers(-1, 2, 60)
    y = X[:, 0] > 100
    net = classifier.fit(X, y)
    before = net.decision_function(X) if hasattr(net, "decision_function") else net.predict_proba(X)
    X[:, 1], X[:, 2] = 200, 0
    after = net.decision_function(X) if hasattr(net, "decision_function") else net.predict_proba(X)
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4)


def test_a_column_too_small_to_be_scaled_counts_as_constant() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2)).astype(np.float32)
    X[:, 0] = np.float32(1e-42) * rng.integers(0, 2, 40)
    for net in (LinearClassifier(standardize=True), KernelClassifier()):
        assert net.fit(X, X[:, 1] > 0).score(X, X[:, 1] > 0) > 0.9
