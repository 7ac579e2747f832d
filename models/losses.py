"""Losses: one number for how wrong a batch is, and its gradient, where backpropagation starts."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from models.layers.layer import Array


class Loss:
    r"""A weighted sum over samples, :math:`L = \sum_i w_i\,\ell(z_i, t_i)`.

    Weights 1/n make it a mean. Targets are one row a sample: a one in the class's column, or
    shares that sum to one (soft targets, as label smoothing and MixUp make them).

    A loss of one's own needs ``forward`` and ``backward``; ``backward_tangent`` serves second
    derivatives only.
    """

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Return L for scores z (n, k), targets t (n, k) and weights w (n,)."""
        raise NotImplementedError

    def backward(self) -> Array:
        """Return ∂L/∂z (n, k), which the next forward may overwrite."""
        raise NotImplementedError

    def backward_tangent(self, scores_dot: Array) -> Array:
        """Return the change of ∂L/∂z along ż: the loss's own Hessian times ż."""
        raise NotImplementedError(f"{type(self).__name__} has no second derivatives")

    def branch(self) -> Array | None:
        """Which straight piece every score was on, for losses with kinks, or None."""
        return None

    def probabilities(self, scores: Array) -> Array:
        """Return class probabilities (n, k), for losses that model them."""
        raise NotImplementedError(f"{type(self).__name__} does not model probabilities")


class SoftmaxCrossEntropy(Loss):
    r"""Minus the log-probability of the target under the softmax.

    .. math:: p_j = \frac{e^{z_j}}{\sum_m e^{z_m}},\qquad
              \ell = -\sum_j t_j \ln p_j = \Bigl(\ln\sum_m e^{z_m}\Bigr)\sum_j t_j - t\cdot z,

    .. math:: \frac{\partial\ell}{\partial z} = p - t \quad\Bigl(\sum_j t_j = 1\Bigr),\qquad
              \dot{\Bigl(\frac{\partial\ell}{\partial z}\Bigr)} = p\odot(\dot z - p\cdot\dot z).

    Examples
    --------
    >>> loss = SoftmaxCrossEntropy()
    >>> value = loss.forward(np.zeros((1, 2)), np.array([[1.0, 0.0]]), np.ones(1))
    >>> round(value, 4)
    0.6931
    >>> loss.backward()
    array([[-0.5,  0.5]])
    """

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Σ w (log-sum-exp(z) − t·z), with the largest score subtracted first."""
        shifted = scores - scores.max(axis=1, keepdims=True)
        agreement = np.einsum("ij,ij->i", shifted, targets)
        self.p = np.exp(shifted, out=shifted)
        total = self.p.sum(axis=1)
        self.p /= total[:, None]
        self.targets, self.weights = targets, weights
        return float(np.dot(np.log(total) - agreement, weights))

    def backward(self) -> Array:
        """W (p − t)."""
        return np.asarray((self.p - self.targets) * self.weights[:, None])

    def backward_tangent(self, scores_dot: Array) -> Array:
        """W p (ż − p·ż)."""
        along = np.einsum("ij,ij->i", self.p, scores_dot)[:, None]
        return np.asarray(self.weights[:, None] * self.p * (scores_dot - along))

    def probabilities(self, scores: Array) -> Array:
        """The softmax."""
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return np.asarray(p)


class LogisticCrossEntropy(Loss):
    r"""The same for two classes and one score, the log-odds of the second.

    .. math:: p = \sigma(z),\qquad \ell = \ln(1 + e^z) - t z,\qquad
              \ell' = p - t,\qquad \ell'' = p(1 - p).
    """

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Σ w (softplus(z) − t z)."""
        self.p = expit(scores)
        self.targets, self.weights = targets, weights
        return float(np.dot((np.logaddexp(0, scores) - targets * scores).sum(axis=1), weights))

    def backward(self) -> Array:
        """W (p − t)."""
        return np.asarray((self.p - self.targets) * self.weights[:, None])

    def backward_tangent(self, scores_dot: Array) -> Array:
        """W p (1 − p) ż."""
        return np.asarray(self.weights[:, None] * self.p * (1 - self.p) * scores_dot)

    def probabilities(self, scores: Array) -> Array:
        """1 − σ(z) and σ(z)."""
        p = expit(scores[:, 0])
        return np.stack([1 - p, p], axis=1)


class MulticlassHinge(Loss):
    r"""Every wrong class should score a margin of one below the right one (Weston and Watkins).

    .. math:: \ell = \sum_j (1 - t_j)\,h(1 + z_j - t\cdot z),\qquad
              \frac{\partial\ell}{\partial z} = a - t \sum_j a_j,\quad
              a_j = (1 - t_j)\,h'(1 + z_j - t\cdot z),

    with the hinge h(m) = max(m, 0). A smoothing s > 0 rounds its corner,
    h(m) = m²/2s on [0, s] and m − s/2 beyond, never more than s/2 below the sharp one
    (Nesterov 2005), which a second-order solver needs.
    """

    def __init__(self, smoothing: float = 0.0) -> None:
        self.smoothing = smoothing

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Σ w Σ_j (1 − t_j) h(1 + z_j − t·z)."""
        margin = scores - np.einsum("ij,ij->i", scores, targets)[:, None]
        margin += 1.0
        np.maximum(margin, 0.0, out=margin)
        self.margin, self.targets, self.weights = margin, targets, weights
        if self.smoothing:
            cut = np.minimum(margin, self.smoothing)
            margin = cut * (margin - 0.5 * cut) / self.smoothing
        return float(np.dot(np.einsum("ij,ij->i", margin, 1.0 - targets), weights))

    def backward(self) -> Array:
        """W (a − t Σ a)."""
        if self.smoothing:
            slope = np.minimum(self.margin / self.smoothing, 1.0)
        else:
            slope = np.sign(self.margin)
        return self._combine(slope)

    def backward_tangent(self, scores_dot: Array) -> Array:
        """W (ȧ − t Σ ȧ), where only the rounded corners bend."""
        bend = np.zeros_like(self.margin)
        if self.smoothing:
            along = np.einsum("ij,ij->i", scores_dot, self.targets)[:, None]
            corner = (self.margin > 0) & (self.margin < self.smoothing)
            bend = corner / self.smoothing * (scores_dot - along)
        return self._combine(bend)

    def branch(self) -> Array:
        """Before the corner, on it, or after."""
        return np.asarray((self.margin > 0).astype(int) + (self.margin > self.smoothing))

    def _combine(self, slope: Array) -> Array:
        a = slope * (1.0 - self.targets)
        a -= self.targets * a.sum(axis=1, keepdims=True)
        a *= self.weights[:, None]
        return np.asarray(a)


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


LOSSES: dict[str, type[Loss]] = {
    "cross_entropy": SoftmaxCrossEntropy,
    "hinge": MulticlassHinge,
    "squared": SquaredError,
    "sum_of_squares": SumOfSquares,
}


def smooth_targets(targets: Array, smoothing: float) -> Array:
    """Move a share of every target to all classes alike: (1 − s)·t + s/k.

    A single column, the probability of the second of two classes, counts as two.
    (Szegedy and others 2016, section 7.)
    """
    n_classes = max(targets.shape[1], 2)
    return np.asarray(targets * (1.0 - smoothing) + smoothing / n_classes, dtype=targets.dtype)
