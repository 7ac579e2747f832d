from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from skimage.feature import local_binary_pattern

from features import LocalBinaryPatterns
from features.textures.grey import grey_levels

RNG = np.random.default_rng(0)
COARSE = RNG.integers(0, 200, (3, 4, 5, 3)).repeat(5, axis=1).repeat(4, axis=2)
IMAGES = (COARSE + RNG.integers(0, 8, COARSE.shape)).astype(np.uint8)
N_BINS = {"uniform": 10, "nri_uniform": 59, "default": 256}


def of_cells(image: npt.NDArray[Any], grid: tuple[int, int]) -> list[npt.NDArray[Any]]:
    return [
        cell
        for band in np.array_split(image, grid[0])
        for cell in np.array_split(band, grid[1], axis=1)
    ]


@pytest.mark.parametrize("method", N_BINS)
@pytest.mark.parametrize("grid", [(1, 1), (3, 2)])
@pytest.mark.parametrize("channels", [1, 3])
def test_histograms_are_those_of_scikit_images_patterns(
    method: str, grid: tuple[int, int], channels: int
) -> None:
    images = IMAGES[..., :channels]
    out = LocalBinaryPatterns(method=method, grid=grid).fit_transform(images)
    for row, levels in zip(out, grey_levels(images), strict=True):
        patterns = local_binary_pattern(levels, 8, 1, method).astype(int)  # type: ignore[no-untyped-call]
        expected = [
            np.bincount(cell.ravel(), minlength=N_BINS[method]) / cell.size
            for cell in of_cells(patterns, grid)
        ]
        np.testing.assert_array_equal(row, np.concatenate(expected).astype(np.float32))


def test_rotations_share_a_bin_that_is_named_after_the_smallest() -> None:
    extractor = LocalBinaryPatterns(method="ror").fit(IMAGES)
    names = extractor.get_feature_names_out()
    shares = dict(zip(names, extractor.transform(IMAGES)[0], strict=True))
    patterns = local_binary_pattern(grey_levels(IMAGES)[0], 8, 1, "ror")  # type: ignore[no-untyped-call]
    for pattern, count in zip(*np.unique(patterns, return_counts=True), strict=True):
        share = shares.pop(f"cell_0_0_pattern{pattern:.0f}")
        assert share == np.float32(count / patterns.size)
    assert not any(shares.values())


def test_circles_stand_side_by_side() -> None:
    both = LocalBinaryPatterns(radius=[1, 2.5], n_points=[8, 20], grid=(2, 2)).fit(IMAGES)
    parts = [
        LocalBinaryPatterns(radius=radius, n_points=n, grid=(2, 2)).fit_transform(IMAGES)
        for radius, n in ((1, 8), (2.5, 20))
    ]
    np.testing.assert_array_equal(both.transform(IMAGES), np.hstack(parts))
    names = both.get_feature_names_out()
    assert names[0] == "radius1_points8_cell_0_0_pattern0"
    assert names[-1] == "radius2.5_points20_cell_1_1_pattern21"


def test_one_number_of_points_is_for_all_radii() -> None:
    out = LocalBinaryPatterns(radius=[1, 2]).fit_transform(IMAGES)
    again = LocalBinaryPatterns(radius=[1, 2], n_points=[8, 8]).fit_transform(IMAGES)
    np.testing.assert_array_equal(out, again)


def test_hellinger_is_the_square_root() -> None:
    plain = LocalBinaryPatterns(grid=(2, 1))
    roots = LocalBinaryPatterns(grid=(2, 1), norm="hellinger")
    np.testing.assert_allclose(
        roots.fit_transform(IMAGES) ** 2, plain.fit_transform(IMAGES), atol=1e-6
    )


def test_light_and_contrast_change_nothing_inside() -> None:
    """A point beyond the image is black, so pixels at the border are not compared."""
    darker = (IMAGES // 2)[..., :1]
    lighter = 2 * darker + np.uint8(1)
    maps = [LocalBinaryPatterns().fit(each).label_maps(each) for each in (darker, lighter)]
    same = maps[0][:, 1:-1, 1:-1] == maps[1][:, 1:-1, 1:-1]
    # Interpolation rounds, and so ties may come out in another way.
    assert same.mean() > 0.97


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"radius": 0}, r"radius must be a number in \(0, 1000\], .* got 0"),
        ({"radius": 1001}, r"radius must be .* got 1001"),
        ({"radius": []}, r"radius must be .* got \[\]"),
        ({"radius": [1, 1]}, "must name each circle once"),
        ({"radius": [1, 2], "n_points": [8]}, r"radius and n_points must be as many.*\[8\]"),
        ({"n_points": 32}, "n_points must be at most 31 with the method 'uniform', got 32"),
        ({"n_points": 17, "method": "ror"}, "at most 16 with the method 'ror', got 17"),
        ({"n_points": 16, "method": "default", "grid": (5, 5)}, "may ask for 1048576 bins at most"),
        ({"method": "var"}, "method must be one of 'uniform', 'nri_uniform', 'ror', 'default'"),
        ({"norm": "l2"}, "norm must be one of 'l1', 'hellinger', got 'l2'"),
        ({"grid": (30, 1)}, "grid has 30 rows but there are only 20 positions"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LocalBinaryPatterns(**options).fit(IMAGES)


def test_maps_are_of_images_like_those_fitted_and_of_a_circle_that_there_is() -> None:
    patterns = LocalBinaryPatterns(radius=[1, 2]).fit(IMAGES)
    with pytest.raises(ValueError, match=r"must be \(20, 20, 3\) each, .* got \(10, 20, 3\)"):
        patterns.label_maps(IMAGES[:, ::2])
    with pytest.raises(ValueError, match="images must be uint8"):
        patterns.label_maps(IMAGES.astype(np.int64))
    for circle in (2, -1):
        with pytest.raises(ValueError, match=rf"circle must be a whole .* 0 to 1, got {circle}"):
            patterns.label_maps(IMAGES, circle=circle)
