from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from skimage.feature import graycomatrix, graycoprops

from features import CoOccurrence
from features.textures.co_occurrences import PROPERTIES, quantized
from features.textures.grey import grey_levels

RNG = np.random.default_rng(0)
COARSE = RNG.integers(0, 200, (3, 4, 5, 3)).repeat(5, axis=1).repeat(4, axis=2)
IMAGES = (COARSE + RNG.integers(0, 56, COARSE.shape)).astype(np.uint8)
DISTANCES, ANGLES = [1, 3], [0, np.pi / 4, 2]


@pytest.mark.parametrize("grid", [(1, 1), (2, 3)])
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("normed", [False, True])
def test_cells_hold_scikit_images_properties_and_matrices(
    grid: tuple[int, int], symmetric: bool, normed: bool
) -> None:
    extractor = CoOccurrence(
        distances=DISTANCES,
        angles=ANGLES,
        levels=8,
        symmetric=symmetric,
        normed=normed,
        properties=["all", "matrix"],
        grid=grid,
    )
    out = extractor.fit_transform(IMAGES)
    for row, levels in zip(out, quantized(grey_levels(IMAGES), 8), strict=True):
        expected = []
        for band in np.array_split(levels, grid[0]):
            for cell in np.array_split(band, grid[1], axis=1):
                matrix = graycomatrix(  # type: ignore[no-untyped-call]
                    cell, DISTANCES, ANGLES, levels=8, symmetric=symmetric, normed=normed
                )
                expected += [graycoprops(matrix, each).ravel() for each in PROPERTIES]  # type: ignore[no-untyped-call]
                expected.append(matrix.ravel())
        np.testing.assert_allclose(row, np.concatenate(expected), rtol=1e-6, atol=1e-7)


def test_names_follow_the_order_of_the_values() -> None:
    extractor = CoOccurrence(distances=[1, 2.5], angles=[0, np.pi / 2], grid=(1, 2), levels=3)
    extractor.set_params(properties=["energy", "matrix"])
    names = extractor.fit(IMAGES).get_feature_names_out().tolist()
    assert names[:3] == [
        "cell_0_0_energy_distance1_angle0",
        "cell_0_0_energy_distance1_angle90",
        "cell_0_0_energy_distance2.5_angle0",
    ]
    assert names[-1] == "cell_0_1_pair2_2_distance2.5_angle90"
    assert len(names) == 2 * 4 * (1 + 9)


@pytest.mark.parametrize("value", [0, 130, 255])
def test_a_flat_image_is_correlated_and_has_no_contrast(value: int) -> None:
    images = np.full((1, 6, 5, 3), value, dtype=np.uint8)
    extractor = CoOccurrence(angles=[0], levels=256)
    found = dict(zip(PROPERTIES, extractor.fit_transform(images)[0].tolist(), strict=True))
    level = float(value)
    assert found == dict.fromkeys(PROPERTIES, 0.0) | {
        "homogeneity": 1.0,
        "ASM": 1.0,
        "energy": 1.0,
        "correlation": 1.0,
        "mean": level,
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levels": 1}, "levels must be a whole number from 2 to 256, got 1"),
        ({"levels": 257}, "levels must be a whole number from 2 to 256, got 257"),
        ({"distances": []}, r"distances must be .* got \[\]"),
        ({"distances": 0}, r"distances must be a number in \(0, 1000\], .* got 0"),
        ({"distances": [1, 1.0]}, "distances must name each number once"),
        ({"angles": "0"}, "angles must be a number"),
        ({"distances": 0.7}, r"distance 0.7 at the angle 0.785 leads to no other pixel"),
        ({"levels": 256, "distances": range(1, 18)}, r"at most 4194304, got 256² · 17 · 4 ="),
        ({"properties": "haralick"}, "properties must be one of 'all', 'matrix', 'contrast'"),
        ({"properties": ["all", "ASM"]}, "properties must name each once"),
        ({"properties": []}, r"properties must be one of .* got \[\]"),
        ({"symmetric": 1}, "symmetric must be True or False, got 1"),
        ({"levels": 256, "properties": "matrix", "grid": (3, 3)}, "1048576 columns at most"),
        ({"grid": (30, 1)}, "grid has 30 rows but there are only 20 positions"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CoOccurrence(**options).fit(IMAGES)
