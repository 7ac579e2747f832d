"""RGB to HSV and to CIE L*a*b*, with the formulas of `skimage.color`, for whole batches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Colors = npt.NDArray[np.float64]

#: The values each channel can take, for 8-bit sRGB.
CHANNEL_RANGES = {
    "rgb": ((0.0, 256.0), (0.0, 256.0), (0.0, 256.0)),
    "hsv": ((0.0, 1.0), (0.0, 1.0), (0.0, 1.0)),
    "lab": ((0.0, 100.0), (-87.0, 99.0), (-108.0, 95.0)),
}

_UNIT = np.arange(256) * (1 / 255)
_LINEAR = np.where(_UNIT > 0.04045, ((_UNIT + 0.055) / 1.055) ** 2.4, _UNIT / 12.92)
_XYZ_FROM_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
_WHITE_D65 = np.array([0.95047, 1.0, 1.08883])


def rgb_to_hsv(images: npt.NDArray[np.uint8]) -> Colors:
    """Hue, saturation and value, each in [0, 1], as `skimage.color.rgb2hsv` to 1e-12.

    Parameters
    ----------
    images : uint8 array (..., 3)

    Returns
    -------
    float64 array (3, ...)
        Channels first: the histograms go through them one by one.

    Examples
    --------
    >>> rgb_to_hsv(np.array([[255, 0, 0]], dtype=np.uint8)).ravel()
    array([0., 1., 1.])
    """
    red, green, blue = (_UNIT.take(images[..., channel]) for channel in range(3))
    value = np.maximum(np.maximum(red, green), blue)
    spread = value - np.minimum(np.minimum(red, green), blue)
    grey = spread == 0
    divisor = np.where(grey, 1.0, spread)
    hue = np.where(
        blue == value,
        4.0 + (red - green) / divisor,
        np.where(green == value, 2.0 + (blue - red) / divisor, (green - blue) / divisor),
    )
    hue = (hue / 6.0) % 1.0
    hue[grey] = 0.0
    saturation = spread / np.where(grey, 1.0, value)
    return np.stack([hue, saturation, value])


def rgb_to_lab(images: npt.NDArray[np.uint8]) -> Colors:
    """CIE L*a*b* under D65, 2° observer, as `skimage.color.rgb2lab` to 1e-9.

    Parameters
    ----------
    images : uint8 array (..., 3)
        sRGB.

    Returns
    -------
    float64 array (3, ...)
        L in [0, 100], a in [-86.2, 98.3], b in [-107.9, 94.5]; channels first.

    Examples
    --------
    >>> rgb_to_lab(np.array([[255, 255, 255]], dtype=np.uint8)).ravel().round(1) + 0.0
    array([100.,   0.,   0.])
    """
    linear = [_LINEAR.take(images[..., channel]) for channel in range(3)]
    responses = []
    for weights, white in zip(_XYZ_FROM_RGB, _WHITE_D65, strict=True):
        ratio = linear[0] * weights[0] + linear[1] * weights[1] + linear[2] * weights[2]
        ratio /= white
        responses.append(np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16.0 / 116.0))
    x, y, z = responses
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])
