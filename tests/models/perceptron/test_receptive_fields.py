"""Tests of networks whose first units see squares of an image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import MLPClassifier
from models.errors import ModelError
from models.layers.layer import Array
from models.layers.linear import Linear
from models.perceptron.recipe import Recipe
from models.samples import chosen_rows

SHAPE: dict[str, Any] = {
    "hidden_layer_sizes": (3, 4, 8),
    "receptive_fields": [(4, 2), (2, 1)],
    "image_shape": (8, 8, 1),
}
FIT: dict[str, Any] = {**SHAPE, "max_iter": 3, "learning_rate": "cosine", "random_state": 0}


@pytest.fixture(scope="module")
def images() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 300)
    X = rng.normal(size=(300, 8, 8, 1))
    # What is bright, and where, says the class.
    for label, corner in enumerate(((0, 0), (5, 0), (0, 5))):
        X[y == label, corner[0] : corner[0] + 3, corner[1] : corner[1] + 3] += 1.5
    return X.reshape(300, -1).astype(np.float32), y


def test_the_weights_are_those_of_squares(images: tuple[Array, Array]) -> None:
    fitted = MLPClassifier(**FIT).fit(*images)
    # 3 × 3 squares of 16 pixels, then 2 × 2 squares of 2 × 2 × 3 units, then all of 2 × 2 × 4.
    assert [each.shape for each in fitted.coefs_] == [(144, 3), (48, 4), (16, 8), (8, 3)]
    assert [each.shape for each in fitted.intercepts_] == [(27,), (16,), (8,), (3,)]


def test_a_network_of_squares_learns(images: tuple[Array, Array]) -> None:
    X, y = images
    more = {"max_iter": 20, "whiten": 6, "norm": "batch", "augment": {"shift": 1}, "views": 5}
    more |= {"batch_size": 20, "learning_rate_init": 0.01}
    fitted = MLPClassifier(**{**FIT, **more}).fit(X[:200], y[:200])
    assert fitted.score(X[200:], y[200:]) > 0.8


def test_each_square_is_whitened_alone(images: tuple[Array, Array]) -> None:
    X, y = images
    fitted = MLPClassifier(**{**FIT, "whiten": 6}).fit(X, y)
    standard = (X - fitted.input_mean_) * fitted.input_scale_
    squares = fitted.input_components_.reshape(9, 16, 6)
    for field, components in enumerate(squares):
        i, j = divmod(field, 3)
        seen = standard.reshape(-1, 8, 8)[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4]
        turned = seen.reshape(len(X), -1) @ components
        np.testing.assert_allclose(np.cov(turned.T, bias=True), np.eye(6), atol=1e-3)
    assert fitted.coefs_[0].shape == (9 * 6, 3)


def test_given_weights_are_those_that_a_fit_begins_with(images: tuple[Array, Array]) -> None:
    fitted = MLPClassifier(**FIT).fit(*images)
    given = {"initialization": (fitted.coefs_, fitted.intercepts_), "learning_rate_init": 1e-30}
    again = MLPClassifier(**{**FIT, **given, "max_iter": 1}).fit(*images)
    for one, other in zip(again.coefs_, fitted.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)
    wrong = {"initialization": ([each[:-1] for each in fitted.coefs_], fitted.intercepts_)}
    with pytest.raises(ModelError, match=r"must have the shapes \(144, 3\) and \(27,\)"):
        MLPClassifier(**{**FIT, **wrong}).fit(*images)


def test_several_networks_share_what_is_whitened(images: tuple[Array, Array]) -> None:
    X, y = images
    fitted = MLPClassifier(**{**FIT, "whiten": 5, "n_networks": 2}).fit(X, y)
    alone = MLPClassifier(**{**FIT, "whiten": 5}).fit(X, y)
    np.testing.assert_array_equal(fitted.coefs_[0], alone.coefs_[0])
    assert fitted.predict_proba(X).shape == (300, 3)


def test_a_warm_start_goes_on(images: tuple[Array, Array]) -> None:
    fitted = MLPClassifier(**{**FIT, "whiten": 5, "warm_start": True}).fit(*images)
    before = fitted.loss_
    assert fitted.fit(*images).loss_ < before


def test_a_warm_start_with_other_squares_is_refused(images: tuple[Array, Array]) -> None:
    fitted = MLPClassifier(**{**FIT, "whiten": 5, "warm_start": True}).fit(*images)
    # As many squares, and as many units: the weights have the same shapes.
    fitted.set_params(receptive_fields=[(6, 1), (2, 1)])
    with pytest.raises(ModelError, match="go on with the receptive_fields of the last fit"):
        fitted.fit(*images)


def test_images_of_another_shape_mean_other_squares() -> None:
    X, y = np.random.default_rng(0).normal(size=(40, 128)), np.arange(40) % 2
    given = {"receptive_fields": [(4, 4)], "image_shape": (8, 16, 1), "hidden_layer_sizes": 3}
    fitted = MLPClassifier(**{**FIT, **given}).fit(X, y)
    with pytest.raises(ModelError, match="image_shape was"):
        fitted.set_params(image_shape=(16, 8, 1)).predict(X)


def test_squares_of_rows_that_are_not_in_one_array(
    images: tuple[Array, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = images
    given = {**FIT, "whiten": 5, "early_stopping": True}
    expected = MLPClassifier(**given).fit(X, y)
    monkeypatch.setattr(chosen_rows, "LARGE_BYTES", 0)
    np.testing.assert_array_equal(MLPClassifier(**given).fit(X, y).coefs_[0], expected.coefs_[0])


def test_pairs_of_numpy_are_those_of_python(images: tuple[Array, Array]) -> None:
    pairs = [(np.int8(4), np.int8(2)), (np.int64(2), np.uint8(1))]
    fitted = MLPClassifier(**{**FIT, "receptive_fields": pairs}).fit(*images)
    expected = MLPClassifier(**FIT).fit(*images)
    np.testing.assert_array_equal(fitted.coefs_[0], expected.coefs_[0])
    assert Recipe.of(vars(fitted)).decisive == Recipe.of(vars(expected)).decisive


def test_layers_of_ones_own_have_no_squares(images: tuple[Array, Array]) -> None:
    own = {"network": lambda n_in, n_out: [Linear(n_out)], "receptive_fields": [(5, 2)]}
    fitted = MLPClassifier(**{**FIT, **own, "whiten": 20}).fit(*images)
    assert fitted.input_components_.shape == (64, 20)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"image_shape": None}, "need image_shape"),
        ({"hidden_layer_sizes": 5}, "got 2 for 1 of hidden_layer_sizes"),
        ({"receptive_fields": [(3, 2)]}, "do not end where a grid of 8 × 8 ends"),
        ({"receptive_fields": [(4, 2), (2, 2)]}, "do not end where a grid of 3 × 3 ends"),
        ({"receptive_fields": []}, "receptive_fields"),
        ({"receptive_fields": [4, 2]}, "receptive_fields"),
        ({"receptive_fields": [(0, 1)]}, "receptive_fields"),
        ({"whiten": 17}, "a square of receptive_fields has only 16 values"),
        ({"activation": "maxout"}, "activation takes several columns"),
    ],
    ids=str,
)
def test_what_cannot_be_seen_is_refused(
    wrong: dict[str, Any], message: str, images: tuple[Array, Array]
) -> None:
    with pytest.raises(ModelError, match=message):
        MLPClassifier(**{**FIT, **wrong}).fit(*images)
