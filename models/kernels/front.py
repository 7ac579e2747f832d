"""What a kernel sees of the samples: centred columns, scaled or turned onto components if asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.system.threads import made_ahead
from models.layers.layer import Array
from models.layers.products import matrix_product, shared_products
from models.layers.standardize import column_moments, scale_of
from models.layers.whiten import whitening_matrix

_ROWS = 2048


@dataclass(frozen=True)
class KernelFront:
    r"""The map :math:`z = ((x - \mu) S)\,W`, measured once on the training samples.

    Attributes
    ----------
    mean, scale : ndarray (d,)
        The means μ of the columns, and the diagonal of S.
    components : ndarray (d, p) or None
        W, or None for the identity.
    """

    mean: Array
    scale: Array
    components: Array | None = None

    def applied(self, X: Array) -> Array:
        """Return the rows that a kernel sees of X (n, d), in its dtype."""
        dtype = X.dtype
        mean, scale = self.mean.astype(dtype, copy=False), self.scale.astype(dtype, copy=False)
        W = None if self.components is None else self.components.astype(dtype, copy=False)
        Z = np.empty((len(X), X.shape[1] if W is None else W.shape[1]), dtype)

        def scaled(first: int) -> tuple[slice, Array]:
            rows = slice(first, first + _ROWS)
            some = np.subtract(X[rows], mean)
            some *= scale
            return rows, some

        with shared_products():
            for rows, some in made_ahead(scaled, range(0, len(X), _ROWS)):
                if W is None:
                    Z[rows] = some
                else:
                    matrix_product(some, W, Z[rows])
        return Z


def measure_front(
    X: Array, weights: Array, *, standardize: bool, whiten: int | None, whiten_epsilon: float
) -> KernelFront:
    """Measure X (n, d), of which each row weighs so much."""
    mean, variance = column_moments(X, weights)
    scale = scale_of(mean, variance, X.dtype) if standardize else np.ones(len(mean), X.dtype)
    mean = mean.astype(X.dtype)
    if whiten is None:
        return KernelFront(mean, scale)
    with shared_products():
        W = whitening_matrix(X, mean, scale, whiten, weights, epsilon=whiten_epsilon)
    return KernelFront(mean, scale, W)


def mean_square(Z: Array, weights: Array) -> float:
    """Return the weighted mean of the squared length of rows; 1 where all are zero."""
    mean, variance = column_moments(Z, weights)
    return float(variance.sum() + mean @ mean) or 1.0
