"""How a squared distance is taken in float32: one product, and what it loses is taken again.

‖z - w‖² = ‖z‖² - 2 z·w + ‖w‖² needs a matrix product only, but a small distance between long
vectors is a small difference of large sums, of which float32 keeps few digits or none. k-means, its
seeds and the codes of descriptors all take their distances here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.coding.distances import nearest
from features.coding.products import COLUMNS, panels_of
from features.compiled import compiled
from features.words.whitening import Whitening

Vectors = npt.NDArray[np.float32]

# A distance below this share of ‖z‖² is taken again: it has lost more than six bits of its 24.
_NEAR = np.float32(1 / 64)
# Float32 cannot tell vectors apart that are so near.
_SAME = 1e-13


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


class SquaredDistances:
    """Squared distances of vectors from words, each with a small relative error.

    One float32 product gives all of them. Where the least of a row is below ‖z‖²/64, most of its
    digits cancel, and the row is taken again in float64. Other distances are right to about 1e-5
    of themselves, whatever the mean and the scale of the vectors.

    Parameters
    ----------
    words : float32 array (k, d)
        One word a row.
    centre : float32 array (d,) or None, default None
        Taken off words and vectors, which changes no distance and leaves less to cancel. None
        takes nothing off.

    Examples
    --------
    >>> distances = SquaredDistances(np.float32([[5000, 5000], [5000, 5001]]))
    >>> distances(extended(np.float32([[5000, 5003]])))
    array([[9., 4.]], dtype=float32)
    """

    def __init__(self, words: Vectors, *, centre: Vectors | None = None) -> None:
        self.centre = centre
        if centre is not None:
            words = words - centre
        squared = np.einsum("kd,kd->k", words, words)
        rows = [-2 * words.T, np.ones((1, len(words))), squared[None]]
        self._matrix = np.concatenate(rows, dtype=np.float32)

    def __call__(self, extended: Vectors) -> Vectors:
        """Return the squared distances (n, k) of vectors (n, d + 2) that `extended` made."""
        squared: Vectors = extended @ self._matrix
        lost = _is_lost(squared.min(axis=1), extended)
        if lost.any():
            squared[lost] = self._taken_again(extended[lost])
        return squared

    def of_columns(self, columns: Vectors) -> Vectors:
        """Return the same for vectors that are columns: fast for few words.

        Parameters
        ----------
        columns : float32 array (d + 2, n)
            What `extended` made of vectors, transposed.

        Returns
        -------
        float32 array (k, n)
            One word a row.
        """
        squared: Vectors = self._matrix.T @ columns
        lost = _is_lost(squared.min(axis=0), columns.T)
        if lost.any():
            squared[:, lost] = self._taken_again(columns[:, lost].T).T
        return squared

    def _taken_again(self, extended: Vectors) -> npt.NDArray[np.float64]:
        vectors, words = (each.astype(np.float64) for each in (extended[:, :-2], self._matrix[:-2]))
        words /= -2
        lengths = np.einsum("nd,nd->n", vectors, vectors)[:, None]
        squared: npt.NDArray[np.float64] = lengths - 2 * (vectors @ words)
        squared += np.einsum("dk,dk->k", words, words)
        squared[squared < _SAME * lengths] = 0
        return squared


def _is_lost(least: Vectors, extended: Vectors) -> npt.NDArray[np.bool_]:
    return np.asarray(least < _NEAR * extended[:, -2])


def extended(vectors: Vectors, centre: Vectors | None = None) -> Vectors:
    """Return [z, ‖z‖², 1] of each vector, ready for products that are distances.

    Parameters
    ----------
    vectors : float32 array (n, d)
        One a row.
    centre : float32 array (d,) or None, default None
        Taken off the vectors, where the words are without it.

    Returns
    -------
    float32 array (n, d + 2)
        One vector a row.

    Examples
    --------
    >>> extended(np.float32([[3, 4]]))
    array([[ 3.,  4., 25.,  1.]], dtype=float32)
    """
    out = np.empty((len(vectors), vectors.shape[1] + 2), dtype=np.float32)
    np.subtract(vectors, np.float32(0) if centre is None else centre, out=out[:, :-2])
    np.einsum("nd,nd->n", out[:, :-2], out[:, :-2], out=out[:, -2])
    out[:, -1] = 1
    return out
