from __future__ import annotations

import numpy as np
import pytest

from features.kernels.patches import patches_of

MAP = np.random.default_rng(0).normal(size=(6, 5, 3)).astype(np.float32)


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
