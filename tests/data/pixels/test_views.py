"""Views of images, and the row in which their features lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.pixels.views import N_VIEWS, apart, interleaved, places_of, views_of

IMAGES = np.arange(2 * 3 * 4 * 1, dtype=np.uint8).reshape(2, 3, 4, 1)
SIZES = st.integers(1, 4)


def features(seed: int, n: int, n_views: int, d: int) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, d)).astype(np.float32) for _ in range(n_views)]


def test_one_view_is_the_image_itself() -> None:
    (view,) = views_of(IMAGES, 1, shift=1)
    assert np.array_equal(view, IMAGES)


def test_the_second_view_is_mirrored() -> None:
    image, mirrored = views_of(IMAGES, 2, shift=1)
    assert np.array_equal(image, IMAGES)
    assert mirrored[0, ..., 0].tolist() == [[3, 2, 1, 0], [7, 6, 5, 4], [11, 10, 9, 8]]


def test_ten_views_are_shifted_to_four_corners() -> None:
    seen = views_of(IMAGES, 10, shift=1)
    assert len(seen) == 10
    # A view that looks one row higher and one column further left repeats the border there.
    assert [view[0, ..., 0].tolist() for view in seen[2::2]] == [
        [[0, 0, 1, 2], [0, 0, 1, 2], [4, 4, 5, 6]],
        [[1, 2, 3, 3], [1, 2, 3, 3], [5, 6, 7, 7]],
        [[4, 4, 5, 6], [8, 8, 9, 10], [8, 8, 9, 10]],
        [[5, 6, 7, 7], [9, 10, 11, 11], [9, 10, 11, 11]],
    ]
    for view, mirrored in zip(seen[::2], seen[1::2], strict=True):
        assert np.array_equal(mirrored, view[:, :, ::-1])


@pytest.mark.parametrize(("n_views", "side"), [(18, [-4, 0, 4]), (50, [-4, -2, 0, 2, 4])])
def test_more_views_are_taken_at_the_places_of_a_square(n_views: int, side: list[int]) -> None:
    places = places_of(n_views, 4)
    assert places[0] == (0, 0)
    assert sorted(places) == [(down, right) for down in side for right in side]
    assert len(views_of(IMAGES, n_views, 1)) == n_views


@pytest.mark.parametrize("n_places", [5, 9, 25])
def test_places_alone_are_every_other_view(n_places: int) -> None:
    alone, both = (views_of(IMAGES, n_views, 2) for n_views in (n_places, 2 * n_places))
    assert len(alone) == n_places
    assert all(map(np.array_equal, alone, both[::2]))


def test_of_no_images_there_are_no_rows() -> None:
    assert interleaved([np.zeros((0, 3)), np.zeros((0, 3))]).shape == (0, 6)


def test_a_shift_of_zero_gives_five_times_the_same_two() -> None:
    seen = views_of(IMAGES, 10)
    for image, mirrored in zip(seen[::2], seen[1::2], strict=True):
        assert np.array_equal(image, IMAGES)
        assert np.array_equal(mirrored, IMAGES[:, :, ::-1])


@pytest.mark.parametrize("n_views", N_VIEWS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_views_are_contiguous_copies(n_views: int, dtype: Any) -> None:
    images = IMAGES.astype(dtype)
    before = images.copy()
    for view in views_of(images, n_views, shift=2):
        assert view.flags.c_contiguous
        assert (view.shape, view.dtype) == (images.shape, images.dtype)
        view[...] = 99
    assert np.array_equal(images, before)


@given(st.integers(0, 9), SIZES, st.sampled_from(N_VIEWS), SIZES)
def test_there_and_back(seed: int, n: int, n_views: int, d: int) -> None:
    seen = features(seed, n, n_views, d)
    rows = interleaved(seen)
    assert rows.shape == (n, d * n_views)
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous
    assert np.array_equal(apart(rows, n_views), np.stack(seen, axis=1))
    assert np.shares_memory(apart(rows, n_views), rows)


@given(st.integers(0, 9), SIZES, st.sampled_from(N_VIEWS), SIZES, SIZES)
def test_interleaved_features_stay_right_side_by_side(
    seed: int, n: int, n_views: int, d_1: int, d_2: int
) -> None:
    """The views of a union are the unions of the views."""
    first, second = features(seed, n, n_views, d_1), features(seed + 1, n, n_views, d_2)
    union = np.hstack([interleaved(first), interleaved(second)])
    views = [np.hstack(pair) for pair in zip(first, second, strict=True)]
    assert np.array_equal(union, interleaved(views))
    assert np.array_equal(apart(union, n_views), np.stack(views, axis=1))


def test_views_one_after_the_other_would_not() -> None:
    """The layout of views after each other, which a union cuts in the wrong place."""
    first, second = features(0, 2, 2, 3), features(1, 2, 2, 1)
    union = np.hstack([np.hstack(first), np.hstack(second)])
    wrong = union.reshape(2, 2, -1)
    assert not np.array_equal(wrong[:, 0], np.hstack([first[0], second[0]]))


def test_rows_that_are_apart_already_are_left_alone() -> None:
    rows = np.zeros((3, 2, 5))
    assert apart(rows, 2) is rows


@pytest.mark.parametrize(("shape", "n_views"), [((3, 5), 2), ((3, 5, 2), 2), ((6,), 2), ((3,), 1)])
def test_rows_of_another_number_of_views_are_refused(shape: tuple[int, ...], n_views: int) -> None:
    with pytest.raises(
        ValueError, match=rf"rows of {n_views} views are \(n, d · {n_views}\) or"
    ) as e:
        apart(np.zeros(shape), n_views)
    assert f"got {shape}" in str(e.value)
