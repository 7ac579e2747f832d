"""What a loss is: one number for how wrong a batch is, and the gradient that is sent back."""

from __future__ import annotations

from typing import ClassVar

from models.layers.layer import Array


class Loss:
    r"""A weighted sum over samples, :math:`L = \sum_i w_i\,\ell(z_i, t_i)`.

    Weights 1/n make it a mean. Targets are one row a sample: a one in the column of the class, or
    shares that sum to one (soft targets, as label smoothing and MixUp make them).

    A loss of one's own writes ``forward`` and ``backward``. The method ``backward_tangent`` serves
    second derivatives only, ``branch`` gradient checks, ``probabilities`` prediction.

    Examples
    --------
    >>> import numpy as np
    >>> class AbsoluteError(Loss):
    ...     def forward(self, scores, targets, weights):
    ...         self.signs, self.weights = np.sign(scores - targets), weights
    ...         return float(weights @ np.abs(scores - targets).sum(axis=1))
    ...
    ...     def backward(self):
    ...         return self.signs * self.weights[:, None]
    >>> loss = AbsoluteError()
    >>> loss.forward(np.array([[0.5, 0.0]]), np.array([[1.0, 0.0]]), np.ones(1))
    0.5
    >>> loss.backward()
    array([[-1.,  0.]])
    """

    weighs: ClassVar[bool] = True
    """Whether weights count. Where they do not, samples of unequal weight are refused."""

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        """Compute L, and keep what `backward` needs.

        Parameters
        ----------
        scores : ndarray (n, k)
            Outputs z of a network, of float32 or float64.
        targets : ndarray (n, k)
            Targets t, of the same dtype.
        weights : ndarray (n,)
            Weights w, from 0 up.

        Returns
        -------
        float
            The loss L.
        """
        raise NotImplementedError

    def backward(self) -> Array:
        """Compute the gradient ∂L/∂z of the latest batch.

        Returns
        -------
        ndarray (n, k)
            The gradient; the next `forward` may overwrite it.
        """
        raise NotImplementedError

    def backward_tangent(self, scores_dot: Array) -> Array:
        """Compute the change of ∂L/∂z along ż: the loss's own Hessian times ż.

        Parameters
        ----------
        scores_dot : ndarray (n, k)
            The direction ż in which the scores move.

        Returns
        -------
        ndarray (n, k)
            The change of the gradient.
        """
        raise NotImplementedError(f"{type(self).__name__} has no second derivatives")

    def branch(self) -> Array | None:
        """Say on which of its straight pieces the loss was at every score, if it has kinks.

        Returns
        -------
        ndarray or None
            A number for each piece; None for a loss without kinks.
        """
        return None

    def probabilities(self, scores: Array) -> Array:
        """Turn scores into class probabilities, for losses that model them.

        Parameters
        ----------
        scores : ndarray (n, k)
            Outputs z of a network.

        Returns
        -------
        ndarray (n, n_classes)
            Probabilities; each row sums to one.
        """
        raise NotImplementedError(f"{type(self).__name__} does not model probabilities")
