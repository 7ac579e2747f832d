from __future__ import annotations

import numpy as np
import pytest
from skimage import color

from features.colors.standard import STEPS, response_lines
from features.colors.values import values_of_hsv, values_of_lab


@pytest.mark.slow
def test_all_colours_have_the_values_of_scikit_image() -> None:
    for red in range(256):
        green, blue = np.divmod(np.arange(1 << 16), 256)
        pixels = np.column_stack([np.full_like(green, red), green, blue]).astype(np.uint8)
        np.testing.assert_array_equal(values_of_hsv(pixels).T, color.rgb2hsv(pixels[None])[0])
        expected = color.rgb2lab(pixels[None])[0]
        np.testing.assert_allclose(values_of_lab(pixels).T, expected, rtol=0, atol=1e-10)


def test_lines_are_no_farther_off_than_they_say() -> None:
    lines, off = response_lines()
    shares = np.linspace(0, 1, 999_983)
    steps = (shares * STEPS).astype(int)
    response = lines[steps, 0] + lines[steps, 1] * (shares * STEPS)
    exact = np.where(shares > 0.008856, np.cbrt(shares), 7.787 * shares + 16 / 116)
    assert 0.8 * off < np.abs(response - exact).max() < off + 1e-7
    assert off < 1e-5
