"""Losses: one number for how wrong a batch is, and its gradient, where backpropagation starts."""

from __future__ import annotations

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
