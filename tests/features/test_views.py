"""An extractor of views is its extractor, view by view, whatever transformer that is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from data.pixels.views import apart, views_of
from features import HOG, BagOfVisualWords, ColorHistogram, RawPixels, Views
from features import views as module
from features.extractor import rows_are_independent


class Mean(TransformerMixin, BaseEstimator):
    """A transformer of a user's own: without names, and its rows depend on their batch."""

    def fit(self, X: Any, y: Any = None) -> Mean:
        self.seen_ = X
        self.labels_ = y
        return self

    def transform(self, X: Any) -> Any:
        return X.mean(axis=(1, 2)) - X.mean()


class Strange(Mean):
    """A transformer whose features are no numbers in rows."""

    def transform(self, X: Any) -> Any:
        return X.mean(axis=3)


def some_images(n: int = 5, channels: int = 3) -> Any:
    return np.random.default_rng(0).integers(0, 256, (n, 12, 9, channels), dtype=np.uint8)


def some_words() -> BagOfVisualWords:
    return BagOfVisualWords(n_words=5, patch_size=4, n_samples=300, random_state=1)


def small_hog() -> HOG:
    return HOG(pixels_per_cell=(3, 3), cells_per_block=(1, 1))


def union(*parts: Any, **options: Any) -> FeatureUnion:
    return FeatureUnion([(f"part{i}", part) for i, part in enumerate(parts)], **options)


TRANSFORMERS: dict[str, Any] = {
    "extractor": small_hog,
    "union": lambda: union(small_hog(), ColorHistogram(bins=2)),
    "weighted union": lambda: union(
        small_hog(), RawPixels(), transformer_weights={"part0": 0.5}, n_jobs=1
    ),
    "pipeline": lambda: make_pipeline(small_hog(), StandardScaler()),
    "own": Mean,
    "pipeline of own": lambda: make_pipeline(FunctionTransformer(np.flipud), Mean()),
}


@pytest.mark.parametrize("name", list(TRANSFORMERS))
def test_each_view_is_what_the_transformer_makes_of_it(name: str) -> None:
    images, labels = some_images(70), np.arange(70)
    inside = TRANSFORMERS[name]()
    extractor = Views(inside, n_views=10, shift=1).fit(images, labels)
    alone = clone(inside).fit(images, labels)
    expected = [np.float32(alone.transform(view)) for view in views_of(images, 10, 1)]
    out = extractor.transform(images)
    assert out.dtype == np.float32
    assert out.flags.c_contiguous
    assert_array_equal(apart(out, 10), np.stack(expected, axis=1))
    assert out.shape == (70, extractor.n_features_out_)
    assert not vars(inside).keys() & {"n_features_out_", "seen_", "labels_"}
    again = clone(extractor).fit(images, labels)
    assert_array_equal(again.transform(images), out)


@pytest.mark.parametrize("name", ["words", "extractor", "union", "weighted union"])
def test_rows_do_not_depend_on_their_batch(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images = some_images(150)
    inside = some_words() if name == "words" else TRANSFORMERS[name]()
    extractor = Views(inside, shift=2).fit(images)
    assert rows_are_independent(extractor)
    together = extractor.transform(images)
    assert_array_equal(extractor.transform(images[97:98]), together[97:98])
    monkeypatch.setattr(module, "_BLOCK_BYTES", 1)
    assert len(list(extractor._blocks(150))) == 3
    assert_array_equal(extractor.transform(images), together)


WORDS: list[dict[str, Any]] = [
    {"encoding": encoding, "threshold": 0.1} for encoding in ("two-sided", "triangle", "nearest")
]
WORDS += [
    {"encoding": "hard", "grid": (1, 1), "window": 3},
    {"encoding": "soft", "grid": [(1, 1), (2, 2)], "mirror": True},
    {"patch_size": [3, 5], "grid": (2, 3), "window": 3},
    {"stride": 2, "grid": (2, 2)},
    {"stride": 3, "grid": (2, 2)},
    {"descriptor": "hog", "whitening": None, "grid": (2, 2)},
]


@pytest.mark.parametrize("options", WORDS, ids=str)
@pytest.mark.parametrize("n_views", [5, 10, 25, 50])
def test_moved_boxes_hold_what_moved_images_hold(options: dict[str, Any], n_views: int) -> None:
    """Each code is the same number; their sums are taken in another order."""
    images = some_images(3)
    words = some_words().set_params(**options)
    extractor = Views(words, n_views=n_views, shift=2).fit(images)
    expected = [extractor.extractor_.transform(view) for view in views_of(images, n_views, 2)]
    found = extractor.apart(images)
    assert found.flags.c_contiguous
    assert_allclose(found, np.stack(expected, axis=1), rtol=2e-6, atol=2e-6)
    assert_array_equal(apart(extractor.transform(images), n_views), found)
    assert_array_equal(extractor.apart(images[1:2]), found[1:2])


def test_a_subclass_with_features_of_its_own_keeps_them() -> None:
    class Twice(BagOfVisualWords):
        def _features(self, images: Any) -> Any:
            return 2 * super()._features(images)

    images = some_images(2)
    options = some_words().get_params()
    once, twice = (Views(kind(**options), shift=1) for kind in (BagOfVisualWords, Twice))
    assert_allclose(twice.fit_transform(images), 2 * once.fit_transform(images), atol=1e-6)


def test_one_image_costs_no_whole_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    fill = HOG._fill

    def counted(self: HOG, images: Any, out: Any) -> None:
        sizes.append(len(images))
        fill(self, images, out)

    images = some_images()
    views = Views(small_hog(), n_views=2).fit(images)
    monkeypatch.setattr(HOG, "_fill", counted)
    views.transform(images[:1])
    views.extractor_.transform(images[:1].astype(np.float32) / 255)
    assert sizes == [1, 1, 1]


def test_other_rows_are_transformed_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    images = some_images(150)
    monkeypatch.setattr(module, "_BLOCK_BYTES", 1)
    extractor = Views(Mean(), n_views=2).fit(images)
    assert not rows_are_independent(extractor)
    straight = apart(extractor.transform(images), 2)[:, 0]
    assert_array_equal(straight, np.float32(Mean().transform(images)))


def test_a_union_of_views_holds_what_views_of_a_union_hold() -> None:
    images = some_images(20)
    parts = [small_hog(), ColorHistogram(bins=2), some_words()]
    inside = Views(union(*parts), n_views=10, shift=1).fit(images)
    outside = union(*(Views(part, n_views=10, shift=1) for part in parts)).fit(images)
    assert_array_equal(inside.transform(images), outside.transform(images))
    names = [name.replace("part0__", "") for name in inside.get_feature_names_out()]
    assert names[:2] == [f"block_0_0_cell_0_0_orientation0_view{view}" for view in (0, 1)]
    assert list(inside.get_feature_names_out()) == list(outside.get_feature_names_out())


def test_names_say_feature_and_view() -> None:
    images = some_images(5)
    names = Views(some_words(), n_views=2).fit(images).get_feature_names_out()
    first = some_words().fit(images).get_feature_names_out()[0]
    assert names[:2].tolist() == [f"{first}_view0", f"{first}_view1"]
    assert len(set(names)) == len(names) == 2 * 5 * 4
    own = Views(Mean(), n_views=2).fit(images).get_feature_names_out()
    assert own.tolist() == [f"feature{f}_view{v}" for f in range(3) for v in range(2)]


def test_views_work_within_a_pipeline_and_with_parameters_of_the_inside() -> None:
    images = some_images(8)
    extractor = Views(make_pipeline(ColorHistogram(), "passthrough"), n_views=2)
    extractor.set_params(extractor__colorhistogram__bins=2, n_views=10, shift=1)
    assert extractor.get_params()["extractor__colorhistogram__bins"] == 2
    steps = make_pipeline(FunctionTransformer(np.flipud), extractor, "passthrough")
    assert_array_equal(
        steps.fit_transform(images),
        Views(ColorHistogram(bins=2), shift=1).fit_transform(images[::-1]),
    )
    frame = extractor.set_output(transform="pandas").fit(images).transform(images)
    assert list(frame.columns) == list(extractor.get_feature_names_out())


def test_what_the_extractor_takes_is_taken() -> None:
    floats = some_images().astype(np.float64) / 255
    extractor = Views(small_hog().set_params(n_jobs=2), n_views=2).fit(floats)
    assert extractor.n_jobs == 2
    assert extractor.transform(floats).shape == (5, 2 * 4 * 3 * 9)
    for refusing in (RawPixels(), union(RawPixels(), ColorHistogram())):
        with pytest.raises(ValueError, match="images must be uint8"):
            Views(refusing).fit(floats)
    with pytest.raises(ValueError, match=r"images must be \(n, height, .* got float64 \(5, 12\)"):
        Views(Mean()).fit(floats[:, :, 0, 0])
    with pytest.raises(ValueError, match=r"dense, \(1, d\), got float64 \(1, 12, 9\) from Strange"):
        Views(Strange()).fit(floats)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"n_views": 3}, "n_views must be 1, 2, 5, 9, 10, 18, 25 or 50, got 3"),
        ({"n_views": True}, "n_views must be 1, 2, 5, 9, 10, 18, 25 or 50, got True"),
        ({"n_views": 10.0}, r"n_views must be 1, 2, 5, 9, 10, 18, 25 or 50, got 10\.0"),
        ({"n_views": "10"}, "n_views must be 1, 2, 5, 9, 10, 18, 25 or 50, got '10'"),
        ({"shift": 9}, "shift must be less than the 9 pixels of a side, got 9"),
        ({"shift": -1}, "shift must be a whole number from 0 up.* got -1"),
        ({"extractor": Views(RawPixels(), n_views=1)}, "one Views is enough"),
        ({"extractor": union(RawPixels(), Views(RawPixels()))}, "one Views is enough"),
        ({"extractor": make_pipeline(Views(RawPixels()))}, "one Views is enough"),
        ({"extractor": RawPixels}, "must be a transformer with fit, transform and get_params"),
        ({"extractor": 3}, "must be a transformer .* got 3"),
    ],
)
def test_impossible_views_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Views(**{"extractor": RawPixels()} | given).fit(some_images())


def test_fewer_views_need_no_room_for_a_shift() -> None:
    assert Views(RawPixels(), n_views=2, shift=9).fit_transform(some_images()).shape == (5, 648)


def test_views_draw_what_their_extractor_draws() -> None:
    images = some_images(3)
    for inside in (small_hog(), union(small_hog(), ColorHistogram(bins=2))):
        drawn = Views(inside, n_views=2).fit(images).pictures(images)
        parts = [small_hog(), ColorHistogram(bins=2)] if len(drawn) > 3 else [small_hog()]
        expected = [each for part in parts for each in part.fit(images).pictures(images)]
        assert [each.caption for each in drawn] == [each.caption for each in expected]
        for one, other in zip(drawn, expected, strict=True):
            assert_array_equal(one.image, other.image)
