"""The joint bin of every pixel in one pass over its bytes: a quick way to what a conversion says.

Nothing here changes a bin. `features.colors.color_spaces` has the conversions, channel by channel
in double precision; the bins here are those of its values and of `numpy.histogramdd`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from features.colors.loops import byte_bins, hsv_bins, lab_bins
from features.colors.standard import LINEAR, STEPS, UNIT, WHITE_D65, XYZ_FROM_RGB, response_lines
from features.extraction.compiled import compiled

Range = tuple[float, float]
Ranges = Sequence[Range]
Joint = npt.NDArray[np.uint32]
Binned = Callable[[npt.NDArray[np.uint8], int, Any], Joint]

PIXELS_AT_ONCE: Final = 1024
_ROUNDING: Final = 4e-7
"""More than single precision loses in a number of about one after some operations."""


def bins_of_bytes(pixels: npt.NDArray[np.uint8], bins: int, ranges: Ranges) -> Joint:
    """Return the joint bin of each pixel's bytes, over [0, 256).

    Parameters
    ----------
    pixels : uint8 array (..., n_channels)
        One or three channels.
    bins : int
        In each channel, at most 256.
    ranges : sequence of (low, high)
        [0, 256) each.

    Returns
    -------
    uint32 array (...)

    Examples
    --------
    >>> bins_of_bytes(np.array([[0, 0, 255], [128, 0, 0]], dtype=np.uint8), 2, [(0, 256)] * 3)
    array([1, 4], dtype=uint32)
    """
    joint = np.empty(pixels.shape[:-1], dtype=np.uint32)
    compiled(byte_bins)(_flat(pixels), pixels.shape[-1], bins, joint.reshape(-1))
    return joint


def bins_of_hsv(pixels: npt.NDArray[np.uint8], bins: int, ranges: Ranges) -> Joint:
    """Return the joint bin of each pixel's hue, saturation and value.

    Saturation depends on two bytes and value on one: their bins come from tables. Hue is a
    quotient of small integers, so that one that is near an edge without lying on it is farther
    off than single precision loses; those on an edge are taken in double precision.

    Parameters
    ----------
    pixels : uint8 array (..., 3)
        8-bit sRGB.
    bins : int
        In each channel, at most 256.
    ranges : sequence of (low, high)
        Of each channel.

    Returns
    -------
    uint32 array (...)

    Examples
    --------
    >>> bins_of_hsv(np.array([[0, 0, 255], [0, 0, 0]], dtype=np.uint8), 2, [(0, 1)] * 3)
    array([7, 0], dtype=uint32)
    """
    joint = np.empty(pixels.shape[:-1], dtype=np.uint32)
    tables = _hsv_tables(bins, tuple(ranges))
    room = np.empty((2, PIXELS_AT_ONCE), dtype=np.int32)
    compiled(hsv_bins)(_flat(pixels), UNIT, *tables, room, joint.reshape(-1))
    return joint


def bins_of_lab(pixels: npt.NDArray[np.uint8], bins: int, ranges: Ranges) -> Joint:
    """Return the joint bin of each pixel's L*, a* and b*.

    The cube roots are read off 2,048 lines. How far these are off is known, and the few colours
    that are so near an edge are taken in double precision.

    Parameters
    ----------
    pixels : uint8 array (..., 3)
        8-bit sRGB.
    bins : int
        In each channel, at most 256.
    ranges : sequence of (low, high)
        Of each channel.

    Returns
    -------
    uint32 array (...)

    Examples
    --------
    >>> ranges = [(0, 100), (-87, 99), (-108, 95)]
    >>> bins_of_lab(np.array([[255, 255, 255], [0, 0, 255]], dtype=np.uint8), 2, ranges)
    array([5, 2], dtype=uint32)
    """
    joint = np.empty(pixels.shape[:-1], dtype=np.uint32)
    tables = _lab_tables(bins, tuple(ranges))
    room = np.empty((3, PIXELS_AT_ONCE), dtype=np.float32)
    compiled(lab_bins)(_flat(pixels), *tables, room, joint.reshape(-1))
    return joint


def _flat(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(pixels).reshape(-1)


def _levels(values: npt.NDArray[Any], bounds: Range, bins: int) -> npt.NDArray[np.uint8]:
    """Return the bin of each value; one beyond the bounds is in the first or the last."""
    edges = np.linspace(*bounds, bins + 1)
    levels = np.searchsorted(edges, values, side="right") - 1
    return levels.clip(0, bins - 1).astype(np.uint8)


def _rounding(bins: int, bounds: Range) -> float:
    """Return how much of a bin is lost where a value becomes a number of bins."""
    low, high = bounds
    return _ROUNDING * bins * max(1.0, abs(low), abs(high)) / (high - low)


@lru_cache(maxsize=8)
def _hsv_tables(bins: int, ranges: tuple[Range, ...]) -> tuple[Any, ...]:
    around, saturations, values = ranges
    low, high = around
    largest, smallest = UNIT[:, None], UNIT[None, :]
    saturation = np.zeros((256, 256))
    np.divide(largest - smallest, largest, out=saturation, where=largest > smallest)
    hues = (np.arange(4) / 3 - low) * (bins / (high - low))
    return (
        _levels(UNIT, values, bins),
        _levels(saturation.ravel(), saturations, bins),
        hues.astype(np.float32),
        # A difference of bytes is at most the largest, so its turn is at most a sixth.
        np.float32(bins / (high - low) / 6),
        np.linspace(low, high, bins + 1),
        np.float32(_rounding(bins, around)),
    )


@lru_cache(maxsize=8)
def _lab_tables(bins: int, ranges: tuple[Range, ...]) -> tuple[Any, ...]:
    responses, off = response_lines()
    shares = (XYZ_FROM_RGB / WHITE_D65[:, None])[..., None] * LINEAR * STEPS
    scales = []
    for (low, high), (of_response, start), n_responses in zip(
        ranges, ((116.0, -16.0), (500.0, 0.0), (200.0, 0.0)), (1, 2, 2), strict=True
    ):
        a_bin = bins / (high - low)
        near = n_responses * (off + _ROUNDING) * of_response * a_bin + _rounding(bins, (low, high))
        scales.append((of_response * a_bin, (start - low) * a_bin, near))
    return (
        shares.reshape(9, 256).astype(np.float32),
        responses,
        np.array(scales, dtype=np.float32),
        LINEAR,
        np.column_stack([XYZ_FROM_RGB, WHITE_D65]),
        np.array([np.linspace(low, high, bins + 1) for low, high in ranges]),
    )
