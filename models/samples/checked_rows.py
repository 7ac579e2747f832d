"""Samples are checked: as scikit-learn does it, or many of them block by block, on all cores."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import (
    _check_n_features,
    check_consistent_length,
    validate_data,
)

from data.system.threads import run_jobs
from models.layers.layer import Array
from models.samples.chosen_rows import LARGE_BYTES, ChosenRows, row_blocks
from models.samples.too_large import check_largest, check_squares

FLOATS = (np.float64, np.float32)
"""The dtypes that samples may have; others become the first."""


def checked_rows(
    estimator: Any,
    X: Any,
    y: Any = "no_validation",
    *,
    reset: bool = True,
    dtype: Any = FLOATS,
    order: str | None = None,
    learned: bool = True,
) -> Any:
    """Return samples (n, d) and, if they are given, their labels, as `validate_data` does.

    Large arrays of floats, and `ChosenRows`, are read once and not copied.

    Parameters
    ----------
    estimator : estimator
        What is fitted, or was.
    X : array-like (n, d) or ChosenRows
        The samples.
    y : array-like (n,) or "no_validation", default "no_validation"
        Their labels, if there are any.
    reset : bool, default True
        Whether the estimator is fitted to so many columns now.
    dtype : dtype or tuple of dtype
        What the samples may be in.
    order : {"C"} or None, default None
        The order that an array must have.
    learned : bool, default True
        Whether labelled samples are learned from; then they are refused if their squares overflow.

    Returns
    -------
    X or (X, y)
        An array of one of the dtypes, or `ChosenRows`.
    """
    alone = isinstance(y, str) and y == "no_validation"
    if (alone or y is not None) and _goes_in_blocks(X, dtype):
        largest = _largest(X)
        if np.isfinite(largest):
            if not alone:
                y = validate_data(estimator, X="no_validation", y=y, reset=reset)
                check_consistent_length(X, y)
            _check_n_features(estimator, X, reset=reset)
            if alone:
                return X
            if learned:
                check_largest(largest, X)
            return X, y
        X = np.asarray(X)  # scikit-learn says what is wrong with it
    if alone:
        return validate_data(estimator, X, dtype=dtype, reset=reset)
    X, y = validate_data(estimator, X, y, dtype=dtype, order=order, reset=reset)
    if learned:
        check_squares(X)
    return X, y


def _goes_in_blocks(X: Any, dtype: Any) -> bool:
    allowed = dtype if isinstance(dtype, tuple) else (dtype,)
    if isinstance(X, ChosenRows):
        return X.ndim == 2 and X.dtype in allowed and 0 not in X.shape
    return (
        isinstance(X, np.ndarray)
        and X.ndim == 2
        and X.nbytes >= LARGE_BYTES
        and X.dtype in allowed
        and bool(X.flags.c_contiguous)
    )


def _largest(X: Any) -> float:
    """Return the largest magnitude in X; NaN or infinity if there is one."""
    blocks = list(row_blocks(X))
    found: Array = np.zeros(len(blocks))

    def look(place: int) -> None:
        some = X[blocks[place]]
        found[place] = max(float(some.max()), -float(some.min()))  # NaN if there is one

    with np.errstate(invalid="ignore"):
        run_jobs(look, range(len(blocks)), None)
    return float(found.max())
