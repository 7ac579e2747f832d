"""Whitening: columns turned until they are uncorrelated, and scaled until all vary alike."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh, get_blas_funcs

from models.layers.layer import Array, Layer

_ROWS_PER_BLOCK = 4096


class Whiten(Layer):
    r"""Standardised columns turned onto their principal components, :math:`y = x W`.

    With the covariance :math:`C = V \Lambda V^T`, the matrix :math:`W = V \Lambda^{-1/2}` makes
    that of y the identity: a step of gradient descent is then as long along a faint texture as
    along brightness, which has a thousand times its variance. W is fixed; :math:`dx = dy\,W^T`.

    References
    ----------
    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.3.
    """

    def __init__(self, matrix: Array) -> None:
        self.matrix = matrix

    def build(self, n_in: int) -> int:
        """As many columns as there are components."""
        return int(self.matrix.shape[1])

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """X W."""
        out = self.buffer("y", (len(x), self.matrix.shape[1]), x.dtype)
        return np.matmul(x, self.matrix, out=out)

    def backward(self, dy: Array) -> Array:
        """Dy Wᵀ."""
        return np.asarray(dy @ self.matrix.T)

    def forward_tangent(self, x_dot: Array) -> Array:
        """ẋ W."""
        return np.asarray(x_dot @ self.matrix)

    def backward_tangent(self, dy_dot: Array) -> Array:
        """dẏ Wᵀ."""
        return np.asarray(dy_dot @ self.matrix.T)


def whitening_matrix(
    x: Array, mean: Array, scale: Array, n_components: int, weights: Array | None = None
) -> Array:
    """W = V Λ^(-1/2) (d, n_components) of the columns (x - mean) · scale, largest variance first.

    In the dtype of x (n, d). A direction in which the columns do not vary, beyond what rounding
    makes of it, becomes zero. The sign of a component is such that its largest weight is positive.
    """
    n_columns = x.shape[1]
    w = np.full(len(x), 1.0 / len(x)) if weights is None else weights / weights.sum()
    roots = np.sqrt(w).astype(x.dtype)[:, None]
    (add_products,) = get_blas_funcs(("syrk",), (x,))
    covariance = np.zeros((n_columns, n_columns), x.dtype, order="F")
    for start in range(0, len(x), _ROWS_PER_BLOCK):
        rows = slice(start, start + _ROWS_PER_BLOCK)
        block = x[rows] - mean
        block *= scale
        block *= roots[rows]
        covariance = add_products(1.0, block.T, beta=1.0, c=covariance, overwrite_c=True)
    first = n_columns - n_components
    # `syrk` fills the upper triangle.
    variances, vectors = eigh(
        covariance,
        lower=False,
        subset_by_index=(first, n_columns - 1),
        overwrite_a=True,
        check_finite=False,
    )
    variances, vectors = variances[::-1], vectors[:, ::-1]
    noise = np.finfo(x.dtype).eps * n_columns * max(float(variances[0]), 0.0)
    known = variances > noise
    factors = np.where(known, 1 / np.sqrt(np.where(known, variances, 1)), 0)
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)[0]
    factors = np.where(largest < 0, -factors, factors)
    return np.ascontiguousarray(vectors * factors, dtype=x.dtype)
