"""Words laid out for the loops that take their distances from descriptors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.coding.distances import nearest
from features.coding.products import COLUMNS, panels_of
from features.compiled import compiled
from features.words.whitening import Whitening

Vectors = npt.NDArray[np.float32]


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
        """
        labels = np.empty(len(vectors), dtype=np.int64)
        squared = np.empty(len(vectors), dtype=np.float32)
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        compiled(nearest)(vectors, *self.arrays, labels, squared)
        return labels, squared
