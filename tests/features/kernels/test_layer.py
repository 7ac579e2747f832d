from __future__ import annotations

import numpy as np
import pytest

from features.kernels.filters import inverse_root, unit_vectors
from features.kernels.gaussian_pooling import GaussianPooling
from features.kernels.layer import Layer, patches_of

RNG = np.random.default_rng(0)
MAP = RNG.normal(size=(6, 5, 3)).astype(np.float32)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("repeat", [False, True])
def test_patches_are_squares_around_every_position(size: int, repeat: bool) -> None:
    patches = patches_of(MAP, size, repeat=repeat).reshape(6, 5, size, size, 3)
    before = (size - 1) // 2
    for row, column in ((0, 0), (2, 3), (5, 4)):
        for i in range(size):
            for j in range(size):
                y, x = row - before + i, column - before + j
                inside = 0 <= y < 6 and 0 <= x < 5
                nearest = MAP[np.clip(y, 0, 5), np.clip(x, 0, 4)]
                expected = nearest if inside or repeat else np.zeros(3)
                np.testing.assert_array_equal(patches[row, column, i, j], expected)


def test_a_layer_is_the_formula() -> None:
    filters = unit_vectors(RNG.normal(size=(7, 27)).astype(np.float32))
    mixing, pooling = inverse_root(filters, 0.5), GaussianPooling(6, 5, 2)
    codes = np.empty((6, 5, 7))
    for i, patch in enumerate(patches_of(MAP, 3).astype(np.float64)):
        length = np.linalg.norm(patch)
        codes[divmod(i, 5)] = length * np.exp((filters @ patch / length - 1) / 0.5**2)
    layer = Layer(3, 0.5, filters, mixing, pooling)
    np.testing.assert_allclose(layer.codes(MAP), codes, rtol=1e-4)
    # The matrix after pooling is the matrix before it.
    expected = pooling((codes @ mixing).astype(np.float32))
    np.testing.assert_allclose(layer(MAP), expected, atol=1e-4)
