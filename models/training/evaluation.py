"""Evaluation: how well the outputs of a network agree with targets."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array
from models.layers.network import Network
from models.losses.loss import Loss


def evaluate(
    network: Network,
    loss: Loss,
    X: Array,
    targets: Array,
    weights: Array,
    *,
    theta: Array | None = None,
) -> tuple[float, float]:
    """Return mean loss and accuracy, both weighted; with other parameters if `theta` is given."""
    own = None
    if theta is not None:
        own = network.theta.copy()
        network.theta[:] = theta
    scores = network.scores(X)
    w = (weights / weights.sum()).astype(network.dtype)
    value = float(loss.forward(scores, targets, w))
    hits = chosen_class(scores) == chosen_class(targets, 0.5)
    if own is not None:
        network.theta[:] = own
    return value, float(np.dot(hits, weights) / weights.sum())


def n_correct(scores: Array, targets: Array) -> int:
    """Count samples whose largest score is in the column of the largest target."""
    return int(np.count_nonzero(chosen_class(scores) == chosen_class(targets, 0.5)))


def chosen_class(columns: Array, threshold: float = 0.0) -> Array:
    """Return the largest column; of a single one, whether it exceeds the threshold."""
    return (columns[:, 0] > threshold) if columns.shape[1] == 1 else columns.argmax(axis=1)
