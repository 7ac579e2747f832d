"""Samples whose squares overflow are refused: nothing that is learned from them is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.errors import ModelError


def check_squares(X: np.ndarray[Any, np.dtype[np.floating[Any]]]) -> None:
    """Raise ModelError if a sum of squares over the samples is no finite number of their dtype.

    Parameters
    ----------
    X : float array (n, d)
        Samples, finite.

    Examples
    --------
    >>> check_squares(np.full((2, 3), 1e20, np.float32))
    Traceback (most recent call last):
    ...
    models.errors.ModelError: X has values up to 1e+20, too large for float32; scale the columns
    """
    check_largest(max(float(X.max()), -float(X.min())), X)


def check_largest(largest: float, X: Any) -> None:
    """Raise ModelError if so large a value among samples makes their squares overflow."""
    if largest > np.sqrt(np.finfo(X.dtype).max / X.size):
        raise ModelError(
            f"X has values up to {largest:.3g}, too large for {X.dtype}; scale the columns"
        )
