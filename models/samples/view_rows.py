"""Rows that hold several views of a sample, checked and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from data.pixels.views import apart
from models.errors import ModelError
from models.layers.layer import Array
from models.samples.chosen_rows import ChosenRows

FLOATS = (np.float64, np.float32)


def checked_views(
    estimator: Any, X: Any, n_views: int, *, dtype: Any = FLOATS, reset: bool = False
) -> Array:
    """Return samples as (n, n_views, d).

    They are checked against those that the estimator was fitted to, or with `reset` set what it
    is fitted to.
    """
    if (np.ndim(X) if isinstance(X, Sequence) else getattr(X, "ndim", 2)) == 3:
        if not isinstance(X, ChosenRows):
            X = check_array(X, dtype=dtype, allow_nd=True, estimator=estimator)
        width = X.shape[1] * X.shape[2]
        if X.shape[1] != n_views or not (reset or width == estimator.n_features_in_):
            wanted = "d" if reset else estimator.n_features_in_ // n_views
            raise ModelError(f"X must be (n, {n_views}, {wanted}), got {X.shape}")
        if reset:
            estimator.n_features_in_ = width
        read: Array = X
        return read
    X = validate_data(estimator, X, dtype=dtype, reset=reset)
    if X.shape[1] % n_views:
        raise ModelError(
            f"X has {X.shape[1]} columns, which are not those of {n_views} views alike"
        )
    return apart(X, n_views)


def as_samples(X: Array) -> Array:
    """Return samples (n, n_views, d) as one row for each view, (n · n_views, d)."""
    if isinstance(X, ChosenRows):
        return X.one_a_view()
    return X.reshape(X.shape[0] * X.shape[1], -1)


def check_views(n_views: int, labels: Array, weights: Array, held_out: Array | None = None) -> None:
    """Raise ModelError if rows are not whole things of several views, or a thing is parted."""
    n = len(labels)
    if n % n_views or any(
        (each[::n_views] != each.reshape(-1, n_views).T).any() for each in (labels, weights)
    ):
        raise ModelError(
            f"X has {n} rows, which are not {n_views} views of each thing, alike in label and "
            "weight"
        )
    if held_out is not None and not (held_out == np.repeat(held_out[::n_views], n_views)).all():
        raise ModelError(f"held_out must name all {n_views} views of a thing, or none of them")
