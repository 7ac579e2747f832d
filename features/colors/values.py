"""The channels of every pixel in double precision, in one pass over its bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.colors.standard import LINEAR, UNIT, WHITE_D65, XYZ_FROM_RGB, response_lines
from features.colors.value_loops import hsv_values, lab_values
from features.extraction.compiled import compiled

Values = npt.NDArray[np.float64]


def values_of_hsv(pixels: npt.NDArray[np.uint8]) -> Values:
    """Return hue, saturation and value, each in [0, 1], channels first.

    Parameters
    ----------
    pixels : uint8 array (..., 3)
        8-bit sRGB.

    Returns
    -------
    float64 array (3, ...)
    """
    values = np.empty((3, *pixels.shape[:-1]))
    flat = np.ascontiguousarray(pixels).reshape(-1)
    compiled(hsv_values)(flat, UNIT, values.reshape(3, -1))
    return values


def values_of_lab(pixels: npt.NDArray[np.uint8]) -> Values:
    """Return L*, a* and b*, channels first.

    Parameters
    ----------
    pixels : uint8 array (..., 3)
        8-bit sRGB.

    Returns
    -------
    float64 array (3, ...)
    """
    values = np.empty((3, *pixels.shape[:-1]))
    flat = np.ascontiguousarray(pixels).reshape(-1)
    weights = np.column_stack([XYZ_FROM_RGB, WHITE_D65])
    compiled(lab_values)(flat, LINEAR, weights, response_lines()[0], values.reshape(3, -1))
    return values
