"""The preconditioner: a factor of the curvature at the start, and fewer steps because of it."""

from __future__ import annotations

import numpy as np
import pytest

from models.convex.objective import LinearObjective
from models.convex.preconditioner import Preconditioner, curvature
from models.layers.layer import Array
from models.losses import SoftmaxCrossEntropy


def correlated(n: int = 400, d: int = 30) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.standard_normal((d, d)))
    return rng.standard_normal((n, d)) * np.geomspace(0.1, 10, d) @ turn, rng.integers(0, 3, n)


def test_it_is_the_curvature_of_its_samples() -> None:
    X, _ = correlated()
    weights = np.random.default_rng(1).dirichlet(np.ones(len(X)))
    L = Preconditioner(curvature(X, weights, n_classes=3), alpha=0.1)
    inverse = L.to_weights(L.to_gradient(np.eye(30)))
    hessian = X.T @ (X * weights[:, None]) / 3 + 0.1 * np.eye(30)
    ridge = 1e-6 * np.trace(hessian) / 30
    np.testing.assert_allclose(inverse, np.linalg.inv(hessian + ridge * np.eye(30)), rtol=1e-3)


def test_it_changes_the_way_and_not_the_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    X, labels = correlated()
    objective = LinearObjective(X, labels, np.full(len(X), 1 / len(X)), 3, 1e-3)
    ends = []
    for plain in (False, True):
        if plain:
            monkeypatch.setattr(Preconditioner, "to_weights", lambda self, V: V)
            monkeypatch.setattr(Preconditioner, "to_gradient", lambda self, dW: dW)
        found = objective.minimize([SoftmaxCrossEntropy()], 3000, 1e-6)
        assert found.settled
        ends.append((found.value, found.n_iter))
    assert ends[0][0] == pytest.approx(ends[1][0], rel=1e-6)
    assert 3 * ends[0][1] < ends[1][1]
