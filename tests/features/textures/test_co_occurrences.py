from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from skimage.feature import graycomatrix, graycoprops

from features.extraction.grid import Box
from features.textures.co_occurrences import (
    PROPERTIES,
    co_occurrences,
    pair_offset,
    properties_of,
    quantized,
)

RNG = np.random.default_rng(0)
DISTANCES = [1, 0.5, 2.5, 60]
ANGLES = [0, np.pi / 6, np.pi / 4, np.pi / 2, 3 * np.pi / 4, np.pi, 4, -1]
IMAGES: dict[str, npt.NDArray[np.uint8]] = {
    "black": np.zeros((9, 8), np.uint8),
    "flat": np.full((9, 8), 201, np.uint8),
    "ramp": (np.arange(30)[None].repeat(20, axis=0) * 8).astype(np.uint8),
    "noise": RNG.integers(0, 256, (23, 17), dtype=np.uint8),
    "row": RNG.integers(0, 256, (1, 30), dtype=np.uint8),
    "column": RNG.integers(0, 256, (30, 1), dtype=np.uint8),
    "pixel": np.array([[7]], np.uint8),
}


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("n_levels", [2, 30])
@pytest.mark.parametrize("symmetric", [False, True])
def test_counts_and_properties_are_scikit_images(name: str, n_levels: int, symmetric: bool) -> None:
    levels = quantized(IMAGES[name], n_levels)
    matrix = graycomatrix(levels, DISTANCES, ANGLES, levels=n_levels, symmetric=symmetric)  # type: ignore[no-untyped-call]
    offsets = np.array([pair_offset(each, angle) for each in DISTANCES for angle in ANGLES])
    whole = Box("all", 0, levels.shape[0], 0, levels.shape[1])
    counts = co_occurrences(levels[None], whole, offsets, n_levels, symmetric=symmetric)[0]
    expected = matrix.reshape(n_levels, n_levels, -1).transpose(2, 0, 1)
    np.testing.assert_array_equal(counts, expected)
    for values, what in zip(properties_of(counts).T, PROPERTIES, strict=True):
        theirs = graycoprops(matrix, what).ravel()  # type: ignore[no-untyped-call]
        np.testing.assert_allclose(values, theirs, rtol=1e-6, atol=1e-9, err_msg=what)


def test_the_correlation_is_one_where_one_level_never_changes() -> None:
    counts = np.zeros((3, 3), np.int32)
    counts[2] = 1, 5, 7
    assert dict(zip(PROPERTIES, properties_of(counts), strict=True))["correlation"] == 1


def test_levels_divide_the_greys_evenly() -> None:
    greys = np.arange(256, dtype=np.uint8)
    for n_levels in (2, 3, 16, 255, 256):
        np.testing.assert_array_equal(quantized(greys, n_levels), np.arange(256) * n_levels // 256)
