"""MixUp: each row with the next, by a share of its own, and its target by the same share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from models import MLPClassifier, ModelError
from models.layers.layer import Array
from models.samples.chosen_rows import ChosenRows
from models.training.mixing import MixUp
from models.training.stream import Stream


def mixed(transform: MixUp, X: Array, rows: Array) -> tuple[Array, Array]:
    x, t = np.empty((len(rows), X.shape[1]), X.dtype), np.eye(len(X), dtype=X.dtype)[rows]
    transform(X, rows, x, t, np.random.default_rng(1))
    return x, t


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_and_targets_are_mixed_alike(dtype: Any) -> None:
    X = np.random.default_rng(0).normal(size=(6, 4)).astype(dtype)
    rows = np.array([4, 0, 2, 5])
    before = X.copy()
    x, t = mixed(MixUp(1.0), X, rows)
    assert_array_equal(X, before)
    assert_allclose(x, t @ X, rtol=1e-5, atol=1e-6)
    shares = t[np.arange(4), rows]
    assert len(set(shares.tolist())) == 4
    assert_allclose(t[np.arange(4), np.roll(rows, -1)], 1 - shares, rtol=1e-5)


def test_one_row_stays_and_what_comes_before_is_done_first() -> None:
    X = np.arange(12.0).reshape(4, 3)
    assert_array_equal(mixed(MixUp(1.0), X, np.array([2]))[0], X[[2]])

    def negate(X: Array, rows: Array, x: Array, t: Array, rng: np.random.Generator) -> None:
        np.negative(X[rows], out=x)

    x, t = mixed(MixUp(1.0, negate), X, np.arange(4))
    assert_allclose(x, -(t @ X))


def test_a_stream_mixes_rows_that_were_chosen() -> None:
    X = np.arange(30.0).reshape(10, 3)
    index = np.array([7, 1, 3, 9])
    chosen = Stream(ChosenRows(X, index), np.eye(4), np.ones(4), 2, MixUp(0.4))  # type: ignore[arg-type]
    copied = Stream(X[index], np.eye(4), np.ones(4), 2, MixUp(0.4))
    for one, other in zip(
        chosen.epoch(None, np.random.default_rng(0)),
        copied.epoch(None, np.random.default_rng(0)),
        strict=True,
    ):
        assert_array_equal(one.x, other.x)
        assert_allclose(one.x, one.targets @ X[index])


def test_mixup_is_asked_for_once_and_needs_epochs() -> None:
    X, y = np.eye(12), np.arange(12) % 2
    with pytest.raises(ModelError, match="mixup needs epochs"):
        MLPClassifier((4,), mixup=0.2, solver="lbfgs").fit(X, y)
    twice = MLPClassifier((4,), mixup=0.2, image_shape=(2, 6, 1), augment={"mixup": 0.1})
    with pytest.raises(ModelError, match="mixup is given twice"):
        twice.fit(X, y)
