from __future__ import annotations

import numpy as np
import pytest

from features.words.descriptors.dense_hog import DenseHOG
from features.words.descriptors.descriptor import DESCRIPTORS, make_descriptor
from features.words.descriptors.patches import Patches

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 12, 10, 3), dtype=np.uint8)


def test_a_name_stands_for_a_descriptor() -> None:
    assert make_descriptor("patches", 5, 2, None) == Patches(5, 2, None)
    assert make_descriptor("hog", 6, 3, 10.0) == DenseHOG(6, 3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", list(DESCRIPTORS))
def test_each_one_describes_and_draws(name: str, channels: int) -> None:
    descriptor = make_descriptor(name, 6, 2, 10.0)
    described = descriptor(IMAGES[..., :channels])
    rows, columns = descriptor.map_shape(12, 10)
    assert (rows, columns) == (4, 3)
    assert described.shape == (2, rows, columns, descriptor.n_values(channels))
    tile = descriptor.tile(described[0, 0, 0], channels, 3)
    assert tile.shape == (18, 18, 3)
    assert tile.dtype == np.uint8
    assert np.ptp(tile) > 0
    squares = descriptor.squares(described[0, 0].astype(np.float64), channels)
    assert squares is None or squares.shape == (columns, 6, 6, channels)


def test_patches_show_their_pixels() -> None:
    descriptor = make_descriptor("patches", 6, 2, None)
    squares = descriptor.squares(descriptor(IMAGES)[0, 1].astype(np.float64), 3)
    assert squares is not None
    np.testing.assert_array_equal(squares[2], IMAGES[0, 2:8, 4:10])


@pytest.mark.parametrize(
    ("size", "stride", "contrast", "message"),
    [
        (0, 1, None, "patch_size must be a whole number from 1 up.* got 0"),
        (4, 1.5, None, r"stride must be a whole number from 1 up, got 1\.5"),
        (4, 1, -1, "contrast must be a finite number from 0 up.* got -1"),
    ],
)
def test_bad_options_are_refused(size: int, stride: int, contrast: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_descriptor("patches", size, stride, contrast)
