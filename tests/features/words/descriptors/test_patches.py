from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.words.descriptors.patches import Patches, normalize_contrast


@given(st.integers(1, 6), st.integers(1, 4), st.integers(6, 9), st.integers(6, 9))
@example(size=6, stride=1, height=9, width=6)  # squares that share whole rows of memory
@example(size=1, stride=1, height=6, width=6)  # squares that are the image itself
def test_each_patch_is_the_square_at_its_place(
    size: int, stride: int, height: int, width: int
) -> None:
    rng = np.random.default_rng(size)
    images = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    patches = Patches(size, stride, contrast=None)
    out = patches(images)
    rows, columns = patches.map_shape(height, width)
    assert out.shape == (2, rows, columns, patches.n_values(3))
    assert (rows - 1) * stride + size <= height < rows * stride + size
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            square = images[:, top : top + size, left : left + size].reshape(2, -1)
            np.testing.assert_array_equal(out[:, i, j], square)
    normalized = Patches(size, stride, contrast=10.0)(images)
    np.testing.assert_array_equal(normalized, normalize_contrast(out, 10.0))


@pytest.mark.parametrize("regularizer", [0.0, 10.0])
def test_contrast_equals_its_formula(regularizer: float) -> None:
    vectors = np.random.default_rng(0).uniform(0, 255, (4, 5, 27)).astype(np.float32)
    exact = vectors.astype(np.float64)
    expected = (exact - exact.mean(axis=-1, keepdims=True)) / np.sqrt(
        exact.var(axis=-1, keepdims=True) + regularizer
    )
    np.testing.assert_allclose(normalize_contrast(vectors, regularizer), expected, atol=1e-5)


def test_blank_patches_stay_blank() -> None:
    blank = np.full((2, 12), 200, dtype=np.float32)
    np.testing.assert_array_equal(normalize_contrast(blank, 0.0), np.zeros_like(blank))


def test_too_small_images_are_refused() -> None:
    with pytest.raises(ValueError, match="patch_size is 7 pixels but the images are only 9×6"):
        Patches(7)(np.zeros((1, 9, 6, 1), dtype=np.uint8))


@pytest.mark.parametrize("options", [{"size": 0}, {"stride": 0}, {"contrast": -1.0}], ids=str)
def test_impossible_parameters_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Patches(**{"size": 2, **options})
    with pytest.raises(ValueError, match="regularizer"):
        normalize_contrast(np.zeros((2, 4), np.float32), -1.0)
