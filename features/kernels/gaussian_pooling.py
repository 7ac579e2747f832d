"""Pooling of a map with Gaussian weights: neighbours count less the farther away they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class GaussianPooling:
    """Weighted sums of codes around every s-th position of a map, s the subsampling.

    The weight of a position that is t rows away is exp(-t²/s²), up to s rows away, divided by the
    sum of these weights; so for columns. That is a Gaussian of σ = s/√2 in a window of 2s + 1
    positions. Beyond the edges codes are zero.

    Parameters
    ----------
    rows, columns : int
        Of the map.
    subsampling : int
        Positions from one sum to the next; 1 leaves the map as it is.

    Attributes
    ----------
    shape : (rows, columns)
        Of the pooled map.
    by_row, by_column : float32 array (n_sums, length)
        What each row counts in each sum, and each column.

    References
    ----------
    Mairal, "End-to-end kernel learning with supervised convolutional kernel networks", NIPS 2016,
    section 2.

    Examples
    --------
    >>> pooling = GaussianPooling(5, 5, 2)
    >>> pooling.shape
    (3, 3)
    >>> pooling(np.ones((5, 5, 1), dtype=np.float32))[1, :, 0].round(3)
    array([0.652, 1.   , 0.652], dtype=float32)
    """

    def __init__(self, rows: int, columns: int, subsampling: int) -> None:
        self.by_row = _weights(rows, subsampling)
        self.by_column = _weights(columns, subsampling)
        self.shape = len(self.by_row), len(self.by_column)
        self._subsampling = subsampling

    def __call__(self, codes: Vectors) -> Vectors:
        """Return the pooled map (rows, columns, k) of a map of codes, C-contiguous."""
        if self._subsampling == 1:
            return codes
        rows, columns, n_codes = codes.shape
        by_row = self.by_row @ codes.reshape(rows, columns * n_codes)
        pooled: Vectors = self.by_column @ by_row.reshape(-1, columns, n_codes)
        return pooled


def _weights(length: int, subsampling: int) -> Vectors:
    """Return what each position counts in each sum, (n_sums, length)."""
    if subsampling == 1:
        return np.eye(length, dtype=np.float32)
    window = np.arange(-subsampling, subsampling + 1)
    whole = np.exp(-((window / subsampling) ** 2.0)).sum()
    away = np.arange(length) - np.arange(0, length, subsampling)[:, None]
    weights = np.exp(-((away / subsampling) ** 2.0)) / whole
    return np.where(abs(away) <= subsampling, weights, 0).astype(np.float32)
