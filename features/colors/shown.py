"""Colours of HSV and CIE L*a*b* as RGB, for pictures of what a histogram has kept."""

from __future__ import annotations

import colorsys

import numpy as np
import numpy.typing as npt

from features.colors.standard import WHITE_D65, XYZ_FROM_RGB

Colors = npt.NDArray[np.float64]


def rgb_of_hsv(colors: Colors) -> Colors:
    """Return colours (..., 3) of hue, saturation and value in [0, 1] as RGB in [0, 255]."""
    shown = [colorsys.hsv_to_rgb(*color) for color in colors.reshape(-1, 3).tolist()]
    return 255 * np.array(shown).reshape(colors.shape)


def rgb_of_lab(colors: Colors) -> Colors:
    """Return colours (..., 3) of CIE L*a*b* under D65 as RGB in [0, 255].

    What lies outside sRGB, as the middle of a bin may, becomes the nearest value of each channel.
    """
    lightness, a, b = np.moveaxis(colors, -1, 0)
    y = (lightness + 16) / 116
    shares = np.stack([y + a / 500, y, np.maximum(y - b / 200, 0)], axis=-1)
    shares = np.where(shares > 0.008856 ** (1 / 3), shares**3, (shares - 16 / 116) / 7.787)
    linear = (shares * WHITE_D65) @ np.linalg.inv(XYZ_FROM_RGB).T
    curved = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    shares = np.where(linear > 0.0031308, curved, 12.92 * linear)
    return np.asarray(255 * np.clip(shares, 0, 1))
