"""A fit that fails leaves no trace: what was learned before it predicts as before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from models import (
    KernelClassifier,
    LinearClassifier,
    MLPClassifier,
    ModelError,
    TaughtClassifier,
    ViewsClassifier,
)

RNG = np.random.default_rng(0)
Y = np.arange(60) % 3
X = RNG.normal(size=(60, 4)) + Y[:, None]
NET = MLPClassifier((4,), max_iter=2, learning_rate="cosine", random_state=0)


@pytest.mark.parametrize(
    "classifier",
    [
        LinearClassifier(),
        KernelClassifier(),
        NET,
        TaughtClassifier(NET, LinearClassifier()),
        ViewsClassifier(LinearClassifier(), n_views=2),
        ViewsClassifier(NET, n_views=1),
    ],
    ids=str,
)
def test_it_is_as_it_was(classifier: Any) -> None:
    model = clone(classifier)
    before = vars(model).copy()
    fits: list[Callable[[Any], Any]] = [lambda rows: model.fit(rows, np.zeros(60))]
    if hasattr(model, "partial_fit"):
        fits.append(lambda rows: model.partial_fit(rows, Y, classes=[0, 1]))
    for fit in fits:
        with pytest.raises(ModelError):
            fit(X)
        assert vars(model) == before
        with pytest.raises(NotFittedError):
            model.predict(X)
    model.fit(X, Y)
    expected, learned = model.predict(X), vars(model).copy()
    for fit in fits:
        with pytest.raises(ValueError, match=r".+"):
            fit(X[:, :2])
        assert vars(model).keys() == learned.keys()
        assert all(vars(model)[name] is learned[name] for name in learned)
        np.testing.assert_array_equal(model.predict(X), expected)


def test_a_new_teacher_is_not_left_beside_the_old_student() -> None:
    taught = TaughtClassifier(clone(NET).set_params(whiten=9), LinearClassifier())
    with pytest.raises(ModelError, match="whiten is 9 components"):
        taught.fit(X, Y)
    with pytest.raises(NotFittedError):
        check_is_fitted(taught)
    taught.set_params(estimator__whiten=None).fit(X, Y)
    teacher = taught.teacher_
    with pytest.raises(ModelError, match="whiten is 9 components"):
        taught.set_params(estimator__whiten=9).fit(X, Y + 1)
    assert taught.teacher_ is teacher
    np.testing.assert_array_equal(taught.classes_, [0, 1, 2])
    assert set(taught.predict(X)) <= {0, 1, 2}


def test_what_was_not_fitted_has_nothing_to_forget() -> None:
    model = clone(NET)
    with pytest.raises(ModelError):
        model.fit(X, np.zeros(60))
    with pytest.raises(NotFittedError):
        model.forget()
