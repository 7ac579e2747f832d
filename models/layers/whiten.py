"""Whitening: columns turned onto directions that are uncorrelated, and scaled to one variance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh, qr

from data.system.threads import made_ahead
from models.layers.layer import Array, Layer
from models.layers.products import matrix_product, share, spans

_ROWS_PER_BLOCK, _COLUMNS_PER_TILE = 4096, 256

_N_ITERATIONS, _ROWS_PER_PRODUCT = 3, 768

EXACT_UP_TO = 4096
"""Columns up to which the components are exact. With many more, the reduction to tridiagonal form,
which reads the whole matrix for every column, takes minutes."""

MOST_PRODUCTS = 25 * 10**12
"""Products that a covariance may take: three minutes at 140 GFLOP/s. It is measured on some of the
rows where all would take more: they are views of fewer images, mostly, and say nearly the same."""


class Whiten(Layer):
    r"""Standardised columns turned onto their principal components, :math:`y = x W`.

    With the covariance :math:`C = V \Lambda V^T`, the matrix :math:`W = V \Lambda^{-1/2}` makes
    that of y the identity: a step of gradient descent is then as long along a faint texture as
    along brightness, which has a thousand times its variance. With
    :math:`W = V (\Lambda + \epsilon)^{-1/2}` this holds for the strong components only, and those
    of less variance than ε stay as faint as they are. W is fixed; :math:`dx = dy\,W^T`.

    Parameters
    ----------
    matrix : ndarray (n_in, n_components)
        The matrix W.

    References
    ----------
    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.3.
    """

    def __init__(self, matrix: Array) -> None:
        self.matrix = matrix

    def build(self, n_in: int) -> int:
        """Return the number of components."""
        return int(self.matrix.shape[1])

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Compute x W."""
        out = self.buffer("y", (len(x), self.matrix.shape[1]), x.dtype)
        return matrix_product(x, self.matrix, out)

    def backward(self, dy: Array) -> Array:
        """Compute dy Wᵀ."""
        return np.asarray(dy @ self.matrix.T)

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute ẋ W."""
        return np.asarray(x_dot @ self.matrix)

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Compute dẏ Wᵀ."""
        return np.asarray(dy_dot @ self.matrix.T)


def whitening_matrix(
    x: Array,
    mean: Array,
    scale: Array,
    n_components: int,
    weights: Array | None = None,
    *,
    epsilon: float = 0.0,
) -> Array:
    """Return W = V (Λ + ε)^(-1/2) (d, n_components) of (x - mean) · scale, largest variance first.

    W is in the dtype of x (n, d). Without ε, a direction in which the columns vary no more than
    rounding explains, about the square root of d times that of one product, becomes zero. The sign
    of a component is such that its largest weight is positive. With more than `EXACT_UP_TO`
    columns, the components are still uncorrelated, but span a subspace that is only close to that
    of the largest variances. (Halko, Martinsson and Tropp 2011, algorithm 4.4.) Where
    `MOST_PRODUCTS` are not enough for all rows, they are those of rows drawn at random, twice as
    many as columns or more.
    """
    covariance = _covariance(x, mean, scale, weights)
    variances, vectors = _leading(covariance, n_components)
    noise = np.finfo(x.dtype).eps * np.sqrt(len(covariance)) * max(float(variances[0]), 0.0)
    damped = np.maximum(variances, 0) + epsilon
    known = damped > (0 if epsilon else noise)
    factors = np.where(known, 1 / np.sqrt(np.where(known, damped, 1)), 0)
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)[0]
    factors = np.where(largest < 0, -factors, factors)
    return np.ascontiguousarray(vectors * factors, dtype=x.dtype)


def _covariance(x: Array, mean: Array, scale: Array, weights: Array | None) -> Array:
    """Return the upper triangle of the covariance of the columns (x - mean) · scale."""
    chosen = _measured(*x.shape)
    w = np.ones(len(x)) if weights is None else weights
    if chosen is not None:
        w = w[chosen]
    n_rows = len(w)
    roots = np.sqrt(w / w.sum()).astype(x.dtype)[:, None]
    columns = spans(x.shape[1], _COLUMNS_PER_TILE)
    tiles = [(left, right) for i, left in enumerate(columns) for right in columns[i:]]
    covariance = np.zeros((x.shape[1], x.shape[1]), x.dtype, order="F")

    def scaled(start: int) -> Array:
        rows = slice(start, start + _ROWS_PER_BLOCK)
        block = x[rows if chosen is None else chosen[rows]] - mean
        block *= scale
        block *= roots[rows]
        return np.asarray(block)

    for block in made_ahead(scaled, range(0, n_rows, _ROWS_PER_BLOCK)):

        def add_product(tile: tuple[slice, slice], block: Array = block) -> None:
            left, right = tile
            covariance.T[right, left] += block[:, right].T @ block[:, left]

        share(add_product, tiles)
    return covariance


def _measured(n: int, d: int) -> npt.NDArray[np.intp] | None:
    """Return the rows that a covariance of (n, d) is measured on, or None for all."""
    return drawn_rows(n, max(MOST_PRODUCTS // d**2, 2 * d))


def drawn_rows(n: int, most: int) -> npt.NDArray[np.intp] | None:
    """Return so many of n rows, drawn at random and in order, or None where all are no more.

    Examples
    --------
    >>> drawn_rows(5, 5), len(drawn_rows(5, 3))
    (None, 3)
    """
    if n <= most:
        return None
    return np.sort(np.random.default_rng(0).permutation(n)[:most])


def _leading(upper: Array, n: int) -> tuple[Array, Array]:
    """Return the n largest eigenvalues, falling, and their vectors (d, n), of an upper triangle."""
    d = len(upper)
    if d <= EXACT_UP_TO or n > d // 2:
        values, vectors = eigh(
            upper, lower=False, subset_by_index=(d - n, d - 1), overwrite_a=True, check_finite=False
        )
    else:
        whole = np.triu(upper)
        whole += np.triu(upper, 1).T
        basis = _range(whole, n + n // 10)
        small = basis.T @ _shared_product(whole, basis)
        values, inside = eigh(small, driver="evd", check_finite=False)
        values, vectors = values[-n:], basis @ inside[:, -n:]
    return values[::-1], vectors[:, ::-1]


def _range(symmetric: Array, size: int) -> Array:
    """Return orthonormal columns (d, size), close to the span of the largest eigenvalues' vectors.

    scikit-learn's `randomized_range_finder`, bit for bit, with products that threads share.
    """
    random = np.random.RandomState(0).normal(size=(len(symmetric), size))
    basis = random.astype(symmetric.dtype)
    for _ in range(_N_ITERATIONS):
        for matrix in (symmetric, symmetric.T):
            basis = _orthonormal(_shared_product(matrix, basis))
    return _orthonormal(_shared_product(symmetric, basis))


def _orthonormal(columns: Array) -> Array:
    return np.asarray(qr(columns, mode="economic", check_finite=False)[0])


def _shared_product(a: Array, b: Array) -> Array:
    """Return A B in blocks of so many rows that each sum has the order it has in the whole.

    `matrix_product` cuts columns, too: its last bits are not those of the whole.
    """
    out = np.empty((len(a), b.shape[1]), a.dtype)

    def multiply(first: int) -> None:
        rows = slice(first, first + _ROWS_PER_PRODUCT)
        np.matmul(a[rows], b, out=out[rows])

    share(multiply, range(0, len(a), _ROWS_PER_PRODUCT))
    return out
