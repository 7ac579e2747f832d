"""What a nearest word leaves of a descriptor: residuals, summed for each word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from features.words.distances import LaidOut
from features.words.encoder import Span

Vectors = npt.NDArray[np.float32]

NORMS = ("intra", "power", "l2", "none")

_ROUNDING = 1e-6


class Residuals:
    """Sums of residuals: for each word w, Σ (z - w) over the descriptors z nearest to it.

    Parameters
    ----------
    words : float32 array (k, d)
        One word a row.

    Examples
    --------
    >>> residuals = Residuals(np.float32([[0, 0], [9, 9]]))
    >>> residuals.sums(np.float32([[1, 0], [2, 1], [9, 8]]), [(0, 3)])
    array([[ 3.,  1.,  0., -1.]], dtype=float32)
    """

    dtype: ClassVar[np.dtype[Any]] = np.dtype(np.float32)

    def __init__(self, words: Vectors) -> None:
        self.words = words
        self.n_codes = words.size
        self._laid_out = LaidOut(words)

    def nearest(self, vectors: Vectors) -> npt.NDArray[np.int64]:
        """Return the number of the word nearest to each descriptor."""
        return self._laid_out.nearest(vectors)[0]

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> Vectors:
        """Return the sums of residuals over each span of the descriptors.

        Parameters
        ----------
        vectors : float32 array (n, d)
            One descriptor a row.
        spans : sequence of (first, last)
            `last` is the one after the last descriptor of the span.

        Returns
        -------
        float32 array (n_spans, n_codes)
            The d sums of each word stand together.
        """
        nearest = self.nearest(vectors)
        residuals = vectors - self.words[nearest]
        chosen = np.zeros((len(vectors), len(self.words)), dtype=np.float32)
        chosen[np.arange(len(vectors)), nearest] = 1
        return np.stack(
            [(chosen[first:last].T @ residuals[first:last]).ravel() for first, last in spans]
        )


class Lengths:
    """For each word w, the sum of max(‖z‖, ‖w‖) over the descriptors z nearest to it.

    Sums of residuals that are smaller by far are rounding: where the word is the mean of its
    descriptors, or equal to them, they are zero.

    Parameters
    ----------
    residuals : Residuals
        Of the same words.

    Examples
    --------
    >>> lengths = Lengths(Residuals(np.float32([[0, 0], [9, 9]])))
    >>> lengths.sums(np.float32([[3, 4], [0, 2]]), [(0, 2)])
    array([[7., 0.]])
    """

    dtype: ClassVar[np.dtype[Any]] = np.dtype(np.float64)

    def __init__(self, residuals: Residuals) -> None:
        self._nearest = residuals.nearest
        self._of_words = _norms(residuals.words)
        self.n_codes = len(self._of_words)

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> npt.NDArray[np.float64]:
        """Return the sums (n_spans, n_words) over each span of the descriptors (n, d)."""
        nearest = self._nearest(vectors)
        lengths = np.maximum(_norms(vectors), self._of_words[nearest])
        return np.stack(
            [
                np.bincount(nearest[first:last], lengths[first:last], minlength=self.n_codes)
                for first, last in spans
            ]
        )

    def most(self, vectors: Vectors) -> float:
        """Return the length of the longest of words and descriptors."""
        return float(max(self._of_words.max(), _norms(vectors).max()))


def without_rounding(
    sums: npt.NDArray[np.float64],
    most: npt.NDArray[np.float64],
    lengths: Callable[[], npt.NDArray[np.float64]],
) -> npt.NDArray[np.float64]:
    """Return sums of residuals (n, k, d), with zeros where there is nothing but rounding.

    Parameters
    ----------
    sums : float64 array (n, k, d)
        One sum for each of k words, of images or cells.
    most : float64 array (n,)
        No sum of lengths is larger than this.
    lengths : callable
        Makes the sums of lengths (n, k), see `Lengths`; it is called where a sum is suspect.

    Returns
    -------
    float64 array (n, k, d)

    Examples
    --------
    >>> sums = np.array([[[3.0, 4.0], [0.0, 1e-7]]])
    >>> without_rounding(sums, np.array([9.0]), lambda: np.array([[8.0, 1.0]]))
    array([[[3., 4.],
            [0., 0.]]])
    """
    found = _norms(sums)
    if not ((found > 0) & (found <= _ROUNDING * most[:, None])).any():
        return sums
    return np.where((found <= _ROUNDING * lengths())[:, :, None], 0.0, sums)


def normalized_residuals(sums: npt.NDArray[np.floating], norm: str) -> npt.NDArray[np.float64]:
    """Return the sums of residuals of images or cells, normalised as one of the papers does.

    Parameters
    ----------
    sums : array (n, k, d)
        One sum for each of k words.
    norm : {"intra", "power", "l2", "none"}
        "l2": v/‖v‖, v all sums of a cell together. "power": sign(v)·√|v| first. "intra": the sum
        of each word to length one first. "none": the sums. What is zero stays zero.

    Returns
    -------
    float64 array (n, k, d)

    References
    ----------
    Jégou, Douze, Schmid and Pérez, "Aggregating local descriptors into a compact image
    representation", CVPR 2010 ("l2"); Jégou et al., "Aggregating local image descriptors into
    compact codes", TPAMI 2012 ("power"); Arandjelović and Zisserman, "All about VLAD", CVPR 2013
    ("intra").

    Examples
    --------
    >>> normalized_residuals(np.float32([[[9, 0], [0, 16]]]), "power")
    array([[[0.6, 0. ],
            [0. , 0.8]]])
    """
    values = sums.astype(np.float64)
    if norm == "none":
        return values
    if norm == "power":
        values = np.sign(values) * np.sqrt(np.abs(values))
    if norm == "intra":
        values /= _lengths(values, "nkd,nkd->nk")[:, :, None]
    return np.asarray(values / _lengths(values, "nkd,nkd->n")[:, None, None])


def _lengths(values: npt.NDArray[np.float64], sums: str) -> npt.NDArray[np.float64]:
    lengths = np.sqrt(np.einsum(sums, values, values))
    return np.where(lengths > 0, lengths, 1)


def _norms(vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    return np.asarray(np.linalg.norm(vectors.astype(np.float64), axis=-1))
