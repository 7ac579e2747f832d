from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, make_pipeline

from data import DataError, read_image
from features import RawPixels, Resize
from models import LinearClassifier
from tests.data.samples import png

RNG = np.random.default_rng(0)
IMAGES = [RNG.integers(0, 256, (h, w, 3)).astype(np.uint8) for h, w in ((9, 20), (20, 9), (8, 8))]


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("channels", [1, 3])
def test_it_resizes_as_files_are_resized(fit: str, channels: int) -> None:
    found = Resize(size=(6, 8), image_fit=fit, channels=channels).fit_transform(IMAGES)
    assert found.dtype == np.uint8
    assert found.shape == (3, 6, 8, channels)
    for image, row in zip(IMAGES, found, strict=True):
        expected = read_image(png(image), (6, 8), fit=fit)  # type: ignore[arg-type]
        grey = np.array(Image.fromarray(expected).convert("L"))[..., None]
        assert np.array_equal(row, expected if channels == 3 else grey)


def test_every_kind_of_image_is_taken() -> None:
    grey = IMAGES[0][..., 0]
    kinds = [grey, grey[..., None], grey / 255, Image.fromarray(grey), grey.astype("f4") / 255]
    found = Resize(size=(9, 20)).transform(kinds)
    assert (found == np.repeat(grey[..., None], 3, axis=2)).all()
    batch = np.stack([grey, grey])
    assert np.array_equal(Resize(size=(9, 20), channels=1).transform(batch)[..., 0], batch)
    assert Resize(size=4).transform([]).shape == (0, 4, 4, 3)
    given = IMAGES[0].copy()
    Resize(size=4).transform([given])
    assert np.array_equal(given, IMAGES[0])


def test_a_pipeline_begins_with_it() -> None:
    images = [np.full((5 + i, 7, 3), 250 * (i % 2), np.uint8) for i in range(10)]
    model = make_pipeline(Resize(size=4), RawPixels(), LinearClassifier())
    model.fit(images, [0, 1] * 5)
    assert model.predict(images).tolist() == [0, 1] * 5


def test_the_features_after_it_have_names_and_come_in_frames() -> None:
    both = make_pipeline(Resize(size=4, channels=1), RawPixels())
    plain = both.fit_transform(IMAGES)
    names = both.get_feature_names_out()
    assert (
        names.tolist()
        == RawPixels().fit(np.zeros((1, 4, 4, 1), "u1")).get_feature_names_out().tolist()
    )
    frame = both.set_output(transform="pandas").fit_transform(IMAGES)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(names)
    assert np.array_equal(frame, plain)
    with config_context(transform_output="pandas"):
        assert isinstance(Resize(size=4).fit_transform(IMAGES), np.ndarray)


@pytest.mark.parametrize("column", ["image", ["image"]])
def test_a_column_of_a_table_is_taken(column: str | list[str]) -> None:
    table = pd.DataFrame({"image": IMAGES, "weight": [1.0, 2.0, 3.0]})
    raw = make_pipeline(Resize(size=4), RawPixels())
    beside = ColumnTransformer([("raw", raw, column), ("rest", "passthrough", ["weight"])])
    found = beside.set_output(transform="pandas").fit_transform(table)
    assert np.array_equal(found, np.column_stack([raw.fit_transform(IMAGES), table["weight"]]))
    assert list(found.columns) == list(beside.get_feature_names_out())
    assert found.columns[0] == "raw__row0_column0_red"


def test_one_image_is_not_a_batch_of_narrow_ones() -> None:
    image = IMAGES[0]
    with pytest.raises(
        DataError, match=r"X of shape \(9, 20, 3\) may be 9 grey images of width 3, or"
    ):
        Resize().transform(image)
    assert Resize().transform(image[None]).shape == (1, 32, 32, 3)
    assert Resize().transform(image[..., None]).shape == (9, 32, 32, 3)
    assert Resize().transform([image[:, :, 0][:, :3]]).shape == (1, 32, 32, 3)


@pytest.mark.parametrize("rows", [[2, 0, 1], [1, 2]], ids=["shuffled", "a part"])
@pytest.mark.parametrize("everywhere", [False, True], ids=["asked of each", "asked everywhere"])
def test_features_after_it_stay_in_the_rows_of_the_table(rows: list[int], everywhere: bool) -> None:
    """Frames are joined by their index, and so rows were mixed up."""
    images = [np.full((8, 8, 3), value, np.uint8) for value in (10, 20, 30)]
    table = pd.DataFrame({"image": images, "weight": [1.0, 2.0, 3.0]}).iloc[rows]
    raw = make_pipeline(Resize(size=4), RawPixels())
    beside = [("raw", raw, "image"), ("rest", "passthrough", ["weight"])]
    resized, whole = (RawPixels().fit_transform(np.stack(images)[rows, :s, :s]) for s in (4, 8))
    cases: list[tuple[Any, Any, Any]] = [
        (raw, table["image"], resized),
        (raw, table[["image"]], resized),
        (ColumnTransformer(beside), table, np.column_stack([resized, table["weight"]])),
        (
            FeatureUnion([("whole", RawPixels()), ("raw", raw)]),
            table["image"],
            np.column_stack([whole, resized]),
        ),
    ]
    for transformer, given, expected in cases:
        copy = clone(transformer)
        if not everywhere:
            copy = clone(copy.set_output(transform="pandas"))
        with config_context(transform_output="pandas" if everywhere else "default"):
            for found in (copy.fit_transform(given), copy.transform(given)):
                assert found.index.equals(table.index)
                assert np.array_equal(found, expected)


def test_only_a_column_leaves_as_one_and_only_in_frames() -> None:
    column = pd.Series(IMAGES, index=["c", "a", "b"])
    resize = Resize(size=1)
    array = resize.fit_transform(column)
    assert array.shape == (3, 1, 1, 3)
    frame = resize.set_output(transform="pandas").set_output().fit_transform(column)
    assert list(frame.columns) == list(resize.get_feature_names_out())
    assert list(frame.index) == ["c", "a", "b"]
    assert np.array_equal(np.stack(frame["image"].tolist()), array)
    assert isinstance(resize.transform(IMAGES), np.ndarray)
    assert resize.transform(column[:0]).shape == (0, 1, 1, 3)
    with config_context(transform_output="pandas"):
        assert isinstance(resize.set_output(transform="default").transform(column), np.ndarray)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (pd.DataFrame({"image": IMAGES, "age": [1, 2, 3]}), r"DataFrame \(3, 2\); name the column"),
        (pd.DataFrame({"age": [1.0, 2.0]}), r"DataFrame \(2, 1\)"),
        (IMAGES[0][..., 0], r"ndarray \(9, 20\); .* X\[None\] for one grey image"),
    ],
    ids=["two columns", "numbers", "one grey image"],
)
def test_what_is_no_column_of_images_is_said(given: Any, found: str) -> None:
    with pytest.raises(DataError, match=r"X must be images, or one column of a .*, got " + found):
        Resize().transform(given)


def test_it_is_an_estimator() -> None:
    resize = Resize(size=(4, 6), image_fit="crop", channels=1)
    for copy in (clone(resize), pickle.loads(pickle.dumps(resize))):
        assert copy.get_params() == {"size": (4, 6), "image_fit": "crop", "channels": 1}
    assert resize.set_params(image_fit="pad", size=5).image_fit == "pad"
    assert "image_fit='pad'" in repr(resize)


@pytest.mark.parametrize(
    "parameters",
    [{"size": 0}, {"size": None}, {"size": 3.0}, {"image_fit": "zoom"}, {"channels": 4}],
)
def test_an_impossible_parameter_is_named(parameters: dict[str, object]) -> None:
    resize = Resize(**parameters)  # type: ignore[arg-type]
    for use in (resize.fit, resize.transform):
        with pytest.raises(ValueError, match=f"{next(iter(parameters))} must be"):
            use(IMAGES)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.zeros((4, 4, 4), np.uint8), r"X\[1\] must be .* got \(4, 4, 4\)"),
        (np.zeros((0, 4), np.uint8), r"X\[1\] must be .* not empty"),
        (np.full((4, 4), 7.0), r"X\[1\] must be bytes .* got float64 from 7 to 7"),
        (np.full((4, 4), np.nan), r"X\[1\] must be bytes"),
        (np.zeros((4, 4), int), r"X\[1\] must be bytes .* got int64 from 0 to 0"),
        ("photo.png", r"X\[1\] must be \(height, width\)"),
    ],
)
def test_what_is_no_image_is_named(image: object, says: str) -> None:
    with pytest.raises(DataError, match=says):
        Resize().transform([IMAGES[0], image])


def test_one_image_is_no_batch() -> None:
    with pytest.raises(DataError, match="give a list"):
        Resize().transform(Image.fromarray(IMAGES[0]))
