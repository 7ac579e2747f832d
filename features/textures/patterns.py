"""Local binary patterns: where the points of a circle lie, and what their codes are called."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from features.extraction.compiled import compiled
from features.textures.loops import binary_codes

Bytes = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.uint32]

METHODS = ("uniform", "nri_uniform", "ror", "default")
MAX_POINTS = 31
MAX_POINTS_IN_TABLE = 16
"""Of the methods "ror" and "default", whose codes are too many beyond."""


def pattern_codes(levels: Bytes, radius: float, n_points: int) -> Codes:
    """Return the code of every pixel: bit i is set where point i is no darker than the pixel.

    Point i lies at the angle 2πi/n on a circle around the pixel, counted from the right,
    anticlockwise. Its grey level is interpolated between the four pixels around it; outside of
    the image it is 0.

    Parameters
    ----------
    levels : uint8 array (n, height, width)
        Grey levels.
    radius : float
        Of the circle, in pixels.
    n_points : int
        1 … 31.

    Returns
    -------
    uint32 array (n, height, width)
        What `skimage.feature.local_binary_pattern` returns with the method "default".

    Examples
    --------
    >>> pattern_codes(np.array([[[9, 5, 7]]], dtype=np.uint8), 1, 4)
    array([[[0, 5, 0]]], dtype=uint32)
    """
    n, height, width = levels.shape
    angles = 2 * np.pi * np.arange(n_points, dtype=np.float64) / n_points
    # scikit-image holds the radius in single precision.
    single = float(np.float32(radius))
    rows, columns = np.round(-single * np.sin(angles), 5), np.round(single * np.cos(angles), 5)
    first_row, down = _places(rows, height)
    first_column, across = _places(columns, width)
    pad = 1 + max(int(np.abs(each).max()) for each in (first_row, first_column))
    padded = np.zeros((n, height + 2 * pad, width + 2 * pad))
    padded[:, pad : pad + height, pad : pad + width] = levels
    corners = np.stack([first_row, first_column], axis=1) + pad
    codes = np.empty(levels.shape, dtype=np.uint32)
    compiled(binary_codes)(padded, corners, down, across, pad, np.empty(width), codes)
    return codes


def _places(
    shifts: npt.NDArray[np.float64], length: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return by how many whole pixels points are shifted, and the rest at every position.

    The rest differs in its last bits from one position to the next, as in scikit-image.
    """
    positions = np.arange(length) + shifts[:, None]
    rest = positions - np.floor(positions)
    # A point beyond the image is as dark however far it is.
    whole = np.floor(shifts).clip(-length - 1, length).astype(np.int64)
    return whole, rest


def labels_of(codes: npt.NDArray[Any], n_points: int, method: str) -> npt.NDArray[np.uint32]:
    """Return what a method calls each code: the values of scikit-image's function.

    Parameters
    ----------
    codes : uint32 array
        What `pattern_codes` returned.
    n_points : int
        Points on the circle, n.
    method : {"uniform", "nri_uniform", "ror", "default"}
        "default": the code. "ror": the smallest code among its rotations. "uniform": how many
        bits are set, if the bits change twice at most around the circle; n + 1 if they change
        more often. "nri_uniform": the same, with a number for each rotation.

    Returns
    -------
    uint32 array
        Of the same shape.

    Examples
    --------
    >>> labels_of(np.uint32([0b0110, 0b0101, 0b1111]), 4, "uniform")
    array([2, 5, 4], dtype=uint32)
    """
    codes = np.asarray(codes, dtype=np.uint32)
    if method == "default":
        return codes
    if method == "ror":
        smallest = rotated = codes
        for _ in range(n_points - 1):
            rotated = (rotated >> np.uint32(1)) | ((rotated & np.uint32(1)) << (n_points - 1))
            smallest = np.minimum(smallest, rotated)
        return smallest
    inside = np.uint32((1 << (n_points - 1)) - 1)
    changes = np.bitwise_count((codes ^ (codes >> np.uint32(1))) & inside)
    ones = np.bitwise_count(codes).astype(np.uint32)
    if method == "uniform":
        return np.where(changes <= 2, ones, np.uint32(n_points + 1))
    first_one, first_zero = _lowest_bit(codes), _lowest_bit(~codes)
    turns = np.where(first_one == 0, ones - first_zero, n_points - first_one)
    labels = 1 + (ones - 1) * np.uint32(n_points) + turns
    labels = np.where(ones == n_points, n_points * (n_points - 1) + 1, labels)
    labels = np.where(ones == 0, 0, labels)
    return np.where(changes <= 2, labels, n_points * (n_points - 1) + 2).astype(np.uint32)


def _lowest_bit(codes: Codes) -> npt.NDArray[np.uint32]:
    """Return the position of the lowest bit that is set; 32 where none is."""
    return np.bitwise_count(~codes & (codes - np.uint32(1))).astype(np.uint32)


@lru_cache(maxsize=16)
def histogram_bins(n_points: int, method: str) -> tuple[npt.NDArray[np.uint32], bool]:
    """Return the label of each bin of a histogram, and whether a table leads from code to bin."""
    if n_points <= MAX_POINTS_IN_TABLE and method == "ror":
        return np.unique(labels_of(np.arange(1 << n_points), n_points, method)), True
    n_bins = {
        "uniform": n_points + 2,
        "nri_uniform": n_points * (n_points - 1) + 3,
        "default": 1 << min(n_points, MAX_POINTS_IN_TABLE),
    }[method]
    return np.arange(n_bins, dtype=np.uint32), n_points <= MAX_POINTS_IN_TABLE


@lru_cache(maxsize=16)
def bin_table(n_points: int, method: str) -> npt.NDArray[np.int32]:
    """Return the bin of each code, or of each label where there are too many codes for a table."""
    labels, from_codes = histogram_bins(n_points, method)
    if not from_codes:
        return np.arange(len(labels), dtype=np.int32)
    found = labels_of(np.arange(1 << n_points), n_points, method)
    return np.searchsorted(labels, found).astype(np.int32)
