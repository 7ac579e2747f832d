"""The numbers of the standards: sRGB bytes as shares of one, linear light, CIE XYZ under D65."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

UNIT: npt.NDArray[np.float64] = np.arange(256, dtype=np.float64) * (1 / 255)
"""Each byte as a share of one, rounded as `skimage.util.img_as_float` does."""

LINEAR = np.where(UNIT > 0.04045, ((UNIT + 0.055) / 1.055) ** 2.4, UNIT / 12.92)
"""Each byte of sRGB as linear light, 0 … 1."""

XYZ_FROM_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
"""The colour of white, in XYZ."""

STEPS: Final = 2048
"""Lines that the response of CIE L*a*b* is made of; their table fits the first cache."""


@lru_cache(maxsize=1)
def response_lines() -> tuple[npt.NDArray[np.float32], float]:
    """Return the lines that stand for the response to a share of white, and how far they are off.

    A line is given by its value for zero and its slope per step. It runs in the middle between
    the largest and the smallest deviation, which halves what it is off.
    """
    within = np.linspace(0, 1, 33)
    steps = np.arange(STEPS + 1)
    shares = (steps[:, None] + within) / STEPS
    exact = np.where(shares > 0.008856, np.cbrt(shares), 7.787 * shares + 16.0 / 116.0)
    slopes = exact[:, -1] - exact[:, 0]
    deviations = exact - exact[:, :1] - slopes[:, None] * within
    largest, smallest = deviations.max(axis=1), deviations.min(axis=1)
    starts = exact[:, 0] + (largest + smallest) / 2 - slopes * steps
    # Between the places that were looked at, a smooth function deviates hardly more.
    off = 1.1 * float((largest - smallest).max()) / 2
    return np.column_stack([starts, slopes]).astype(np.float32), off
