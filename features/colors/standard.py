"""The numbers of the standards: sRGB bytes as shares of one, linear light, CIE XYZ under D65."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UNIT: npt.NDArray[np.float64] = np.arange(256) * (1 / 255)
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
