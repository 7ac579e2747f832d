"""What a nearest word leaves of a descriptor: residuals, summed for each word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from features.words.distances import LaidOut
from features.words.encoder import Span

Vectors = npt.NDArray[np.float32]

NORMS = ("intra", "power", "l2", "none")


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
        nearest, _ = self._laid_out.nearest(vectors)
        residuals = vectors - self.words[nearest]
        chosen = np.zeros((len(vectors), len(self.words)), dtype=np.float32)
        chosen[np.arange(len(vectors)), nearest] = 1
        return np.stack(
            [(chosen[first:last].T @ residuals[first:last]).ravel() for first, last in spans]
        )


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
