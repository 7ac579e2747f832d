"""The quick bins are those of `skimage.color` and `numpy.histogramdd`, for every colour."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from skimage import color

from features.colors.color_spaces import COLOR_SPACES

CONVERSIONS = {"hsv": color.rgb2hsv, "lab": color.rgb2lab}
TIE = 1e-11
"""Two ways to add up in double precision are closer than that, and an edge may lie between."""


def check_bins(name: str, several_bins: Iterable[int], pixels: npt.NDArray[np.uint8]) -> int:
    """Check the bin of each pixel (n, 3); return how many lie on an edge, in either bin.

    `histogramdd` counts a value in the bin that it is in by its edges, the last edge included;
    so does this, with the channels one by one.
    """
    space = COLOR_SPACES[name]
    assert space.bins_of is not None
    values = CONVERSIONS[name](pixels[None])[0]
    on_an_edge = 0
    for bins in several_bins:
        joint = space.bins_of(pixels, bins, space.ranges)
        for channel, (low, high) in reversed(list(enumerate(space.ranges))):
            joint, levels = np.divmod(joint, np.uint32(bins))
            edges = np.linspace(low, high, bins + 1)
            assert values[:, channel].min() >= low - TIE
            assert values[:, channel].max() <= high + TIE
            expected = np.searchsorted(edges, values[:, channel], side="right") - 1
            (wrong,) = np.nonzero(levels != expected.clip(0, bins - 1))
            nearest = np.abs(values[wrong, channel, None] - edges).min(axis=1)
            assert (nearest < TIE).all(), (name, bins, pixels[wrong][nearest.argmax()])
            on_an_edge += len(wrong)
        assert not joint.any()
    return on_an_edge


def candidates() -> npt.NDArray[np.uint8]:
    """Every 15th level, all greys, all hues of full colour, and the darkest colours."""
    levels = np.array(list(product(range(0, 256, 15), repeat=3)))
    dark = np.array(list(product(range(12), repeat=3)))
    greys = np.arange(256)[:, None].repeat(3, axis=1)
    ramp = np.arange(256)
    ends = np.zeros_like(ramp)
    hues = [
        np.column_stack([each[i] for i in order])
        for each in ((ramp, ends, ends + 255), (ramp, ramp, ends + 255), (ramp, ends, ends))
        for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0), (1, 0, 2), (0, 2, 1))
    ]
    return np.concatenate([levels, dark, greys, *hues]).astype(np.uint8)


@pytest.mark.parametrize("name", ["hsv", "lab"])
def test_colours_that_may_be_on_an_edge_are_in_their_bin(name: str) -> None:
    assert check_bins(name, [1, 2, 3, 6, 8, 12, 51, 101], candidates()) == 0
    # The edges of 62 bins of a* run through zero, where the greys are, but for their rounding.
    assert check_bins(name, [62], candidates()) <= (256 if name == "lab" else 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hsv", "lab"])
def test_all_colours_are_in_their_bin(name: str) -> None:
    green, blue = np.divmod(np.arange(1 << 16), 256)
    for red in range(256):
        pixels = np.column_stack([np.full_like(green, red), green, blue]).astype(np.uint8)
        assert check_bins(name, [4, 8, 9, 100], pixels) == 0


@pytest.mark.parametrize("name", ["hsv", "lab"])
def test_other_ranges_cut_other_bins_and_hold_what_lies_beyond(name: str) -> None:
    space, pixels, bins = COLOR_SPACES[name], candidates(), 5
    ranges = tuple((low + 0.3 * (high - low), high - 0.2) for low, high in space.ranges)
    assert space.bins_of is not None
    assert space.from_rgb is not None
    expected = np.zeros(len(pixels), dtype=np.int64)
    for values, (low, high) in zip(space.from_rgb(pixels), ranges, strict=True):
        edges = np.linspace(low, high, bins + 1)
        levels = np.searchsorted(edges, values, side="right") - 1
        expected = expected * bins + levels.clip(0, bins - 1)
    np.testing.assert_array_equal(space.bins_of(pixels, bins, ranges), expected)
