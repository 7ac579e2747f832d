"""Few samples of many columns: the same problem in as many coordinates as there are samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.convex.ridge.scaled_rows import ScaledRows
from models.layers.layer import Array
from models.tiles.tiled_matrix import TiledMatrix

COLUMNS_PER_SAMPLE = 2
"""Columns a sample from which the coordinates are fewer by enough to pay for themselves."""

MOST_SAMPLES = 4096
"""Samples up to which their products, in float64, take up little memory."""

SIDE = 512

_RIDGES = (1e-15, 1e-13, 1e-11)


def few_samples(X: Array) -> bool:
    """Return whether X (n, d) has so few rows that their span is the smaller space."""
    n, d = X.shape
    return bool(n <= MOST_SAMPLES and COLUMNS_PER_SAMPLE * n <= d)


@dataclass(frozen=True)
class Span:
    r"""Coordinates in the span of samples, :math:`Z = L Q^T` with orthonormal columns Q.

    A penalty :math:`\frac\alpha2\|W\|^2` leaves nothing in W that no sample sees, so
    :math:`W = QV`, with :math:`\|W\| = \|V\|` and :math:`ZW = LV`: the problem for Z (n, d) is that
    for L (n, n), whatever the loss. :math:`ZZ^T = LL^T` gives L, in float64, and
    :math:`Q^T = L^{-1}Z`, which is never held. (Hastie, Tibshirani and Friedman, The Elements of
    Statistical Learning, 2nd ed., section 18.3.5.)

    Attributes
    ----------
    rows : ScaledRows
        The rows Z.
    factor : TiledMatrix
        The factor L.
    """

    rows: ScaledRows
    factor: TiledMatrix

    @classmethod
    def of(cls, X: Array, mean: Array, scale: Array) -> Span:
        """Return the span of the rows (x − μ)S."""
        rows = ScaledRows(X, np.ones(len(X)), mean, scale)
        kernel = TiledMatrix(len(X), np.dtype(np.float64), SIDE)
        for _, z in rows.column_blocks():
            kernel.add_product(z.astype(np.float64))
        size = max(float(kernel.diagonal().sum()), np.finfo(np.float64).tiny)
        # Samples that are sums of others make it singular, and always do where they are centred.
        for ridge in _RIDGES:
            try:
                factor = kernel.astype(np.dtype(np.float64))
                factor.add_to_diagonal(ridge * size)
                return cls(rows, factor.factorize())
            except np.linalg.LinAlgError:
                continue
        raise np.linalg.LinAlgError("products of samples are not positive to within float64")

    def coordinates(self, dtype: np.dtype[np.floating]) -> Array:
        """Return L (n, n), a sample a row."""
        return np.tril(self.factor.whole()).astype(dtype)

    def weights(self, V: Array) -> Array:
        """Return W = Q V (d, k), in float64."""
        A = self.factor.solve_upper(V)
        return np.concatenate([z.T.astype(np.float64) @ A for _, z in self.rows.column_blocks()])
