"""A classifier predicts with the parameters that it was fitted with, or says which is another."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from models import (
    KernelClassifier,
    LinearClassifier,
    MLPClassifier,
    ModelError,
    TaughtClassifier,
    ViewsClassifier,
)
from models.layers.functions.activations import ReLU, Tanh
from models.layers.layer import Layer
from models.layers.linear import Linear

RNG = np.random.default_rng(0)
Y = np.arange(60) % 3
X = RNG.normal(size=(60, 4)) + Y[:, None]


def one_layer(n_in: int, n_out: int) -> list[Layer]:
    return [Linear(n_out)]


def bent(n_in: int, n_out: int) -> list[Layer]:
    return [Linear(3), Tanh(), Linear(n_out)]


def net(**given: Any) -> MLPClassifier:
    return MLPClassifier((4, 4), max_iter=2, learning_rate="cosine", random_state=0, **given)


@pytest.mark.parametrize(
    ("classifier", "change"),
    [
        (KernelClassifier(), {"kernel": "linear"}),
        (KernelClassifier(kernel="polynomial"), {"degree": 3}),
        (KernelClassifier(kernel="polynomial"), {"coef0": 0.5}),
        (KernelClassifier(), {"n_cells": 2}),
        (LinearClassifier(loss="squared"), {"loss": "softmax"}),
        (net(), {"hidden_layer_sizes": (4, 4, 4)}),
        (net(), {"hidden_layer_sizes": (4, 5)}),
        (net(), {"activation": "tanh"}),
        (net(activation=ReLU), {"activation": Tanh}),
        (net(), {"norm": "batch"}),
        (net(), {"residual": True}),
        (net(), {"loss": "squared"}),
        (net(), {"whiten": 4}),
        (net(network=one_layer), {"network": bent}),
        (ViewsClassifier(LinearClassifier(), n_views=2), {"n_views": 1}),
        (TaughtClassifier(net(), LinearClassifier(), n_columns=3), {"n_columns": 2}),
    ],
    ids=lambda given: "-".join(given) if isinstance(given, dict) else type(given).__name__,
)
def test_other_parameters_are_refused_until_the_next_fit(
    classifier: Any, change: dict[str, Any]
) -> None:
    fitted = clone(classifier).fit(X, Y)
    expected = fitted.predict(X)
    (name,) = change
    before = fitted.get_params()[name]
    kind = type(fitted).__name__
    fitted.set_params(**change)
    for copied in (fitted, pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        for method in ("predict", "predict_proba"):
            if hasattr(copied, method):
                with pytest.raises(ModelError, match=f"{name} was .* when {kind} was fitted and"):
                    getattr(copied, method)(X)
    np.testing.assert_array_equal(fitted.set_params(**{name: before}).predict(X), expected)
    again = fitted.set_params(**change).fit(X, Y)
    np.testing.assert_array_equal(again.predict(X), clone(again).fit(X, Y).predict(X))


def test_what_predictions_do_not_read_may_change() -> None:
    for classifier, change in (
        (KernelClassifier(), {"alpha": 0.1, "gamma": 2.0, "standardize": False}),
        (LinearClassifier(), {"alpha": 0.1, "standardize": True}),
        (net(), {"solver": "sgd", "alpha": 0.1, "image_shape": (2, 2, 1), "views": 1}),
    ):
        fitted = classifier.fit(X, Y)
        expected = fitted.predict(X)
        np.testing.assert_array_equal(fitted.set_params(**change).predict(X), expected)
