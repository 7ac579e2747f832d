"""A linear classifier has the same bits on any number of cores and of BLAS threads."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from models import LinearClassifier
from models.layers.layer import Array


def samples(n: int, d: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    X = np.cumsum(rng.standard_normal((n, d), dtype=np.float32), axis=1) / 10 + 3
    return X, rng.integers(0, 5, n)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("loss", "n", "d"),
    [
        ("softmax", 2100, 700),  # several tiles of rows, and of the preconditioner
        ("softmax", 530, 1100),  # in the span of the samples
        ("hinge", 1100, 80),
        ("squared", 700, 600),
        ("squared", 300, 900),
    ],
)
def test_any_number_of_threads_gives_the_same_bits(
    loss: Any, n: int, d: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = samples(n, d)
    alpha = [0.01, 0.1] if loss == "squared" else 0.01
    found = []
    for n_cores, n_blas in ((1, 1), (1, 2), (2, 2), (4, 1), (16, 2)):
        monkeypatch.setattr(joblib, "cpu_count", lambda n=n_cores: n)
        with threadpool_limits(n_blas, "blas"):
            net = LinearClassifier(loss=loss, alpha=alpha, standardize=True, max_iter=8)
            scores = net.fit(X, y).decision_function(X)
        found.append((net.coef_.tobytes(), net.intercept_.tobytes(), scores.tobytes(), net.loss_))
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("n", [300, 60], ids=["many", "few"])
def test_fits_that_share_work_are_those_alone(n: int, standardize: bool) -> None:
    X, y = samples(n, 200)
    losses: list[tuple[Any, float]] = [("softmax", 1.0), ("softmax", 0.1), ("hinge", 1.0)]
    nets = [
        LinearClassifier(alpha=alpha, loss=loss, standardize=standardize, max_iter=300)
        for loss, alpha in losses
    ]
    alone = [net.fit(X, y).coef_.copy() for net in nets]
    for order in ((0, 1, 2), (2, 1, 0)):
        shared: dict[Any, Any] = {}
        for place in order:
            nets[place].fit_sharing(X, y, shared)
            np.testing.assert_array_equal(nets[place].coef_, alone[place])
    weighted = LinearClassifier(alpha=1.0, standardize=standardize, class_weight={0: 5.0})
    weighted.fit_sharing(X, y, shared)
    np.testing.assert_array_equal(weighted.coef_, weighted.fit(X, y).coef_)
    assert not np.array_equal(weighted.coef_, alone[0])


def test_least_squares_shares_nothing() -> None:
    losses: list[Any] = ["squared", "no such"]
    for loss in losses:
        assert not hasattr(LinearClassifier(loss=loss), "fit_sharing")
