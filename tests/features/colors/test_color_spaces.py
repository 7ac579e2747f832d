from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from skimage import color

from features import ColorHistogram
from features.colors.color_spaces import COLOR_SPACES, GREY, ColorSpace, rgb_to_hsv, rgb_to_lab
from features.explain import color_picture


def many_colors() -> npt.NDArray[np.uint8]:
    """Every combination of 18 levels, 0 and 255 among them, and so all greys and ties."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 1, 3)


def test_hsv_equals_scikit_image_bit_for_bit() -> None:
    ours = np.moveaxis(rgb_to_hsv(many_colors()), 0, -1)
    np.testing.assert_array_equal(ours, color.rgb2hsv(many_colors()))


def test_lab_equals_scikit_image() -> None:
    ours = np.moveaxis(rgb_to_lab(many_colors()), 0, -1)
    np.testing.assert_allclose(ours, color.rgb2lab(many_colors()), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["hsv", "lab"])
def test_ranges_hold_every_color_and_little_else(name: str) -> None:
    space = COLOR_SPACES[name]
    assert space.from_rgb is not None
    for values, (low, high) in zip(space.from_rgb(many_colors()), space.ranges, strict=True):
        assert low <= values.min()
        assert values.max() <= high + 1e-4
        assert np.ptp(values) > 0.93 * (high - low)


@pytest.mark.parametrize("name", list(COLOR_SPACES))
def test_colors_come_back_for_the_pictures(name: str) -> None:
    space, pixels = COLOR_SPACES[name], many_colors()
    values = pixels[:, 0].T if space.from_rgb is None else space.from_rgb(pixels)[..., 0]
    back = space.to_rgb(np.ascontiguousarray(values.T, dtype=np.float64))
    np.testing.assert_allclose(back, pixels[:, 0], atol=0.02)


def test_grey_goes_from_black_to_white() -> None:
    ends = np.array([[0.0], [256.0]])
    np.testing.assert_array_equal(GREY.to_rgb(ends), [[0, 0, 0], [255, 255, 255]])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ranges": ((0.0, 1.0),)}, "2 channels must have as many ranges"),
        ({"ranges": ((0.0, 1.0), (1.0, 1.0))}, "low < high"),
        ({"hue": 2}, "hue must be one of the 2 channels, got 2"),
        ({"from_rgb": None}, r"without from_rgb each range must be \(0, 256\)"),
    ],
)
def test_impossible_entries_are_refused(wrong: dict[str, Any], message: str) -> None:
    entry: dict[str, Any] = {
        "channels": ("a", "b"),
        "ranges": ((0.0, 1.0), (0.0, 1.0)),
        "to_rgb": np.asarray,
        "from_rgb": rgb_to_hsv,
    }
    with pytest.raises(ValueError, match=message):
        ColorSpace(**entry | wrong)


def to_hue_and_sum(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The sum of the channels, 0 … 3, and hue: a space of two channels."""
    return np.stack([images.sum(axis=-1) / 255.0, rgb_to_hsv(images)[0]])


@pytest.fixture
def one_entry_more(monkeypatch: pytest.MonkeyPatch) -> ColorSpace:
    space = ColorSpace(
        channels=("sum", "hue"),
        ranges=((0.0, 3.0), (0.0, 1.0)),
        to_rgb=lambda colors: np.repeat(85 * colors[:, :1], 3, axis=1),
        from_rgb=to_hue_and_sum,
        hue=1,
    )
    monkeypatch.setitem(COLOR_SPACES, "sum-hue", space)
    return space


@pytest.mark.usefixtures("one_entry_more")
def test_one_entry_adds_a_colour_space() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    histogram = ColorHistogram(bins=4, color_space="sum-hue", grid=(1, 2)).fit(images)
    out = histogram.transform(images).reshape(5, 2, 16)
    for image, cells in zip(images, out, strict=True):
        for half, cell in zip(np.array_split(image, 2, axis=1), cells, strict=True):
            values = np.moveaxis(to_hue_and_sum(half), 0, -1).reshape(-1, 2)
            expected, _ = np.histogramdd(values, bins=4, range=[(0, 3), (0, 1)])
            np.testing.assert_allclose(cell, expected.ravel() / 32, atol=1e-6)
    assert histogram.get_feature_names_out()[1] == "cell_0_0_sum0_hue1"
    with pytest.raises(ValueError, match="must be one of 'rgb', 'hsv', 'lab', 'sum-hue', got 'x'"):
        ColorHistogram(color_space="x").fit(images)


@pytest.mark.usefixtures("one_entry_more")
def test_the_hue_of_an_added_space_goes_around() -> None:
    image = np.full((1, 2, 2, 3), (255, 1, 3), dtype=np.uint8)  # a red with a hue just below 1
    (shares,) = ColorHistogram(bins=4, color_space="sum-hue", soft=True).fit_transform(image)
    by_hue = shares.reshape(4, 4).sum(axis=0)
    np.testing.assert_allclose(by_hue[[0, 3]], 0.5, atol=0.02)


@pytest.mark.usefixtures("one_entry_more")
def test_an_added_space_has_its_pictures() -> None:
    image = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    image[:, :4] = 255
    histogram = ColorHistogram(bins=4, color_space="sum-hue").fit(image)
    (picture,) = histogram.pictures(image)
    # The middles of the first and the last quarter of 0 … 3, as grey.
    assert (picture.image[:4] == round(85 * 0.375)).all()
    assert (picture.image[4:] == round(85 * 2.625)).all()
    bars = color_picture(image[0], histogram, zoom=2, n_bars=2)[:, 18:]
    assert {tuple(color) for color in bars.reshape(-1, 3).tolist()} == {(0, 0, 0), (255,) * 3}
