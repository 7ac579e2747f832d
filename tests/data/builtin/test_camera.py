"""Light, focus and noise change a picture by as much as they should."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve

from data.builtin.camera import _blurred, photograph
from data.builtin.drawing import Canvas
from data.builtin.draws import Draws


def draws(n: int, seed: int = 0) -> Draws:
    return Draws(np.random.PCG64(seed).random_raw(n * 400).reshape(n, 400))


def test_blur_is_scipys_binomial() -> None:
    image = np.random.default_rng(0).random((1, 1, 7, 9))
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    expected = convolve(image[0, 0], kernel, mode="nearest")
    np.testing.assert_allclose(_blurred(image)[0, 0], expected, atol=1e-12)


def test_photographs_of_one_scene_differ_in_light_and_grain() -> None:
    images = photograph(draws(60), Canvas(np.full((3, 60, 32, 32), 120.0)))
    assert images.shape == (60, 32, 32, 3)
    assert images.dtype == np.uint8
    assert images.flags.c_contiguous
    brightness = images.mean(axis=(1, 2, 3))
    grain = (images[:, :, 1:].astype(float) - images[:, :, :-1]).std(axis=(1, 2, 3))
    assert brightness.max() > 1.4 * brightness.min()
    assert grain.max() > 3 * grain.min() > 0


def test_what_is_too_bright_or_too_dark_is_clipped() -> None:
    white = photograph(draws(20), Canvas(np.full((3, 20, 32, 32), 2000.0)))
    black = photograph(draws(20), Canvas(np.full((3, 20, 32, 32), -2000.0)))
    assert (white == 255).all()
    assert (black == 0).all()


def test_channels_stay_in_their_order() -> None:
    colours = np.zeros((3, 20, 32, 32))
    colours[0], colours[2] = 220.0, 40.0
    red, green, blue = photograph(draws(20), Canvas(colours)).mean(axis=(1, 2)).T
    assert (red > blue).all()
    assert (blue > green).all()
