"""Pairs of grey levels: which pixels make a pair, how often each pair occurs, what that says."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from features.extraction.compiled import compiled
from features.extraction.grid import Box
from features.textures.loops import matrix_properties, pair_counts

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int32]

PROPERTIES = (
    "contrast",
    "dissimilarity",
    "homogeneity",
    "ASM",
    "energy",
    "correlation",
    "mean",
    "variance",
    "std",
    "entropy",
)
"""All that `skimage.feature.graycoprops` knows."""


def pair_offset(distance: float, angle: float) -> tuple[int, int]:
    """Return how many rows down and columns right the second pixel of a pair is.

    Parameters
    ----------
    distance : float
        In pixels.
    angle : float
        In radians; 0 is to the right and π/2 is down.

    Returns
    -------
    (int, int)
        distance · sin(angle) and distance · cos(angle), a half rounded away from zero.

    Examples
    --------
    >>> pair_offset(1, np.pi / 4), pair_offset(2, np.pi)
    ((1, 1), (0, -2))
    """
    return _rounded(math.sin(angle) * distance), _rounded(math.cos(angle) * distance)


def _rounded(value: float) -> int:
    return int(value + 0.5) if value > 0 else int(value - 0.5)


def quantized(levels: Bytes, n_levels: int) -> Bytes:
    """Return grey levels 0 … 255 as floor(level · n_levels / 256), 0 … n_levels - 1."""
    # Exact in 16 bits, as there are at most 256 levels.
    return ((levels * np.uint16(n_levels)) >> np.uint16(8)).astype(np.uint8)


def co_occurrences(
    levels: Bytes, box: Box, offsets: npt.NDArray[np.int64], n_levels: int, *, symmetric: bool
) -> Counts:
    """Return how often each pair of grey levels occurs in a box of each image.

    Parameters
    ----------
    levels : uint8 array (n, height, width)
        Each below `n_levels`.
    box : Box
        Both pixels of a pair are inside.
    offsets : int64 array (n_offsets, 2)
        See `pair_offset`.
    n_levels : int
        2 … 256.
    symmetric : bool
        Count each pair in both orders.

    Returns
    -------
    int32 array (n, n_offsets, n_levels, n_levels)
        The counts of `skimage.feature.graycomatrix`.

    Examples
    --------
    >>> levels = np.array([[[0, 1, 1]]], dtype=np.uint8)
    >>> co_occurrences(levels, Box("all", 0, 1, 0, 3), np.array([[0, 1]]), 2, symmetric=False)
    array([[[[0, 1],
             [0, 1]]]], dtype=int32)
    """
    counts = np.zeros((len(levels), len(offsets), n_levels, n_levels), dtype=np.int32)
    edges = np.array([box.top, box.bottom, box.left, box.right], dtype=np.int64)
    compiled(pair_counts)(levels, edges, offsets, counts)
    return counts + counts.swapaxes(2, 3) if symmetric else counts


def properties_of(counts: Counts) -> npt.NDArray[np.float64]:
    """Return the properties of each matrix of counts, in the order of `PROPERTIES`.

    Parameters
    ----------
    counts : int32 array (..., n_levels, n_levels)
        What `co_occurrences` returned.

    Returns
    -------
    float64 array (..., 10)
        Those of `skimage.feature.graycoprops`. The correlation is 1 where one of the two levels
        is always the same, and where there are no pairs.

    Examples
    --------
    >>> properties_of(np.array([[0, 1], [0, 1]], dtype=np.int32))[:3]
    array([0.5 , 0.5 , 0.75])
    """
    out = np.empty((*counts.shape[:-2], len(PROPERTIES)))
    flat = np.ascontiguousarray(counts).reshape(-1, *counts.shape[-2:])
    compiled(matrix_properties)(flat, out.reshape(-1, len(PROPERTIES)))
    return out
