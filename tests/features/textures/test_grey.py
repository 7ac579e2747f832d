from __future__ import annotations

import numpy as np
from skimage.color import rgb2gray
from skimage.util import img_as_ubyte

from features.textures.grey import grey_levels


def test_levels_are_scikit_images_but_for_halves() -> None:
    colors = np.random.default_rng(0).integers(0, 256, (1, 200, 200, 3), dtype=np.uint8)
    exact = (colors.astype(np.int64) * [2125, 7154, 721]).sum(axis=-1)
    is_half = exact % 10_000 == 5_000
    levels, theirs = grey_levels(colors), img_as_ubyte(rgb2gray(colors))  # type: ignore[no-untyped-call]
    np.testing.assert_array_equal(levels[~is_half], theirs[~is_half])
    np.testing.assert_array_equal(levels, (exact + 5_000) // 10_000)


def test_grey_stays_grey() -> None:
    greys = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    np.testing.assert_array_equal(grey_levels(greys), greys[..., 0])
    np.testing.assert_array_equal(grey_levels(greys.repeat(3, axis=3)), greys[..., 0])
    assert grey_levels(greys.transpose(0, 2, 1, 3)).flags.c_contiguous
