from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from skimage.feature import local_binary_pattern

from features.textures.patterns import METHODS, histogram_bins, labels_of, pattern_codes

RNG = np.random.default_rng(0)
Levels = npt.NDArray[np.uint8]

IMAGES: dict[str, Levels] = {
    "black": np.zeros((20, 9), np.uint8),
    "flat": np.full((20, 30), 77, np.uint8),
    "white": np.full((9, 20), 255, np.uint8),
    "ramp": np.arange(0, 240, 8, dtype=np.uint8)[None].repeat(20, axis=0),
    "slope": (3 * np.arange(25)[:, None] + 5 * np.arange(21)).astype(np.uint8),
    "noise": RNG.integers(0, 256, (33, 27), dtype=np.uint8),
    "ties": RNG.integers(0, 3, (60, 17), dtype=np.uint8),
    "row": RNG.integers(0, 4, (1, 30), dtype=np.uint8),
    "column": RNG.integers(0, 4, (90, 1), dtype=np.uint8),
    "pixel": np.array([[7]], np.uint8),
}
CIRCLES = [
    (1, 8),
    (2, 16),
    (3, 24),
    (1.5, 12),
    (2.3, 7),
    (0.3, 5),
    (1, 1),
    (1, 2),
    (40, 9),
    (5, 31),
]


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize(("radius", "n_points"), CIRCLES)
def test_every_pattern_is_scikit_images(name: str, radius: float, n_points: int) -> None:
    levels = IMAGES[name]
    codes = pattern_codes(levels[None], radius, n_points)
    for method in METHODS:
        if method != "ror" or n_points <= 16:
            expected = local_binary_pattern(levels, n_points, radius, method)  # type: ignore[no-untyped-call]
            np.testing.assert_array_equal(labels_of(codes, n_points, method)[0], expected)


@pytest.mark.parametrize("n_points", [1, 2, 3, 8, 11])
def test_every_code_has_scikit_images_label(n_points: int) -> None:
    """Also those that no image above happens to have: points beyond it are darker or not."""
    codes = np.arange(1 << n_points)
    bits = np.array([[code >> i & 1 for i in range(n_points)] for code in codes])
    runs = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    uniform = np.where(runs <= 2, bits.sum(axis=1), n_points + 1)
    np.testing.assert_array_equal(labels_of(codes, n_points, "uniform"), uniform)
    turned = [np.roll(bits, turn, axis=1) @ (1 << np.arange(n_points)) for turn in range(n_points)]
    np.testing.assert_array_equal(labels_of(codes, n_points, "ror"), np.min(turned, axis=0))


def test_there_are_as_many_bins_as_patterns() -> None:
    sizes = {method: len(histogram_bins(8, method)[0]) for method in METHODS}
    assert sizes == {"uniform": 10, "nri_uniform": 59, "ror": 36, "default": 256}


def test_more_light_and_contrast_keep_the_patterns_inside_the_image() -> None:
    levels = RNG.integers(0, 16, (4, 40, 40), dtype=np.uint8)
    inside = (slice(None), slice(1, -1), slice(1, -1))
    codes = pattern_codes(levels, 1, 8)
    lighter, squared = pattern_codes(3 * levels + 20, 1, 8), pattern_codes(levels**2, 1, 8)
    changed = (codes ^ lighter)[inside]
    # Where points lie between pixels, rounding decides the few that are as light as the pixel.
    assert np.mean(changed > 0) < 0.01
    assert not (changed & 0b01010101).any()
    # The square keeps the order of grey values, and so the points that lie on pixels.
    changed = (codes ^ squared)[inside]
    assert np.mean(changed > 0) > 0.1
    assert not (changed & 0b01010101).any()
