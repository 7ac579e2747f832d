"""Views of images, and classifiers of views, inside scikit-learn's compositions and searches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from features import HOG, BagOfVisualWords, ColorHistogram, FisherVector, RawPixels, Views
from features.extraction.view_counts import n_views_of
from models import KernelClassifier, LinearClassifier, MLPClassifier, ModelError, ViewsClassifier

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 3), dtype=np.uint8)
LABELS = np.arange(30) % 3
for label in (1, 2):
    IMAGES[label == LABELS, :, :, label] //= 3
WEIGHTS = np.linspace(0.1, 1, 30)


def small_hog() -> HOG:
    return HOG(pixels_per_cell=(4, 4), cells_per_block=(1, 1))


def views(inside: Any = None, **options: Any) -> Views:
    return Views(small_hog() if inside is None else inside, **{"n_views": 2} | options)


def parts() -> list[tuple[str, Any]]:
    return [("hog", views()), ("color", views(ColorHistogram(bins=2)))]


def ridge(**options: Any) -> LinearClassifier:
    return LinearClassifier(loss="squared", alpha=[1e-3, 0.1, 10.0], **options)


def as_images(rows: Any) -> Any:
    return np.asarray(rows, dtype=np.uint8).reshape(-1, 8, 8, 3)


def as_rows(images: Any) -> Any:
    return images.reshape(len(images), -1)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_union_of_views_with_weights(n_jobs: int | None) -> None:
    union = FeatureUnion(parts(), transformer_weights={"hog": 2.0}, n_jobs=n_jobs)
    with parallel_config("threading"):
        rows = union.fit(IMAGES).transform(IMAGES)
    alone = [clone(part).fit_transform(IMAGES) for _, part in parts()]
    assert_array_equal(rows, np.hstack([2 * alone[0], alone[1]]))
    assert n_views_of(union) == 2


def test_frames_hold_the_same_numbers() -> None:
    union = FeatureUnion(parts()).set_output(transform="pandas")
    frame = union.fit_transform(IMAGES)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(union.get_feature_names_out())
    numbers = clone(union).set_output(transform="default").fit_transform(IMAGES)
    assert isinstance(numbers, np.ndarray)
    assert_array_equal(frame.to_numpy(), numbers)
    both = [("hog", small_hog()), ("color", ColorHistogram(bins=2))]
    inside = views(FeatureUnion(both).set_output(transform="pandas")).fit_transform(IMAGES)
    assert_array_equal(inside, numbers)
    with config_context(transform_output="pandas"):
        everywhere = views(make_pipeline(FeatureUnion(both), "passthrough")).fit_transform(IMAGES)
    assert_array_equal(everywhere.to_numpy(), numbers)


def test_a_classifier_of_views_takes_frames() -> None:
    classifier = ViewsClassifier(LinearClassifier(), n_views=2)
    framed = make_pipeline(FeatureUnion(parts()), classifier).set_output(transform="pandas")
    framed.fit(IMAGES, LABELS)
    plain = clone(framed).set_output(transform="default").fit(IMAGES, LABELS)
    assert_array_equal(framed.predict_proba(IMAGES), plain.predict_proba(IMAGES))
    assert framed[-1].feature_names_in_[0].endswith("_view0")


def test_views_in_the_columns_of_a_table_of_pixels() -> None:
    each = [
        (name, make_pipeline(FunctionTransformer(as_images), part), slice(0, 192))
        for name, part in parts()
    ]
    table = make_pipeline(FunctionTransformer(as_rows), ColumnTransformer(each))
    expected = FeatureUnion(parts()).fit_transform(IMAGES)
    assert_array_equal(table.fit_transform(IMAGES), expected)
    assert n_views_of(table) == 2
    mixed = ColumnTransformer(each, remainder="passthrough")
    with pytest.raises(ValueError, match=r"same views of an image, got .* remainder 1"):
        n_views_of(mixed)
    columns = ColumnTransformer([("z", StandardScaler(), slice(0, 9))], remainder="passthrough")
    inside = views(make_pipeline(small_hog(), columns)).fit(IMAGES)
    assert inside.transform(IMAGES).shape == (30, 72)
    assert n_views_of(inside) == 2


def test_a_search_reaches_what_is_inside() -> None:
    inside = make_pipeline(ColorHistogram(), StandardScaler())
    classifier = ViewsClassifier(LinearClassifier(standardize=True), n_views=10)
    steps = Pipeline([("views", Views(inside, n_views=10)), ("classifier", classifier)])
    grid = {
        "views__extractor__colorhistogram__bins": np.array([2, 3], np.int8),
        "views__shift": np.array([1, 2], np.uint8),
        "classifier__classifier__alpha": np.logspace(-3, -1, 2),
    }
    search = GridSearchCV(steps, grid, cv=2).fit(IMAGES, LABELS)
    best = clone(steps).set_params(**search.best_params_).fit(IMAGES, LABELS)
    assert_array_equal(best.predict_proba(IMAGES), search.predict_proba(IMAGES))
    plain = {name: value.item() for name, value in search.best_params_.items()}
    same = clone(steps).set_params(**plain).fit(IMAGES, LABELS)
    assert_array_equal(same.predict_proba(IMAGES), search.predict_proba(IMAGES))


def held_out_forms() -> dict[str, Any]:
    mask = np.arange(30) % 5 == 0
    return {
        "mask": mask,
        "list of flags": mask.tolist(),
        "indices": np.flatnonzero(mask),
        "list": np.flatnonzero(mask).tolist(),
        "from the end": np.flatnonzero(mask) - 30,
        "default": None,
    }


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("form", list(held_out_forms()))
def test_a_choice_holds_out_all_views_of_an_image_also_at_the_end_of_a_pipeline(
    form: str, routing: bool
) -> None:
    rows = views(n_views=10, shift=1).fit_transform(IMAGES)
    held_out = held_out_forms()[form]
    of_rows = None if held_out is None else np.repeat(held_out_forms()["mask"], 10)
    expected = ridge().fit(
        rows.reshape(30, -1, 10).swapaxes(1, 2).reshape(300, -1),
        np.repeat(LABELS, 10),
        held_out=of_rows,
        n_views=10,
    )
    given = {} if held_out is None else {"held_out": held_out}
    for inner in (
        ridge(),
        make_pipeline("passthrough", ridge()),
        make_pipeline(None, make_pipeline("passthrough", ridge())),
    ):
        with config_context(enable_metadata_routing=routing):
            last = ViewsClassifier(inner, n_views=10).fit(rows, LABELS, **given).classifier_
        while isinstance(last, Pipeline):
            last = last[-1]
        assert last.validation_score_ == expected.validation_score_
        assert last.alpha_ == expected.alpha_
        assert_array_equal(last.coef_, expected.coef_)


@pytest.mark.parametrize("routing", [False, True])
def test_weights_reach_the_end_of_a_pipeline(routing: bool) -> None:
    rows = views().fit_transform(IMAGES)
    straight = ViewsClassifier(LinearClassifier(), n_views=2).fit(rows, LABELS, WEIGHTS)
    with config_context(enable_metadata_routing=routing):
        inner = make_pipeline("passthrough", LinearClassifier())
        through = ViewsClassifier(inner, n_views=2).fit(rows, LABELS, WEIGHTS)
    assert_array_equal(through.predict_proba(rows), straight.predict_proba(rows))
    assert not np.array_equal(
        through.predict_proba(rows), clone(through).fit(rows, LABELS).predict_proba(rows)
    )


def test_what_no_step_takes_is_refused() -> None:
    rows = views().fit_transform(IMAGES)
    inner = make_pipeline("passthrough", MLPClassifier())
    with pytest.raises(ModelError, match=r"Pipeline\.fit takes no held_out"):
        ViewsClassifier(inner, n_views=2).fit(rows, LABELS, held_out=[1])
    with pytest.raises(ModelError, match="X has 30 rows, which are not 7 views of each thing"):
        ridge().fit(rows, LABELS, n_views=7)
    with pytest.raises(ModelError, match="held_out must name all 2 views of a thing, or none"):
        ridge().fit(rows, np.repeat(LABELS[::2], 2), n_views=2, held_out=[1, 2])


def test_metadata_are_routed_to_what_asks_for_them() -> None:
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        extractor = views(make_pipeline(small_hog(), scaler))
        classifier = ViewsClassifier(LinearClassifier(), n_views=2)
        classifier.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        steps = make_pipeline(FeatureUnion([("views", extractor)]), classifier)
        steps.fit(IMAGES, LABELS, sample_weight=WEIGHTS)
        found = cross_validate(
            steps, IMAGES, LABELS, params={"sample_weight": WEIGHTS}, cv=2, error_score="raise"
        )
        with pytest.raises(TypeError, match="not routed to any object"):
            views().fit(IMAGES, LABELS, sample_weight=WEIGHTS)
    direct = views(make_pipeline(small_hog(), StandardScaler()))
    direct.fit(IMAGES, LABELS, standardscaler__sample_weight=WEIGHTS)
    rows = direct.transform(IMAGES)
    assert_array_equal(steps[0].transform(IMAGES), rows)
    alone = ViewsClassifier(LinearClassifier(), n_views=2).fit(rows, LABELS, WEIGHTS)
    assert_array_equal(steps.predict_proba(IMAGES), alone.predict_proba(rows))
    assert len(found["test_score"]) == 2


@pytest.mark.parametrize(
    "method",
    [
        *("transform", "get_feature_names_out", "learned", "pictures", "cell_histograms"),
        *("bin_of_pixels", "predict", "predict_proba", "decision_function", "forget"),
    ],
)
def test_unfitted_it_says_so(method: str) -> None:
    asked = 0
    for estimator in (
        RawPixels(),
        ColorHistogram(),
        HOG(),
        BagOfVisualWords(),
        FisherVector(),
        views(FeatureUnion(parts())),
        KernelClassifier(),
        LinearClassifier(),
        MLPClassifier(),
        ViewsClassifier(MLPClassifier(), n_views=2),
        ViewsClassifier(LinearClassifier(), n_views=2),
    ):
        if not hasattr(estimator, method) or (
            method == "pictures" and isinstance(estimator, RawPixels | FisherVector)
        ):
            continue
        asked += 1
        takes = method not in ("get_feature_names_out", "learned", "forget")
        with pytest.raises(NotFittedError):
            getattr(estimator, method)(*([IMAGES] if takes else []))
    assert asked
