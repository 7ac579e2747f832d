"""Squared errors: how far scores are from their targets."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array
from models.losses.loss import Loss


class SquaredError(Loss):
    r"""Half the squared distance, :math:`\ell = \tfrac12\|z - t\|^2`, with gradient z − t."""

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """½ Σ w ‖z − t‖²."""
        self.difference = scores - targets
        self.weights = weights
        return 0.5 * float(np.dot(np.square(self.difference).sum(axis=1), weights))

    def backward(self) -> Array:
        """W (z − t)."""
        return np.asarray(self.difference * self.weights[:, None])

    def backward_tangent(self, scores_dot: Array) -> Array:
        """W ż."""
        return np.asarray(self.weights[:, None] * scores_dot)


class SumOfSquares(Loss):
    r"""All squared differences, :math:`L = \sum_{ij} (z_{ij} - t_{ij})^2`, gradient 2(z − t).

    The loss of the twenty-line network that many a lecture ends with: neither halved nor averaged
    (the weights are left out), so that a good learning rate shrinks as the batch grows.
    """

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Σ (z − t)²."""
        self.difference = scores - targets
        return float(np.square(self.difference).sum())

    def backward(self) -> Array:
        """2 (z − t)."""
        return np.asarray(2.0 * self.difference)

    def backward_tangent(self, scores_dot: Array) -> Array:
        """2 ż."""
        return np.asarray(2.0 * scores_dot)
