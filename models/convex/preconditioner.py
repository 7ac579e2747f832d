"""A change of variables in which the objective curves alike in all directions."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from models.layers.layer import Array

BLOCK = 4096
"""Columns that are decorrelated together; to take more would cost more time than it saves."""

SAMPLES_PER_COLUMN = 2
"""Enough to know which directions are steep; the preconditioner need not be exact."""

LEAST_SAMPLES = 4096


class Preconditioner:
    r"""The factor L of an approximate Hessian :math:`H_0 = L L^T`, and products with its inverse.

    At W = 0 the softmax has the curvature :math:`\frac1k X^T D X` for each class, nearly. In the
    variables :math:`V = L^T W` it is the identity there, and L-BFGS needs tens of steps where
    correlated columns would take it hundreds. The minimum is the same one.
    (Nocedal and Wright, Numerical Optimization, 2nd ed., section 5.1, "Preconditioning".)

    Parameters
    ----------
    X, weights : ndarray (n, d), ndarray (n,)
        Samples and the diagonal of D. Of many samples, evenly spaced ones are used.
    n_classes, alpha : int, float
        The figures k and α.
    centre : ndarray (d,) or None, default None
        What is taken off each row first.
    uneven : bool, default False
        Whether columns may differ in size by orders of magnitude: what keeps the factor regular is
        then measured column by column.

    Examples
    --------
    >>> import numpy as np
    >>> L = Preconditioner(np.eye(4), np.full(4, 0.25), n_classes=2, alpha=0.5)
    >>> L.to_weights(L.to_gradient(np.ones((4, 1)))).ravel().round(2)
    array([1.6, 1.6, 1.6, 1.6])
    """

    def __init__(
        self,
        X: Array,
        weights: Array,
        n_classes: int,
        alpha: float,
        centre: Array | None = None,
        *,
        uneven: bool = False,
    ) -> None:
        d = X.shape[1]
        step = max(1, len(X) // max(SAMPLES_PER_COLUMN * min(d, BLOCK), LEAST_SAMPLES))
        sample = X[::step]
        if centre is not None:
            sample = sample - centre
        weights = weights[::step].astype(X.dtype)
        root = np.sqrt(weights / (n_classes * max(float(weights.sum()), 1e-30)))[:, None]
        self.blocks = [slice(start, min(start + BLOCK, d)) for start in range(0, d, BLOCK)]
        self.factors = []
        for block in self.blocks:
            x = sample[:, block] * root.astype(X.dtype)
            hessian = (x.T @ x).astype(np.float64)
            # Columns that are constant, or repeat others, must not make it singular.
            diagonal = hessian[np.diag_indices(len(hessian))]
            ridge = diagonal if uneven else float(np.trace(hessian)) / len(hessian)
            hessian[np.diag_indices(len(hessian))] += alpha + 1e-6 * ridge + 1e-12
            factor = cholesky(hessian, lower=True, overwrite_a=True, check_finite=False)
            self.factors.append(factor.astype(X.dtype))

    def to_weights(self, V: Array) -> Array:
        """Return W = L⁻ᵀ V, (d, k)."""
        return self._solve(V, "T")

    def to_gradient(self, dW: Array) -> Array:
        """Return ∂F/∂V = L⁻¹ ∂F/∂W, (d, k)."""
        return self._solve(dW, "N")

    def _solve(self, right: Array, trans: str) -> Array:
        out = np.empty(right.shape)
        for block, factor in zip(self.blocks, self.factors, strict=True):
            out[block] = solve_triangular(
                factor,
                right[block].astype(factor.dtype),
                lower=True,
                trans=trans,
                check_finite=False,
            )
        return out
