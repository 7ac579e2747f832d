"""Augmentation: what may change in an image, and what may not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from data.pixels.views import views_of
from models import MLPClassifier
from models.layers.layer import Array
from models.training.augmentation import Augmentation

SHAPE = (6, 8, 3)


def images(n: int = 40) -> Array:
    return np.random.default_rng(0).random((n, int(np.prod(SHAPE))), np.float32)


def augmented(X: Array, seed: int = 1, **options: Any) -> tuple[Array, Array]:
    x, t = np.empty_like(X), np.eye(len(X), dtype=X.dtype)
    rng = np.random.default_rng(seed)
    Augmentation(SHAPE, **options)(X, np.arange(len(X)), x, t, rng)
    return x.reshape(-1, *SHAPE), t


def test_nothing_asked_nothing_changed() -> None:
    X = images()
    x, t = augmented(X)
    np.testing.assert_array_equal(x.reshape(X.shape), X)
    np.testing.assert_array_equal(t, np.eye(len(X)))


def test_mirror() -> None:
    X = images()
    x, _ = augmented(X, mirror=True)
    kinds = []
    for new, old in zip(x, X.reshape(-1, *SHAPE), strict=True):
        kinds.append(np.array_equal(new, old[:, ::-1]))
        assert kinds[-1] or np.array_equal(new, old)
    assert 10 < sum(kinds) < 30


def test_shift_repeats_the_border() -> None:
    X = images()
    x, _ = augmented(X, shift=2)
    found = set()
    for new, old in zip(x, X.reshape(-1, *SHAPE), strict=True):
        padded = np.pad(old, ((2, 2), (2, 2), (0, 0)), mode="edge")
        windows = [
            (dy, dx)
            for dy in range(5)
            for dx in range(5)
            if np.array_equal(new, padded[dy : dy + 6, dx : dx + 8])
        ]
        assert len(windows) == 1
        found.update(windows)
    assert len(found) > 15


def test_crop_enlarges_a_window() -> None:
    X = images()
    x, _ = augmented(X, crop=0.5)
    for new, old in zip(x, X.reshape(-1, *SHAPE), strict=True):
        kept = {tuple(p) for p in old.reshape(-1, 3)}
        pixels = [tuple(p) for p in new.reshape(-1, 3)]
        assert set(pixels) <= kept
        assert len(set(pixels)) >= 10


def test_cutout_hides_one_square() -> None:
    fill = np.array([7.0, 8.0, 9.0], np.float32)
    x, _ = augmented(images(), cutout=3, fill=fill)
    for image in x:
        hidden = (image == fill).all(axis=2)
        rows, columns = np.nonzero(hidden)
        assert hidden.sum() == 9
        assert np.ptp(rows) == np.ptp(columns) == 2


def test_mixup_mixes_images_and_targets_alike() -> None:
    X = images(5)
    x, t = augmented(X, mixup=1.0)
    mix = t[0, 0]
    assert 0 < mix < 1
    np.testing.assert_allclose(t.sum(axis=1), 1, rtol=1e-6)
    expected = mix * X + (1 - mix) * np.roll(X, -1, axis=0)
    np.testing.assert_allclose(x.reshape(X.shape), expected, rtol=1e-5)
    np.testing.assert_allclose(x.reshape(X.shape), t @ X, rtol=1e-5)


def test_two_views_make_the_prediction_blind_to_mirroring() -> None:
    X, y = load_digits(return_X_y=True)
    X = (X[:500] / 16).astype(np.float32)
    net = MLPClassifier(
        (20,), image_shape=(8, 8, 1), views=2, max_iter=5, learning_rate="cosine", random_state=0
    ).fit(X, y[:500])
    flipped = X.reshape(-1, 8, 8)[:, :, ::-1].reshape(X.shape)
    np.testing.assert_allclose(net.predict_proba(X), net.predict_proba(flipped), rtol=1e-5)
    expected = net.predict_proba(X)
    net.set_params(views=1)
    by_hand = (net.predict_proba(X) + net.predict_proba(flipped)) / 2
    np.testing.assert_allclose(expected, by_hand, rtol=1e-5)


def test_ten_views_are_averaged() -> None:
    X, y = load_digits(return_X_y=True)
    X = (X[:300] / 16).astype(np.float32)
    words: dict[str, Any] = {"image_shape": (8, 8, 1), "max_iter": 2, "learning_rate": "cosine"}
    net = MLPClassifier((20,), augment={"shift": 1}, views=10, random_state=0, **words)
    found = net.fit(X, y[:300]).predict_proba(X)
    net.set_params(views=1)
    seen = views_of(X.reshape(-1, 8, 8, 1), 10, 1)
    by_hand = [net.predict_proba(view.reshape(X.shape)) for view in seen]
    np.testing.assert_allclose(found, np.mean(by_hand, axis=0), rtol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"shift": 6},
        {"cutout": 7},
        {"crop": 0.0},
        {"mixup": -1.0},
        {"mirror": "no"},
        {"shift": 1.5},
        {"crop": float("nan")},
        {"cutout": True},
    ],
    ids=str,
)
def test_what_does_not_fit_the_image_is_an_error(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="got"):
        Augmentation(SHAPE, **options)
