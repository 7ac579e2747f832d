"""Weighted rows of centred, scaled columns, read in blocks from a matrix larger than memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.system.threads import made_ahead
from models.layers.layer import Array
from models.layers.standardize import scale_of
from models.tiles.tiled_matrix import SIDE


@dataclass(frozen=True)
class ScaledRows:
    r"""The rows :math:`\sqrt{w_i}(x_i-\mu)S` of a matrix Z, which is never held.

    Parameters
    ----------
    X : ndarray (n, d)
        Samples; they may be mapped from a file.
    weights : ndarray (n,)
        How much each counts; they sum to one.
    mean, scale : ndarray (d,)
        The mean μ of the columns, and the diagonal of S.
    """

    X: Array
    weights: Array
    mean: Array
    scale: Array

    @classmethod
    def of(
        cls, X: Array, weights: Array, mean: Array, variance: Array, standardize: bool
    ) -> ScaledRows:
        """Return the rows of X less their mean, standardised or not."""
        dtype = X.dtype
        scale = scale_of(mean, variance, dtype) if standardize else np.ones(len(mean), dtype)
        return cls(X, weights, mean.astype(dtype), scale)

    @property
    def roots(self) -> Array:
        """The roots of the weights (n,), in the dtype of X."""
        return np.asarray(np.sqrt(self.weights).astype(self.X.dtype))

    def blocks(
        self, chosen: Array | None = None, span: slice = slice(None)
    ) -> Iterator[tuple[Array, Array]]:
        """Yield rows of Z, at most `SIDE` at a time, with their indices.

        They are all, or those of a mask (n,); of these, a span of places.
        """
        rows = (np.arange(len(self.X)) if chosen is None else np.flatnonzero(chosen))[span]
        roots = self.roots

        def scaled(start: int) -> tuple[Array, Array]:
            index = rows[start : start + SIDE]
            block = self.X[index[0] : index[-1] + 1] if chosen is None else self.X[index]
            z = np.subtract(block, self.mean)
            z *= self.scale
            z *= roots[index, None]
            return index, z

        yield from made_ahead(scaled, range(0, len(rows), SIDE))

    def column_blocks(self, chosen: Array | None = None) -> Iterator[tuple[slice | Array, Array]]:
        """Yield columns of Z, at most `SIDE` at a time, with their indices."""
        roots = self.roots[:, None]
        n = self.X.shape[1] if chosen is None else len(chosen)

        def scaled(start: int) -> tuple[slice | Array, Array]:
            span = slice(start, start + SIDE)
            columns = span if chosen is None else chosen[span]
            z = np.subtract(self.X[:, columns], self.mean[columns])
            z *= self.scale[columns]
            z *= roots
            return columns, z

        yield from made_ahead(scaled, range(0, n, SIDE))

    def sum_dtype(self, n_equations: int) -> np.dtype[np.floating]:
        """Return float64 where that costs little."""
        return np.dtype(np.float64) if n_equations <= SIDE else self.X.dtype
