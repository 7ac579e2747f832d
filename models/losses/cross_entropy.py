"""Cross-entropy: minus the log-probability of the right class, which scores stand for."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from models.layers.layer import Array
from models.losses.loss import Loss


class SoftmaxCrossEntropy(Loss):
    r"""The cross-entropy of the softmax: minus the log-probability of the target.

    .. math:: p_j = \frac{e^{z_j}}{\sum_m e^{z_m}},\qquad
              \ell = -\sum_j t_j \ln p_j = \Bigl(\ln\sum_m e^{z_m}\Bigr)\sum_j t_j - t\cdot z,

    .. math:: \frac{\partial\ell}{\partial z} = p - t \quad\Bigl(\sum_j t_j = 1\Bigr),\qquad
              \dot{\Bigl(\frac{\partial\ell}{\partial z}\Bigr)} = p\odot(\dot z - p\cdot\dot z).

    Examples
    --------
    >>> import numpy as np
    >>> loss = SoftmaxCrossEntropy()
    >>> value = loss.forward(np.zeros((1, 2)), np.array([[1.0, 0.0]]), np.ones(1))
    >>> round(value, 4)
    0.6931
    >>> loss.backward()
    array([[-0.5,  0.5]])
    """

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Compute Σ w (log-sum-exp(z) − t·z), with the largest score subtracted first."""
        shifted = scores - scores.max(axis=1, keepdims=True)
        agreement = np.einsum("ij,ij->i", shifted, targets)
        self.p = np.exp(shifted, out=shifted)
        total = self.p.sum(axis=1)
        self.p /= total[:, None]
        self.targets, self.weights = targets, weights
        return float(np.dot(np.log(total) - agreement, weights))

    def backward(self) -> Array:
        """Compute the gradient w (p − t)."""
        return np.asarray((self.p - self.targets) * self.weights[:, None])

    def backward_tangent(self, scores_dot: Array) -> Array:
        """Compute the change of the gradient, w p (ż − p·ż)."""
        along = np.einsum("ij,ij->i", self.p, scores_dot)[:, None]
        return np.asarray(self.weights[:, None] * self.p * (scores_dot - along))

    def probabilities(self, scores: Array) -> Array:
        """Compute the softmax p of scores."""
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return np.asarray(p)


class LogisticCrossEntropy(Loss):
    r"""The cross-entropy for two classes and one score, the log-odds of the second class.

    .. math:: p = \sigma(z),\qquad \ell = \ln(1 + e^z) - t z,\qquad
              \ell' = p - t,\qquad \ell'' = p(1 - p).
    """

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Compute Σ w (softplus(z) − t z)."""
        self.p = expit(scores)
        self.targets, self.weights = targets, weights
        return float(np.dot((np.logaddexp(0, scores) - targets * scores).sum(axis=1), weights))

    def backward(self) -> Array:
        """Compute the gradient w (p − t)."""
        return np.asarray((self.p - self.targets) * self.weights[:, None])

    def backward_tangent(self, scores_dot: Array) -> Array:
        """Compute the change of the gradient, w p (1 − p) ż."""
        return np.asarray(self.weights[:, None] * self.p * (1 - self.p) * scores_dot)

    def probabilities(self, scores: Array) -> Array:
        """Compute 1 − σ(z) and σ(z), the probabilities of the two classes."""
        p = expit(scores[:, 0])
        return np.stack([1 - p, p], axis=1)
