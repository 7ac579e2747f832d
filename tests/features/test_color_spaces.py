from __future__ import annotations

import numpy as np
from skimage import color

from features.color_spaces import CHANNEL_RANGES, rgb_to_hsv, rgb_to_lab


def many_colors() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Every combination of 18 levels, 0 and 255 among them, and so all greys and ties."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 1, 3)


def test_hsv_equals_scikit_image() -> None:
    ours = np.moveaxis(rgb_to_hsv(many_colors()), 0, -1)
    np.testing.assert_allclose(ours, color.rgb2hsv(many_colors()), rtol=0, atol=1e-12)


def test_lab_equals_scikit_image() -> None:
    ours = np.moveaxis(rgb_to_lab(many_colors()), 0, -1)
    np.testing.assert_allclose(ours, color.rgb2lab(many_colors()), rtol=0, atol=1e-9)


def test_ranges_hold_every_color_and_little_else() -> None:
    for space, convert in {"hsv": rgb_to_hsv, "lab": rgb_to_lab}.items():
        for values, (low, high) in zip(convert(many_colors()), CHANNEL_RANGES[space], strict=True):
            assert low <= values.min()
            assert values.max() <= high + 1e-4
            assert np.ptp(values) > 0.93 * (high - low)
