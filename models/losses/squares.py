"""Squared errors: how far scores are from their targets."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from models.layers.layer import Array
from models.losses.loss import Loss


class SquaredError(Loss):
    r"""Half the squared distance, :math:`\ell = \tfrac12\|z - t\|^2`, with the gradient z − t.

    Examples
    --------
    >>> import numpy as np
    >>> loss = SquaredError()
    >>> loss.forward(np.array([[3.0, 0.0]]), np.array([[1.0, 0.0]]), np.ones(1))
    2.0
    >>> loss.backward()
    array([[2., 0.]])
    """

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Compute ½ Σ w ‖z − t‖²."""
        self.difference = scores - targets
        self.weights = weights
        return 0.5 * float(np.dot(np.square(self.difference).sum(axis=1), weights))

    def backward(self) -> Array:
        """Compute the gradient w (z − t)."""
        return np.asarray(self.difference * self.weights[:, None])

    def backward_tangent(self, scores_dot: Array) -> Array:
        """Compute the change of the gradient, w ż."""
        return np.asarray(self.weights[:, None] * scores_dot)


class SumOfSquares(Loss):
    r"""The sum of squared differences, :math:`L = \sum_{ij} (z_{ij} - t_{ij})^2`.

    Its gradient is 2(z − t). This is the loss of the twenty-line network that many lectures end
    with. It is neither halved nor averaged (the weights are left out), so that a good learning rate
    shrinks as the batch grows.
    """

    weighs: ClassVar[bool] = False

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Compute Σ (z − t)²."""
        self.difference = scores - targets
        return float(np.square(self.difference).sum())

    def backward(self) -> Array:
        """Compute the gradient 2 (z − t)."""
        return np.asarray(2.0 * self.difference)

    def backward_tangent(self, scores_dot: Array) -> Array:
        """Compute the change of the gradient, 2 ż."""
        return np.asarray(2.0 * scores_dot)
