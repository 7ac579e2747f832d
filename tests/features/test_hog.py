from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.feature import hog as reference_hog

from features import HOG
from features.edges.blocks import BLOCK_NORMS


def reference(images: npt.NDArray[Any], **options: Any) -> npt.NDArray[Any]:
    return np.stack([reference_hog(image, channel_axis=-1, **options) for image in images])


@st.composite
def cases(draw: st.DrawFn) -> tuple[npt.NDArray[Any], dict[str, Any]]:
    cell = (draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    block = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    height = cell[0] * block[0] + draw(st.integers(0, 12))
    width = cell[1] * block[1] + draw(st.integers(0, 12))
    # scikit-image hands a one-pixel-wide gradient an empty slice but refuses images of one row.
    shape = (2, max(height, 2), max(width, 2), draw(st.sampled_from([1, 3])))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["noise", "few levels", "float32", "float64", "flat"]))
    if kind == "noise":
        images: npt.NDArray[Any] = rng.integers(0, 256, shape).astype(np.uint8)
    elif kind == "few levels":
        # Many gradients at 0°, 45° and 90°, on the edges of bins, and many ties of channels.
        images = (rng.integers(0, 3, shape) * 100).astype(np.uint8)
    elif kind == "flat":
        images = np.full(shape, 77, dtype=np.uint8)
    else:
        images = rng.random(shape).astype(kind)
    options = {
        "orientations": draw(st.integers(1, 18)),
        "pixels_per_cell": cell,
        "cells_per_block": block,
        "block_norm": draw(st.sampled_from(BLOCK_NORMS)),
        "transform_sqrt": draw(st.booleans()),
    }
    return images, options


@pytest.mark.filterwarnings("ignore:the last .* are left out")
@given(case=cases())
def test_equals_scikit_image(case: tuple[npt.NDArray[Any], dict[str, Any]]) -> None:
    images, options = case
    np.testing.assert_allclose(
        HOG(**options).fit_transform(images), reference(images, **options), rtol=0, atol=1e-5
    )


def test_equals_scikit_image_on_photographs_size() -> None:
    images = np.random.default_rng(3).integers(0, 256, (1, 200, 150, 3), dtype=np.uint8)
    with pytest.warns(UserWarning, match="the last 0 rows and 6 columns of pixels do not fill"):
        ours = HOG().fit_transform(images)
    theirs = reference(images, pixels_per_cell=(8, 8), cells_per_block=(2, 2))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


@given(seed=st.integers(0, 1000), shift=st.integers(1, 100))
def test_constant_shift_changes_nothing(seed: int, shift: int) -> None:
    images = np.random.default_rng(seed).integers(0, 156, (1, 16, 16, 3), dtype=np.uint8)
    shifted = (images + shift).astype(np.uint8)
    np.testing.assert_array_equal(HOG().fit_transform(images), HOG().fit_transform(shifted))


@pytest.mark.parametrize("axis", [1, 2])
def test_rising_and_falling_ramp_carry_the_same_energy(axis: int) -> None:
    ramp = np.arange(0, 160, 10, dtype=np.uint8)
    rising = np.moveaxis(np.broadcast_to(ramp, (1, 16, 1, 16)), 3, axis).reshape(1, 16, 16, 1)
    falling = np.flip(rising, axis=axis)
    assert HOG().fit_transform(rising).sum() > 0
    np.testing.assert_array_equal(HOG().fit_transform(rising), HOG().fit_transform(falling))


def test_names_follow_the_order_of_the_values() -> None:
    hog = HOG(orientations=2, pixels_per_cell=(4, 4), cells_per_block=(1, 2))
    # A block in the upper right corner: one edge along each direction, all within one cell.
    image = np.zeros((1, 8, 12, 1), dtype=np.uint8)
    image[:, :3, 10:] = 200
    votes = hog.fit_transform(image)[0]
    lit = set(hog.get_feature_names_out()[votes > 0])
    assert lit == {"block_0_1_cell_0_1_orientation0", "block_0_1_cell_0_1_orientation1"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"orientations": 0}, "orientations must be a whole number from 1 .*got 0"),
        ({"orientations": 256}, "orientations must be .* got 256"),
        ({"pixels_per_cell": (8, 0)}, r"pixels_per_cell must be a whole number from 1"),
        ({"cells_per_block": (2, 2, 2)}, "cells_per_block must be a whole number from 1"),
        ({"block_norm": "l2"}, "block_norm must be one of 'L1', 'L1-sqrt', 'L2', 'L2-Hys', got"),
        ({"transform_sqrt": 1}, "transform_sqrt must be True or False, got 1"),
        ({"pixels_per_cell": (20, 20)}, "images of 32×32 pixels are too small: .* takes 40×40"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HOG(**options).fit(np.zeros((1, 32, 32, 3), dtype=np.uint8))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_of_floats_do_not_depend_on_their_batch(dtype: type) -> None:
    images: npt.NDArray[np.floating] = np.random.default_rng(0).random((70, 9, 14, 3)).astype(dtype)
    hog = HOG(pixels_per_cell=(3, 2), transform_sqrt=True).fit(images)
    together = hog.transform(images)
    for size in (1, 2, 5, 31, 64):
        np.testing.assert_array_equal(hog.transform(images[3 : 3 + size]), together[3 : 3 + size])


def test_floats_outside_the_unit_interval_are_refused() -> None:
    with pytest.raises(ValueError, match=r"float images must be in \[0, 1\], got 0 … 255"):
        HOG().fit(np.array([0.0, 255.0]).repeat(128).reshape(1, 16, 16, 1))
    with pytest.raises(ValueError, match=r"float images must be in \[0, 1\], got nan"):
        HOG().fit(np.full((1, 16, 16, 1), np.nan))


def test_glyphs_stand_alone_and_show_the_edge() -> None:
    image = np.zeros((1, 32, 32, 1), dtype=np.uint8)
    image[:, :, 20:] = 255  # an upright edge in the third column of cells
    (picture,) = HOG(orientations=8).fit(image).pictures(image)
    assert picture.image.shape == (128, 128, 3)
    cells = picture.image[..., 0].reshape(4, 32, 4, 32)
    dark = (cells < 128).sum(axis=(1, 3))
    assert dark[:, 2].min() > 20
    assert dark[:, [0, 3]].max() == 0


def test_one_number_stands_for_both_sides_of_a_cell_in_the_pictures_too() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    one, two = (HOG(pixels_per_cell=cell).fit(images) for cell in (4, (4, 4)))  # type: ignore[arg-type]
    for ours, theirs in zip(one.pictures(images), two.pictures(images), strict=True):
        np.testing.assert_array_equal(ours.image, theirs.image)


def test_cells_and_strokes_are_of_images_like_those_fitted() -> None:
    hog = HOG(pixels_per_cell=(4, 4)).fit(np.zeros((1, 16, 16, 3), dtype=np.uint8))
    others = {
        r"must be \(16, 16, 3\) each, .* got \(8, 16, 3\)": np.zeros((1, 8, 16, 3), np.uint8),
        "float images must be": np.full((1, 16, 16, 3), np.nan),
        r"one image is images\[None\]": np.zeros((16, 16, 3), np.uint8),
    }
    asks: list[Callable[[Any], Any]] = [hog.cell_histograms, lambda few: hog.glyphs(few, zoom=1)]
    for ask in asks:
        for message, images in others.items():
            with pytest.raises(ValueError, match=message):
                ask(images)


def test_glyphs_need_a_size() -> None:
    images = np.zeros((1, 16, 16, 3), np.uint8)
    with pytest.raises(ValueError, match="zoom must be"):
        HOG().fit(images).glyphs(images, zoom=0)
