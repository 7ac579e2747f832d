from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler

from features import HOG, ColorHistogram, ImageExtractor, Picture, Resize
from features.pictures.picture import pictures_of

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)


class Plain(TransformerMixin, BaseEstimator):
    """A transformer of a user's own, without pictures."""

    def fit(self, X: Any, y: Any = None) -> Plain:
        return self

    def transform(self, X: Any) -> Any:
        return X.reshape(len(X), -1)


class Drawing(Plain):
    """A transformer of a user's own that draws."""

    def pictures(self, images: Any) -> list[Picture]:
        return [Picture("upside down", image[::-1]) for image in images]


class Brightness(ImageExtractor):
    """An extractor of a user's own that says nothing about pictures."""

    def __init__(self, *, n_jobs: int | None = None) -> None:
        self.n_jobs = n_jobs

    def _learn(self, images: Any) -> None:
        pass

    def _features(self, images: Any) -> Any:
        return images.mean(axis=(1, 2, 3), dtype=np.float32)[:, None]

    def _names(self) -> list[str]:
        return ["brightness"]


def test_a_transformer_of_ones_own_draws_by_its_method() -> None:
    drawn = pictures_of(Drawing().fit(IMAGES), IMAGES)
    assert [picture.caption for picture in drawn] == ["upside down"] * 3
    np.testing.assert_array_equal(drawn[1].image, IMAGES[1, ::-1])


def test_a_union_has_the_pictures_of_its_parts_and_a_pipeline_of_its_first_step() -> None:
    parts = [HOG().fit(IMAGES), ColorHistogram(bins=2).fit(IMAGES)]
    plain = [picture for part in parts for picture in part.pictures(IMAGES)]
    union = FeatureUnion([("hog", parts[0]), ("none", "drop"), ("color", parts[1])])
    larger = IMAGES.repeat(2, axis=1).repeat(2, axis=2)
    resize = Resize(size=IMAGES.shape[1:3])
    shrunk = [picture for part in parts for picture in part.pictures(resize.transform(larger))]
    for transformer, images, expected in (
        (union, IMAGES, plain),
        (make_pipeline("passthrough", union, StandardScaler()), IMAGES, plain),
        (make_pipeline(resize, union), larger, shrunk),
    ):
        drawn = pictures_of(transformer, images)
        assert [picture.caption for picture in drawn] == [picture.caption for picture in expected]
        for one, other in zip(drawn, expected, strict=True):
            np.testing.assert_array_equal(one.image, other.image)


@pytest.mark.parametrize(
    ("transformer", "name"),
    [
        (Plain(), "Plain"),
        (Brightness(), "Brightness"),
        (FeatureUnion([("hog", HOG().fit(IMAGES)), ("plain", Plain())]), "Plain"),
        (make_pipeline(Brightness(), StandardScaler()), "Brightness"),
    ],
    ids=["own", "own extractor", "union", "pipeline"],
)
def test_who_does_not_draw_is_named_with_the_way_out(transformer: Any, name: str) -> None:
    with pytest.raises(
        NotImplementedError, match=rf"{name} draws no pictures .* method pictures\(images\)"
    ):
        pictures_of(transformer, IMAGES)


@pytest.mark.parametrize(
    "image",
    [np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2)), np.zeros(2, np.uint8)],
    ids=["two channels", "floats", "a line"],
)
def test_what_is_no_picture_is_refused(image: Any) -> None:
    with pytest.raises(ValueError, match=r"a feature picture must be uint8 \(height, width"):
        Picture("x", image)
