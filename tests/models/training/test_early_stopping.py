"""Patience: in a plain loop, on either figure, with the best weights and a learning rate to cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import ModelError
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import SoftmaxCrossEntropy
from models.optimization.optimizers import Adam
from models.training.early_stopping import Patience
from models.training.loop import Epoch, Settings, TrainingState, first_state, train
from models.training.stream import Stream


def epochs(figures: list[float], rate: float = 0.1, **which: Any) -> list[Epoch]:
    score = which.get("scores", False)
    return [
        Epoch(i, 0.0 if score else v, 0.5, None, v if score else None, rate, 1.0, 0.0)
        for i, v in enumerate(figures, start=1)
    ]


def stopped_after(patience: Patience, records: list[Epoch]) -> int | None:
    return next((r.epoch for r in records if patience.exhausted(r)), None)


def state(theta: float = 0.0) -> TrainingState:
    rng = np.random.default_rng(0)
    return TrainingState(np.full(3, theta), {}, None, rng, np.random.RandomState(0))


@pytest.mark.parametrize(
    ("figures", "n_iter_no_change", "end"),
    [
        ([5, 4, 3, 2, 1], 1, None),
        ([5, 5, 5, 5], 1, 3),
        ([5, 5, 5, 5], 2, 4),
        ([5, 4.95, 4.95, 4.6, 4.5], 1, 3),
        ([5, 5, 4, 4, 3], 1, None),
        ([5, 5, 5, 5], np.inf, None),
    ],
)
def test_of_the_loss(figures: list[float], n_iter_no_change: float, end: int | None) -> None:
    patience = Patience(n_iter_no_change, 0.1)
    assert stopped_after(patience, epochs(figures)) == end
    assert patience.best_loss == min(figures[:end])


def test_of_the_validation_score_it_keeps_the_best_weights() -> None:
    now = state()
    patience = Patience(1, 0.0, validation=True, state=now)
    for record in epochs([0.5, 0.7, 0.6, 0.6, 0.9], scores=True):
        now.theta[:] = record.epoch
        if patience.exhausted(record):
            break
    assert (record.epoch, patience.best_epoch, patience.best_score) == (4, 2, 0.7)
    assert patience.best_theta is not None
    assert patience.best_theta.tolist() == [2, 2, 2]
    now.average = np.full(3, 9.0)
    patience.exhausted(epochs([0.99], scores=True)[0])
    assert patience.best_theta.tolist() == [9, 9, 9]


def test_a_score_must_be_there_to_be_watched() -> None:
    with pytest.raises(ModelError, match="validation score, and the epoch has none"):
        Patience(validation=True).exhausted(epochs([1.0])[0])


def test_the_rate_is_cut_before_the_end() -> None:
    now = state()
    patience = Patience(1, 0.0, state=now, rate_divisor=5.0)
    assert stopped_after(patience, epochs([1.0] + [2.0] * 4)) is None
    assert now.rate == 1 / 5 / 5
    assert stopped_after(patience, epochs([2.0] * 2, rate=1e-6)) == 2


def test_in_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((90, 6)), rng.integers(0, 3, 90)
    network = Network([Linear(3)], 6, np.float64, rng)
    loss, optimizer = SoftmaxCrossEntropy(), Adam()
    now = first_state(network, optimizer, rng, np.random.RandomState(0))
    stream = Stream(X, np.eye(3)[y], np.ones(90), 30)
    patience = Patience(n_iter_no_change=2, tol=1e-3)
    settings = Settings(n_epochs=1000, learning_rate=0.05)
    losses = []
    for epoch in train(network, loss, optimizer, stream, now, settings):
        losses.append(epoch.loss)
        if patience.exhausted(epoch):
            break
    assert 3 < len(losses) < 300
    best = np.minimum.accumulate(losses)
    assert (np.array(losses[-3:]) > best[-4:-1] - 1e-3).all()
