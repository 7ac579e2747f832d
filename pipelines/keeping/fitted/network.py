"""Scikit-learn's network: weights whose shapes follow from its hidden layers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from pipelines.errors import PackingError
from pipelines.keeping.fitted.checks import (
    Learned,
    array_in,
    check_keys,
    classes_in,
    count_in,
)

_WEIGHTS = ("coefs_", "intercepts_")
_MOST_LAYERS = 1000


def taken(classifier: Any) -> Learned:
    """Return the weights of a fitted network."""
    if classifier._label_binarizer.y_type_ not in ("binary", "multiclass"):
        raise PackingError("a network is kept with one label a row")
    return {
        "classes_": np.asarray(classifier.classes_),
        "n_features_in_": int(classifier.n_features_in_),
        **{name: list(getattr(classifier, name)) for name in _WEIGHTS},
    }


def give(classifier: Any, learned: Learned) -> None:
    """Check the weights, and make a network fitted by them."""
    from sklearn.preprocessing import LabelBinarizer

    check_keys(learned, {"classes_", "n_features_in_", *_WEIGHTS})
    n_classes, n_columns = classes_in(learned), count_in(learned, "n_features_in_")
    n_outputs = 1 if n_classes == 2 else n_classes
    sizes = [n_columns, *_hidden(classifier.hidden_layer_sizes), n_outputs]
    for name in _WEIGHTS:
        if not isinstance(learned[name], list) or len(learned[name]) != len(sizes) - 1:
            raise PackingError(f"{name} must be a list of {len(sizes) - 1} arrays")
    layers = zip(pairwise(sizes), learned["coefs_"], learned["intercepts_"], strict=True)
    for (n_in, n_out), coefs, intercepts in layers:
        array_in({"coefs_": coefs}, "coefs_", (n_in, n_out))
        array_in({"intercepts_": intercepts}, "intercepts_", (n_out,))
    if len({each.dtype for name in _WEIGHTS for each in learned[name]}) != 1:
        raise PackingError("the weights of a network must be of one dtype")
    vars(classifier).update(learned)
    classifier.n_layers_, classifier.n_outputs_ = len(sizes), n_outputs
    classifier.out_activation_ = "logistic" if n_outputs == 1 else "softmax"
    classifier._label_binarizer = LabelBinarizer().fit(learned["classes_"])


def _hidden(given: Any) -> list[int]:
    """Return the sizes of the hidden layers as a constructor takes them."""
    sizes = [given] if type(given) is int else given
    if not isinstance(sizes, list | tuple) or len(sizes) > _MOST_LAYERS:
        raise PackingError(f"hidden_layer_sizes cannot be {str(given)[:40]}")
    if any(type(size) is not int or size < 1 for size in sizes):
        raise PackingError(f"hidden_layer_sizes must be counts, got {str(given)[:40]}")
    return list(sizes)
