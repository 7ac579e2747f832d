from __future__ import annotations

import warnings

import numpy as np
import pytest
from skimage.color import hsv2rgb, lab2rgb

from features.colors.shown import rgb_of_hsv, rgb_of_lab


def test_colors_are_those_of_scikit_image() -> None:
    unit = np.random.default_rng(0).random((7, 50, 3))
    np.testing.assert_allclose(rgb_of_hsv(unit), 255 * hsv2rgb(unit), atol=1e-9)
    lab = unit * [100, 190, 210] - [0, 90, 110]
    lab[0, 0] = 0, 0, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # colours outside sRGB
        expected = 255 * lab2rgb(lab)
    assert expected.min() == 0
    assert expected.max() == 255
    # Its inverse of the matrix has other last digits, which the curve near black enlarges.
    np.testing.assert_allclose(rgb_of_lab(lab), expected, atol=1e-6)


@pytest.mark.parametrize("shown", [rgb_of_hsv, rgb_of_lab])
def test_black_is_black(shown: object) -> None:
    assert callable(shown)
    np.testing.assert_array_equal(shown(np.zeros((1, 3))), [[0, 0, 0]])
