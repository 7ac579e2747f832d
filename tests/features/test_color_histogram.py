from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import color

from features import ColorHistogram
from features.colors.color_spaces import COLOR_SPACES


def random_images(seed: int, n: int = 2, channels: int = 3) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 11, 13, channels)).astype(np.uint8)


def reference(
    values: npt.NDArray[Any], bins: int, grid: tuple[int, int], ranges: Any
) -> npt.NDArray[np.float64]:
    """numpy.histogramdd on each cell of numpy.array_split, in a loop."""
    out = []
    for image in values:
        for band in np.array_split(image, grid[0], axis=0):
            for cell in np.array_split(band, grid[1], axis=1):
                pixels = cell.reshape(-1, cell.shape[-1])
                counts, _ = np.histogramdd(pixels, bins=bins, range=ranges)
                out.append(counts.ravel() / len(pixels))
    return np.array(out).reshape(len(values), -1)


grids = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(st.integers(0, 999), st.integers(1, 12), grids, st.sampled_from([1, 3]))
def test_rgb_equals_histogramdd(seed: int, bins: int, grid: tuple[int, int], channels: int) -> None:
    images = random_images(seed, channels=channels)
    out = ColorHistogram(bins=bins, grid=grid).fit_transform(images)
    expected = reference(images, bins, grid, [(0, 256)] * channels)
    np.testing.assert_allclose(out, expected, rtol=1e-6)


def test_every_byte_falls_where_histogram_puts_it() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    for bins in range(1, 257):
        out = ColorHistogram(bins=bins).fit_transform(images)
        expected, _ = np.histogram(np.arange(256), bins=bins, range=(0, 256))
        np.testing.assert_array_equal(np.rint(out[0] * 256), expected, f"{bins} bins")


@pytest.mark.parametrize("bins", [1, 4, 5, 8, 10])
@pytest.mark.parametrize("space", ["hsv", "lab"])
def test_other_spaces_equal_histogramdd_of_scikit_image(space: str, bins: int) -> None:
    # Coarse levels put many colours exactly on the edges of bins.
    images = (random_images(0, n=6) // 51 * 51).astype(np.uint8)
    convert = color.rgb2hsv if space == "hsv" else color.rgb2lab
    out = ColorHistogram(bins=bins, color_space=space).fit_transform(images)
    expected = reference(convert(images), bins, (1, 1), COLOR_SPACES[space].ranges)
    np.testing.assert_allclose(out, expected, atol=1e-6)


@given(st.integers(0, 999), st.sampled_from(["rgb", "hsv", "lab"]), st.booleans())
def test_shuffling_pixels_changes_nothing(seed: int, space: str, soft: bool) -> None:
    images = random_images(seed, n=1)
    pixels = images.reshape(-1, 3)
    shuffled = np.random.default_rng(seed).permutation(pixels).reshape(images.shape)
    histogram = ColorHistogram(bins=4, color_space=space, soft=soft)
    np.testing.assert_allclose(
        histogram.fit_transform(images), histogram.fit_transform(shuffled), atol=1e-6
    )


@given(st.integers(0, 999), st.sampled_from(["rgb", "hsv", "lab"]), st.booleans(), grids)
def test_cells_sum_to_one(seed: int, space: str, soft: bool, grid: tuple[int, int]) -> None:
    options: dict[str, Any] = {"bins": 3, "color_space": space, "soft": soft, "grid": grid}
    out = ColorHistogram(**options).fit_transform(random_images(seed))
    cells = out.reshape(2, grid[0] * grid[1], 27)
    np.testing.assert_allclose(cells.sum(axis=2), 1, atol=1e-5)
    roots = ColorHistogram(**options, norm="hellinger").fit_transform(random_images(seed))
    np.testing.assert_allclose(roots**2, out, atol=1e-6)


def test_pyramid_is_its_levels_side_by_side() -> None:
    images = random_images(5)
    levels = [
        ColorHistogram(bins=2, grid=level).fit_transform(images) for level in [(1, 1), (2, 3)]
    ]
    pyramid = ColorHistogram(bins=2, grid=[[1, 1], [2, 3]]).fit_transform(images)
    np.testing.assert_array_equal(pyramid, np.concatenate(levels, axis=1))


@pytest.mark.parametrize("channels", [1, 3])
def test_soft_votes_equal_hat_functions(channels: int) -> None:
    """A bin's share of a value is max(0, 1 - distance to its centre in bins), ends extended."""
    bins = 5
    images = random_images(1, channels=channels)
    position = (images.reshape(2, -1, channels) + 0.5) * bins / 256 - 0.5
    hats = np.maximum(0, 1 - np.abs(position.clip(0, bins - 1)[..., None] - np.arange(bins)))
    joint = hats[:, :, 0]
    for channel in range(1, channels):
        joint = (joint[..., None] * hats[:, :, channel, None, :]).reshape(*hats.shape[:2], -1)
    out = ColorHistogram(bins=bins, soft=True).fit_transform(images)
    np.testing.assert_allclose(out, joint.mean(axis=1), atol=1e-6)


def test_soft_votes_move_little_where_hard_ones_jump() -> None:
    before = np.full((1, 4, 4, 1), 127, dtype=np.uint8)
    after = before + np.uint8(1)
    hard, soft = ColorHistogram(bins=2), ColorHistogram(bins=2, soft=True)
    assert np.abs(hard.fit_transform(before) - hard.fit_transform(after)).sum() == 2
    assert np.abs(soft.fit_transform(before) - soft.fit_transform(after)).sum() < 0.02


def test_soft_hue_goes_around() -> None:
    """Red lies where hue begins and ends: its share goes to the first and the last bin."""
    red = np.array([255, 0, 0], dtype=np.uint8).reshape(1, 1, 1, 3)
    histogram = ColorHistogram(bins=4, color_space="hsv", soft=True)
    out = histogram.fit_transform(red)[0]
    names = histogram.get_feature_names_out()
    shares = {name.split("_")[3]: value for name, value in zip(names, out, strict=True) if value}
    assert shares == {"hue0": 0.5, "hue3": 0.5}


def test_names_follow_the_order_of_the_values() -> None:
    image = np.zeros((1, 2, 2, 3), dtype=np.uint8)
    image[0, 1, 0] = (255, 100, 0)
    histogram = ColorHistogram(bins=4, grid=(2, 2))
    out = histogram.fit_transform(image)[0]
    assert set(histogram.get_feature_names_out()[out > 0]) == {
        "cell_0_0_red0_green0_blue0",
        "cell_0_1_red0_green0_blue0",
        "cell_1_0_red3_green1_blue0",
        "cell_1_1_red0_green0_blue0",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bins": 0}, "bins must be a whole number from 1 .*got 0"),
        ({"bins": 257}, "bins must be a whole number from 1 to 256"),
        ({"bins": 128}, "at most 1048576, got bins=128 with 3 channels and 1 cells"),
        ({"color_space": "xyz"}, "color_space must be one of 'rgb', 'hsv', 'lab', got 'xyz'"),
        ({"norm": "l2"}, "norm must be one of 'l1', 'hellinger', got 'l2'"),
        ({"soft": "yes"}, "soft must be True or False, got 'yes'"),
        ({"grid": (12, 1)}, "grid has 12 rows but there are only 11 positions to split"),
        ({"grid": "2x2"}, r"grid must be .* got '2x2'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ColorHistogram(**options).fit(random_images(0))


def test_colours_keep_their_share_and_lose_their_place() -> None:
    image = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    image[:, ::2, :, 0] = 255  # every other row red
    (picture,) = ColorHistogram(bins=2).fit(image).pictures(image)
    found, counts = np.unique(picture.image.reshape(-1, 3), axis=0, return_counts=True)
    assert found.tolist() == [[64, 64, 64], [192, 64, 64]]
    assert counts.tolist() == [32, 32]
    assert len(np.unique(picture.image[:4].reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("norm", ["l1", "hellinger"])
@pytest.mark.parametrize("space", ["rgb", "hsv", "lab"])
def test_flat_colour_stays_about_what_it_is(space: str, norm: str) -> None:
    image = np.full((1, 6, 6, 3), (200, 90, 40), dtype=np.uint8)
    extractor = ColorHistogram(bins=32, color_space=space, norm=norm, grid=[(1, 1), (2, 3)])
    (picture,) = extractor.fit(image).pictures(image)
    assert len(np.unique(picture.image.reshape(-1, 3), axis=0)) == 1
    assert np.abs(picture.image[0, 0].astype(int) - (200, 90, 40)).max() < 16


def test_pixels_of_images_of_any_size_have_bins_and_no_others() -> None:
    images = random_images(0)
    histogram = ColorHistogram(bins=2).fit(images)
    halves = histogram.bin_of_pixels(images[:, ::2])
    np.testing.assert_array_equal(halves, histogram.bin_of_pixels(images)[:, ::2])
    np.testing.assert_array_equal(histogram.bin_of_pixels(list(images[:, ::2])), halves)  # type: ignore[arg-type]
    for wrong in (images / 255, images.astype(np.int64), images[0]):
        with pytest.raises(ValueError, match="images must be uint8"):
            histogram.bin_of_pixels(wrong)
