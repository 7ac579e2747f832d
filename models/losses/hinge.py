"""The multiclass hinge: the right class should lead by a margin."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array
from models.losses.loss import Loss


class MulticlassHinge(Loss):
    r"""The hinge of Weston and Watkins: every wrong class should score one below the right one.

    .. math:: \ell = \sum_j (1 - t_j)\,h(1 + z_j - t\cdot z),\qquad
              \frac{\partial\ell}{\partial z} = a - t \sum_j a_j,\quad
              a_j = (1 - t_j)\,h'(1 + z_j - t\cdot z),

    with the hinge h(m) = max(m, 0). A smoothing s > 0 rounds its corner,
    h(m) = m²/2s on [0, s] and m − s/2 beyond, never more than s/2 below the sharp one
    (Nesterov 2005). A second-order solver needs that.
    """

    def __init__(self, smoothing: float = 0.0) -> None:
        self.smoothing = smoothing

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Compute Σ w Σ_j (1 − t_j) h(1 + z_j − t·z)."""
        margin = scores - np.einsum("ij,ij->i", scores, targets)[:, None]
        margin += 1.0
        np.maximum(margin, 0.0, out=margin)
        self.margin, self.targets, self.weights = margin, targets, weights
        if self.smoothing:
            cut = np.minimum(margin, self.smoothing)
            margin = cut * (margin - 0.5 * cut) / self.smoothing
        return float(np.dot(np.einsum("ij,ij->i", margin, 1.0 - targets), weights))

    def backward(self) -> Array:
        """Compute the gradient w (a − t Σ a)."""
        if self.smoothing:
            slope = np.minimum(self.margin / self.smoothing, 1.0)
        else:
            slope = np.sign(self.margin)
        return self._combine(slope)

    def backward_tangent(self, scores_dot: Array) -> Array:
        """Compute the change of the gradient, w (ȧ − t Σ ȧ): only rounded corners bend."""
        bend = np.zeros_like(self.margin)
        if self.smoothing:
            along = np.einsum("ij,ij->i", scores_dot, self.targets)[:, None]
            corner = (self.margin > 0) & (self.margin < self.smoothing)
            bend = corner / self.smoothing * (scores_dot - along)
        return self._combine(bend)

    def branch(self) -> Array:
        """Say of every margin whether it is before the corner (0), on it (1), or after (2)."""
        return np.asarray((self.margin > 0).astype(int) + (self.margin > self.smoothing))

    def _combine(self, slope: Array) -> Array:
        a = slope * (1.0 - self.targets)
        a -= self.targets * a.sum(axis=1, keepdims=True)
        a *= self.weights[:, None]
        return np.asarray(a)
