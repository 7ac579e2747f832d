"""How much each sample counts: its own weight times that of its class."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

from models.errors import ModelError
from models.layers.layer import Array


def shares(X: Array, y: Array, sample_weight: Any, class_weight: Any) -> Array:
    """Return the weights (n,) of `combined_weights`, scaled so that they sum to one."""
    weights = combined_weights(X, y, sample_weight, class_weight)
    return np.asarray(weights / weights.sum())


def combined_weights(X: Array, y: Array, sample_weight: Any, class_weight: Any) -> Array:
    """Return weights (n,) in float64, none negative and not all zero.

    Raises
    ------
    ModelError
        If no sample has a weight, or weights of classes are of other classes.
    ValueError
        If a weight is negative.
    """
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
            try:
                weights *= compute_sample_weight(class_weight, y)
            except ValueError as error:
                raise ModelError(
                    f"class_weight: {error}; it names {', '.join(map(repr, class_weight))}"
                ) from None
    if not weights.sum() > 0:
        raise ModelError("all sample weights are zero: no sample is left to fit to")
    return weights
