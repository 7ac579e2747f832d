"""Views against images moved by hand; an extractor of views is its extractor, view by view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from features import HOG, BagOfVisualWords, RawPixels, Views
from features.views import views


def some_images(n: int = 5, channels: int = 3) -> Any:
    return np.random.default_rng(0).integers(0, 256, (n, 12, 9, channels), dtype=np.uint8)


def moved(images: Any, down: int, right: int) -> Any:
    """What a camera that is moved sees; np.pad repeats the border."""
    by = abs(down) + abs(right)
    wide = np.pad(images, ((0, 0), (by, by), (by, by), (0, 0)), mode="edge")
    return wide[:, by + down : by + down + 12, by + right : by + right + 9]


def test_the_ten_views_are_five_places_and_their_mirror_images() -> None:
    images = some_images()
    seen = views(images, 10, 2)
    places = [moved(images, *move) for move in ((0, 0), (-2, -2), (-2, 2), (2, -2), (2, 2))]
    assert len(seen) == 10
    for place, straight, mirrored in zip(places, seen[::2], seen[1::2], strict=True):
        assert_array_equal(straight, place)
        assert_array_equal(mirrored, place[:, :, ::-1])
        assert straight.flags.c_contiguous
        assert mirrored.flags.c_contiguous


@pytest.mark.parametrize("n_views", [1, 2])
def test_fewer_views_are_not_shifted(n_views: int) -> None:
    images = some_images()
    for view, ten in zip(views(images, n_views, 99), views(images, 10, 2)[:n_views], strict=True):
        assert_array_equal(view, ten)


def test_columns_are_the_extractors_one_view_after_the_other() -> None:
    images = some_images(70)
    inside = BagOfVisualWords(n_words=5, patch_size=4, n_samples=300, random_state=1)
    extractor = Views(inside, n_views=10, shift=1).fit(images)
    alone = BagOfVisualWords(n_words=5, patch_size=4, n_samples=300, random_state=1).fit(images)
    expected = [alone.transform(view) for view in views(images, 10, 1)]
    assert_array_equal(extractor.transform(images), np.hstack(expected))
    names = extractor.get_feature_names_out()
    assert names[0] == f"view0_{alone.get_feature_names_out()[0]}"
    assert len(set(names)) == len(names) == extractor.n_features_out_ == 10 * 5 * 4
    assert not hasattr(inside, "n_features_out_")


def test_what_the_extractor_takes_is_taken() -> None:
    floats = some_images().astype(np.float64) / 255
    small = HOG(pixels_per_cell=(3, 3), cells_per_block=(1, 1), n_jobs=2)
    extractor = Views(small, n_views=2).fit(floats)
    assert extractor.n_jobs == 2
    assert extractor.transform(floats).shape == (5, 2 * 4 * 3 * 9)
    with pytest.raises(ValueError, match="images must be uint8"):
        Views(RawPixels()).fit(floats)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"n_views": 3}, "n_views must be 1, 2 or 10, got 3"),
        ({"shift": 9}, "shift must be less than the 9 pixels of a side, got 9"),
        ({"shift": -1}, "shift must be an integer of at least 0, got -1"),
    ],
)
def test_impossible_views_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Views(RawPixels(), **given).fit(some_images())
