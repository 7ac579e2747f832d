from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone, is_classifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import cross_val_score
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_info, threadpool_limits

from data.pixels.resizing import resized_batch
from features import ColorHistogram, RawPixels
from models import LinearClassifier
from pipelines.errors import SavedModelError
from pipelines.predicting.estimator import SavedModel

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 6, 3), np.uint8)
LABELS = np.arange(12) % 2


def fitted(loss: Literal["softmax", "squared"] = "softmax") -> SavedModel:
    extractors = (RawPixels().fit(IMAGES), ColorHistogram(bins=2).fit(IMAGES))
    X = np.hstack([each.transform(IMAGES) for each in extractors])
    return SavedModel(
        title="few",
        features="raw+color",
        model="linear",
        class_names=("<b>night</b>", "day", "never seen"),
        image_shape=(8, 6, 3),
        extractors=extractors,
        classifier=LinearClassifier(loss=loss).fit(X, LABELS),
    )


@pytest.fixture(scope="module")
def model() -> SavedModel:
    return fitted()


def test_it_passes_for_a_fitted_classifier(model: SavedModel) -> None:
    check_is_fitted(model)
    assert is_classifier(model)
    assert model.fit(IMAGES, LABELS) is model
    assert clone(model) is model
    right = float(np.mean(model.predict(IMAGES) == LABELS))
    assert model.score(IMAGES, LABELS) == right
    assert get_scorer("accuracy")(model, IMAGES, LABELS) == right
    assert cross_val_score(model, IMAGES, LABELS, cv=2).mean() == pytest.approx(right)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(IMAGES), model.predict(IMAGES))


def test_labels_names_and_probabilities_belong_together(model: SavedModel) -> None:
    assert list(model.classes_) == [0, 1, 2]
    assert model.class_names_ == ("<b>night</b>", "day", "never seen")
    assert (model.features_, model.model_) == ("raw+color", "linear")
    probabilities = model.predict_proba(IMAGES)
    assert probabilities.shape == (12, 3)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert not probabilities[:, 2].any()
    assert np.array_equal(probabilities.argmax(axis=1), model.predict(IMAGES))
    assert model.predict(IMAGES[:0]).shape == (0,)
    assert model.predict_proba(IMAGES[:0]).shape == (0, 3)


def test_several_threads_predict_at_the_same_time(model: SavedModel) -> None:
    expected = model.predict_proba(IMAGES)
    with threadpool_limits(2, user_api="blas"), ThreadPoolExecutor(4) as pool:
        found = list(pool.map(model.predict_proba, [IMAGES] * 40))
        blas = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert all(np.array_equal(each, expected) for each in found)
    assert blas == {2}


def test_a_model_without_probabilities_has_no_such_method() -> None:
    model = fitted("squared")
    assert not hasattr(model, "predict_proba")
    assert model.predict(IMAGES).shape == (12,)


def test_other_sizes_and_channels_are_taken_as_the_command_takes_them(
    model: SavedModel, tmp_path: Path
) -> None:
    large = np.random.default_rng(1).integers(0, 256, (3, 20, 30, 3), np.uint8)
    expected = model.predict_proba(resized_batch(large, (8, 6)))
    assert np.array_equal(model.predict_proba(large), expected)
    mixed = [large[0], resized_batch(large[1:2], (8, 6))[0], large[2, :, :, :1]]
    assert np.array_equal(model.predict_proba(mixed)[:2], expected[:2])
    Image.fromarray(large[2]).save(tmp_path / "a.png")
    # A float32 product of another shape differs in its last bits.
    assert model.predict_proba([tmp_path / "a.png"]) == pytest.approx(expected[2:], abs=1e-5)
    grey = np.repeat(large[2:, :, :, :1], 3, axis=3)
    assert model.predict_proba(mixed)[2:] == pytest.approx(model.predict_proba(grey), abs=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        IMAGES[0],
        IMAGES / 255,
        IMAGES[..., :2],
        np.zeros((2, 0, 6, 3), np.uint8),
        [IMAGES],
        "photo.png",
        3,
        None,
    ],
    ids=["one", "floats", "two channels", "no height", "a list of four", "text", "int", "none"],
)
def test_what_is_no_images_is_refused(model: SavedModel, wrong: object) -> None:
    with pytest.raises(SavedModelError, match="images must be uint8"):
        model.predict(wrong)


def test_batches_give_what_all_at_once_gives(
    model: SavedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.predict_proba(IMAGES)
    monkeypatch.setattr("pipelines.predicting.estimator._IMAGES_AT_ONCE", 5)
    assert model.predict_proba(IMAGES) == pytest.approx(whole, abs=1e-6)


def test_its_forms_say_which_pairing_it_is(model: SavedModel) -> None:
    assert repr(model) == ("<SavedModel raw+color × linear of 'few': 3 classes, images of 8×6×3>")
    shown = model._repr_mimebundle_()
    assert shown["text/plain"] == repr(model)
    assert "<b>" not in shown["text/html"]
