"""How much each sample counts: its own weight times that of its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from models.errors import ModelError
from models.layers.layer import Array


def shares(X: Array, y: Array, sample_weight: Any, class_weight: Any) -> Array:
    """Return the weights (n,) of `combined_weights`, scaled so that they sum to one."""
    weights = combined_weights(X, y, sample_weight, class_weight)
    return np.asarray(weights / weights.sum())


def combined_weights(
    X: Array,
    y: Array,
    sample_weight: Any,
    class_weight: Any,
    classes: Array | None = None,
    *,
    part: bool = False,
) -> Array:
    """Return weights (n,) in float64, none negative, and not all zero unless X is a part of all.

    `classes` are all labels that there can be, of which a part of the samples may have a few only;
    None stands for those of y.

    Raises
    ------
    ModelError
        If no sample has a weight, weights are too large to be summed, or weights of classes are of
        other classes.
    ValueError
        If a weight is negative.
    """
    if part and _all_zero(sample_weight, len(X)):
        return np.zeros(len(X))
    weights: Array = _check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True, copy=True
    )
    if class_weight is not None:
        # "balanced" counts the samples that weigh something, each by its weight.
        if isinstance(class_weight, str) and class_weight == "balanced":
            classes, index = np.unique(y, return_inverse=True)
            count = np.bincount(index, weights, len(classes))
            share = weights.sum() / (np.count_nonzero(count) * np.where(count > 0, count, 1.0))
            weights *= share[index]
        else:
            known = np.unique(y) if classes is None else classes
            with np.errstate(over="ignore"):  # refused below
                weights *= _of_classes(class_weight, known)[np.searchsorted(known, y)]
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(total):
        raise ModelError("sample weights are too large: their sum is no finite number")
    if not (part or total > 0):
        raise ModelError("all sample weights are zero: no sample is left to fit to")
    return weights


def _all_zero(sample_weight: Any, n: int) -> bool:
    """Return whether weights (n,) were given that are all zero, which scikit-learn refuses."""
    given = np.asarray(sample_weight)
    return given.shape == (n,) and given.dtype.kind in "biuf" and not given.any()


def _of_classes(class_weight: Mapping[Any, float], known: Array) -> Array:
    """Return the weight of each known class; 1 where others are named alone."""
    labels = known.tolist()
    unnamed = [label for label in labels if label not in class_weight]
    if unnamed and any(name not in labels for name in class_weight):
        raise ModelError(
            f"class_weight: the classes {', '.join(map(repr, unnamed))} are not in it; it names "
            f"{', '.join(map(repr, class_weight))}"
        )
    return np.array([class_weight.get(label, 1.0) for label in labels], dtype=np.float64)
