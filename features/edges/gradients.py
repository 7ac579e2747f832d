"""The gradient at every pixel: how strong it is, and into which orientation bin it falls."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from features.edges.loops import byte_votes
from features.extraction.compiled import compiled

Magnitudes = npt.NDArray[np.float32]
OrientationBins = npt.NDArray[np.uint8]

MAX_ORIENTATIONS = 255
"""A bin, and one more for votes that do not count, then fits in a byte."""


def orientation_votes(
    images: npt.NDArray[Any], orientations: int, *, transform_sqrt: bool = False
) -> tuple[Magnitudes, OrientationBins]:
    """Return the magnitude and the orientation bin of the gradient at each pixel.

    Of several channels, that with the largest gradient counts:
    g = (I[y+1, x] - I[y-1, x], I[y, x+1] - I[y, x-1]), zero at the border where a neighbour is
    missing; bin i holds the angles 180°·i/n ≤ angle mod 180° < 180°·(i+1)/n. These are the
    choices of `skimage.feature.hog`, down to which bin a gradient on an edge falls into.

    Parameters
    ----------
    images : uint8 array (n, height, width, channels), or floats
        One or three channels.
    orientations : int
        Number of bins, at most 255.
    transform_sqrt : bool, default False
        Take the square root of every pixel first.

    Returns
    -------
    magnitudes : float32 array (n, height, width)
        In the unit of the pixels.
    bins : uint8 array (n, height, width)
        0 … orientations-1.

    Examples
    --------
    >>> ramp = np.arange(0, 50, 10, dtype=np.uint8).reshape(1, 1, 5, 1).repeat(3, axis=1)
    >>> magnitudes, bins = orientation_votes(ramp, 9)
    >>> magnitudes[0, 1], bins[0, 1]
    (array([ 0., 20., 20., 20.,  0.], dtype=float32), array([0, 0, 0, 0, 0], dtype=uint8))
    """
    if images.dtype == np.uint8 and not transform_sqrt:
        return _votes_of_bytes(images, orientations)
    return _votes_of_floats(images, orientations, transform_sqrt)


def _votes_of_bytes(
    images: npt.NDArray[np.uint8], orientations: int
) -> tuple[Magnitudes, OrientationBins]:
    magnitudes = np.empty(images.shape[:3], dtype=np.float32)
    bins = np.empty(images.shape[:3], dtype=np.uint8)
    compiled(byte_votes)(np.ascontiguousarray(images), _bin_table(orientations), magnitudes, bins)
    return magnitudes, bins


@lru_cache(maxsize=8)
def _bin_table(orientations: int) -> npt.NDArray[np.uint8]:
    """Return the bin of every gradient of 8-bit pixels: two components in -255 … 255."""
    component = np.arange(-255.0, 256.0)
    return _bins_of(component[:, None], component[None, :], orientations)


def _votes_of_floats(
    images: npt.NDArray[Any], orientations: int, transform_sqrt: bool
) -> tuple[Magnitudes, OrientationBins]:
    dtype = np.float32 if images.dtype == np.float32 else np.float64
    planes = np.ascontiguousarray(images.transpose(3, 0, 1, 2), dtype=dtype)
    if transform_sqrt:
        planes = np.sqrt(planes)
    rows, columns = np.zeros_like(planes), np.zeros_like(planes)
    np.subtract(planes[:, :, 2:], planes[:, :, :-2], out=rows[:, :, 1:-1])
    np.subtract(planes[..., 2:], planes[..., :-2], out=columns[..., 1:-1])
    magnitude = np.hypot(rows, columns)
    row, column, strongest = rows[0], columns[0], magnitude[0]
    for channel in range(1, len(planes)):
        stronger = magnitude[channel] > strongest
        row = np.where(stronger, rows[channel], row)
        column = np.where(stronger, columns[channel], column)
        strongest = np.maximum(strongest, magnitude[channel])
    bins = _bins_of(row.astype(np.float64), column.astype(np.float64), orientations)
    # An angle just below zero is 180° after rounding, and scikit-image does not count it.
    nowhere = bins == orientations
    bins[nowhere] = 0
    votes = strongest.astype(np.float32)
    votes[nowhere] = 0.0
    return votes, bins


def _bins_of(
    row: npt.NDArray[np.float64], column: npt.NDArray[np.float64], orientations: int
) -> OrientationBins:
    angle = np.arctan2(row, column) * (180 / np.pi) % 180
    # scikit-image holds the edges in single precision, which decides where 45° falls.
    edges = np.array([180.0 / orientations * (i + 1) for i in range(orientations)])
    edges = edges.astype(np.float32).astype(np.float64)
    return np.searchsorted(edges, angle, side="right").astype(np.uint8)
