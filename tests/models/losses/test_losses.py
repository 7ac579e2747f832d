"""Losses against scikit-learn's and SciPy's figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from models.losses import (
    LogisticCrossEntropy,
    Loss,
    MulticlassHinge,
    SoftmaxCrossEntropy,
)

RNG = np.random.default_rng(0)
SCORES, LABELS = RNG.standard_normal((50, 4)) * 3, RNG.integers(0, 4, 50)
WEIGHTS = RNG.dirichlet(np.ones(50))


def test_cross_entropy() -> None:
    loss = SoftmaxCrossEntropy()
    value = loss.forward(SCORES, np.eye(4)[LABELS], WEIGHTS)
    p = softmax(SCORES, axis=1)
    assert value == pytest.approx(log_loss(LABELS, p, sample_weight=WEIGHTS))
    np.testing.assert_allclose(loss.probabilities(SCORES), p)


def test_two_classes_need_one_score() -> None:
    z, y = SCORES[:, :1], (LABELS > 1).astype(float)[:, None]
    one = LogisticCrossEntropy().forward(z, y, WEIGHTS)
    both = np.hstack([np.zeros_like(z), z])
    two = SoftmaxCrossEntropy().forward(both, np.hstack([1 - y, y]), WEIGHTS)
    assert one == pytest.approx(two)
    np.testing.assert_allclose(
        LogisticCrossEntropy().probabilities(z), SoftmaxCrossEntropy().probabilities(both)
    )


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), MulticlassHinge(), LogisticCrossEntropy()])
def test_extreme_scores_stay_finite(loss: Loss) -> None:
    columns = 1 if isinstance(loss, LogisticCrossEntropy) else 2
    scores = np.array([[1e4, -1e4], [-1e4, 1e4]])[:, :columns].astype(np.float32)
    with np.errstate(over="raise", invalid="raise"):
        value = loss.forward(scores, np.eye(2, dtype=np.float32)[:, :columns], np.ones(2))
        assert np.isfinite(value)
        assert np.isfinite(loss.backward()).all()


def test_hinge_by_hand() -> None:
    scores = np.array([[2.0, 1.5, -3.0]])
    loss = MulticlassHinge()
    assert loss.forward(scores, np.eye(3)[[0]], np.ones(1)) == pytest.approx(0.5)
    np.testing.assert_array_equal(loss.backward(), [[-1, 1, 0]])
    assert loss.forward(scores, np.eye(3)[[2]], np.ones(1)) == pytest.approx(6 + 5.5)
    np.testing.assert_array_equal(loss.backward(), [[1, 1, -2]])


@pytest.mark.parametrize("smoothing", [0.1, 1.0])
def test_a_rounded_hinge_lies_just_below(smoothing: float) -> None:
    targets = np.eye(4)[LABELS]
    sharp = MulticlassHinge().forward(SCORES, targets, WEIGHTS)
    rounded = MulticlassHinge(smoothing).forward(SCORES, targets, WEIGHTS)
    assert sharp - 3 * smoothing / 2 <= rounded < sharp
