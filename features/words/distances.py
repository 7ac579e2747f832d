"""How a squared distance is taken in float32: one product, and what it loses is taken again.

‖z - w‖² = ‖z‖² - 2 z·w + ‖w‖² needs a matrix product only, but a small distance between long
vectors is a small difference of large sums, of which float32 keeps few digits or none. k-means, its
seeds and the codes of descriptors all take their distances here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

# A distance below this share of ‖z‖² is taken again: it has lost more than six bits of its 24.
_NEAR = np.float32(1 / 64)
# Float32 cannot tell vectors apart that are so near.
_SAME = 1e-13
# What a float32 sum of products is wrong by, as a share of what it adds up.
_ROUNDING = np.float32(2**-21)


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

    def nearest(self, extended: Vectors) -> tuple[npt.NDArray[np.intp], Vectors]:
        """Return the word nearest to each vector, the first of several, and its squared distance.

        Parameters
        ----------
        extended : float32 array (n, d + 2)
            What the function `extended` made of vectors.

        Returns
        -------
        labels : int array (n,)
            From 0 to k - 1.
        squared : float32 array (n,)
            The squared distances.
        """
        squared: Vectors = extended @ self._matrix
        labels = squared.argmin(axis=1)
        least = squared[np.arange(len(squared)), labels]
        lost = _is_lost(least, extended)
        if lost.any():
            again = self._taken_again(extended[lost])
            labels[lost], least[lost] = again.argmin(axis=1), again.min(axis=1)
        return labels, least

    def beyond_nearest(self, extended: Vectors, resolution: float) -> Vectors:
        """Return by how much each squared distance exceeds the least one of its row.

        Parameters
        ----------
        extended : float32 array (n, d + 2)
            What the function `extended` made of vectors.
        resolution : float
            Differences that are small must be right to about this.

        Returns
        -------
        float32 array (n, k)
            At least 0.
        """
        squared: Vectors = extended @ self._matrix
        least = squared.min(axis=1)
        squared -= least[:, None]
        coarse = (least + extended[:, -2]) * _ROUNDING > resolution
        if coarse.any():
            again = self._taken_again(extended[coarse])
            squared[coarse] = again - again.min(axis=1, keepdims=True)
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
    out = room(*vectors.shape)
    np.subtract(vectors, np.float32(0) if centre is None else centre, out=out[:, :-2])
    return with_squares(out)


def room(n: int, n_values: int) -> Vectors:
    """Return an empty array for the vectors and for what `with_squares` adds to them."""
    return np.empty((n, n_values + 2), dtype=np.float32)


def with_squares(out: Vectors) -> Vectors:
    """Return `out` with [‖z‖², 1] behind each vector z that its first columns hold."""
    np.einsum("nd,nd->n", out[:, :-2], out[:, :-2], out=out[:, -2])
    out[:, -1] = 1
    return out
