"""What an extractor was fitted with counts until the next fit, also in the estimators inside."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from data import ParameterError
from features import HOG, ColorHistogram, RawPixels, Views

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)


def flat(images: Any) -> Any:
    return images.reshape(len(images), -1)


def backwards(images: Any) -> Any:
    return flat(images)[:, ::-1]


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        (HOG(), "extractor__orientations"),
        (FeatureUnion([("hog", HOG())]), "extractor__hog__orientations"),
        (make_pipeline(HOG(), "passthrough"), "extractor__hog__orientations"),
    ],
    ids=["extractor", "union", "pipeline"],
)
def test_parameters_of_what_lies_inside_count(inside: Any, name: str) -> None:
    views = Views(inside, n_views=2).fit(IMAGES)
    expected = views.transform(IMAGES)
    views.set_params(**{name: 4})
    said = f"^{name} was 9 when Views was fitted and is 4 now; fit again"
    asks: list[Callable[[], Any]] = [lambda: views.transform(IMAGES), views.get_feature_names_out]
    for ask in asks:
        with pytest.raises(ParameterError, match=said):
            ask()
    views.set_params(**{name: 9})
    assert_array_equal(views.transform(IMAGES), expected)
    assert views.set_params(**{name: 3}).fit_transform(IMAGES).shape[1] * 3 == expected.shape[1]


def test_an_estimator_in_place_of_another_is_told_by_its_parameters() -> None:
    views = Views(HOG(), n_views=2).fit(IMAGES)
    expected = views.transform(IMAGES)
    assert_array_equal(views.set_params(extractor=HOG(n_jobs=1)).transform(IMAGES), expected)
    with pytest.raises(ParameterError, match=r"^extractor__orientations was 9 .* is 4 now"):
        views.set_params(extractor=HOG(orientations=4)).transform(IMAGES)
    with pytest.raises(ParameterError, match=r"^extractor was HOG\(.*\) .* is RawPixels\(\) now"):
        views.set_params(extractor=RawPixels()).transform(IMAGES)


def test_a_list_that_is_changed_in_place_is_another_one() -> None:
    grid = [[1, 1]]
    histogram = ColorHistogram(grid=grid).fit(IMAGES)
    grid.append([2, 2])
    with pytest.raises(ParameterError, match=r"^grid was \[\[1, 1\]\] .* is .* \[2, 2\]\] now"):
        histogram.transform(IMAGES)
    union = FeatureUnion([("hog", HOG()), ("raw", RawPixels())])
    views = Views(union, n_views=2).fit(IMAGES)
    union.transformer_list.pop()
    with pytest.raises(ParameterError, match=r"^extractor__transformer_list was .* fit again"):
        views.transform(IMAGES)


def test_functions_are_told_apart() -> None:
    views = Views(FunctionTransformer(flat), n_views=2).fit(IMAGES)
    expected = views.transform(IMAGES)
    assert_array_equal(pickle.loads(pickle.dumps(views)).transform(IMAGES), expected)
    with pytest.raises(ParameterError, match=r"^extractor__func was <function flat .* backwards"):
        views.set_params(extractor__func=backwards).transform(IMAGES)


def test_a_parameter_that_is_no_number_is_the_same_from_a_file() -> None:
    views = Views(make_pipeline(FunctionTransformer(flat), SimpleImputer()), n_views=1).fit(IMAGES)
    assert np.isnan(views.get_params()["extractor__simpleimputer__missing_values"])
    assert_array_equal(pickle.loads(pickle.dumps(views)).transform(IMAGES), views.transform(IMAGES))
