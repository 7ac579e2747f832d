"""Words laid out for the loops that take their distances from descriptors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from features.coding.distances import nearest
from features.coding.products import COLUMNS, panels_of
from features.extraction.compiled import compiled
from features.words.learning.whitening import Whitening

Vectors = npt.NDArray[np.float32]


def described_rows(vectors: npt.ArrayLike, n_values: int) -> Vectors:
    """Return descriptors as a compiled loop reads them, which has no bounds of its own.

    Parameters
    ----------
    vectors : array (n, d)
        One descriptor a row.
    n_values : int
        How many values each must have, d.

    Returns
    -------
    float32 array (n, d)
        C-contiguous.

    Raises
    ------
    ParameterError
        If they are no such rows.

    Examples
    --------
    >>> described_rows(np.zeros((2, 36)), 108)
    Traceback (most recent call last):
    ...
    data.errors.ParameterError: descriptors must be rows of 108 values, got an array (2, 36)
    """
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != n_values:
        raise ParameterError(
            f"descriptors must be rows of {n_values} values, got an array {rows.shape}"
        )
    return rows


def values_of(words: Vectors, whitening: Whitening | None) -> int:
    """Return how many values a descriptor has; raise ParameterError where words do not fit."""
    if whitening is None:
        return int(words.shape[1])
    n_values, n_whitened = map(int, whitening.matrix.shape)
    if n_whitened != words.shape[1]:
        raise ParameterError(
            f"words have {words.shape[1]} values, but whitening leaves {n_whitened}"
        )
    return n_values


class LaidOut:
    """Words as the compiled loops of distances read them, see `features.coding.distances`.

    Parameters
    ----------
    words : float32 array (k, m)
        One word a row.
    whitening : Whitening or None, default None
        What makes z (m,) of a vector x (d,). Without one, z is x, and the mean of the words is
        taken off words and vectors, which changes no distance and leaves less to cancel.

    Examples
    --------
    >>> words = LaidOut(np.float32([[5000, 5000], [5000, 5001]]))
    >>> words.nearest(np.float32([[5000, 5003]]))
    (array([1]), array([4.], dtype=float32))
    """

    def __init__(self, words: Vectors, whitening: Whitening | None = None) -> None:
        if whitening is None:
            mean = words.mean(axis=0, dtype=np.float64).astype(np.float32)
            words = words - mean
            matrix = np.empty((0, len(mean) + 1, COLUMNS), dtype=np.float32)
        else:
            mean, matrix = whitening.mean, panels_of(whitening.matrix)
        words = np.ascontiguousarray(words, dtype=np.float32)
        self._n_values = values_of(words, whitening)
        panels = panels_of(-2 * words.T, np.einsum("kd,kd->k", words, words))
        self.arrays = np.ascontiguousarray(mean), matrix, panels, words

    def nearest(self, vectors: Vectors) -> tuple[npt.NDArray[np.int64], Vectors]:
        """Return the word nearest to each vector, the first of several, and its squared distance.

        Parameters
        ----------
        vectors : float32 array (n, d)
            One a row, not whitened.

        Returns
        -------
        labels : int64 array (n,)
            From 0 to k - 1.
        squared : float32 array (n,)
            The squared distances.

        Raises
        ------
        ParameterError
            If the vectors are no rows of so many values as the words are for.
        """
        vectors = described_rows(vectors, self._n_values)
        labels = np.empty(len(vectors), dtype=np.int64)
        squared = np.empty(len(vectors), dtype=np.float32)
        compiled(nearest)(vectors, *self.arrays, labels, squared)
        return labels, squared
