"""Targets: labels as the columns that a loss compares scores with."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from models.layers.layer import Array


def one_hot(labels: Array, n_outputs: int, dtype: DTypeLike) -> Array:
    """Return class indices (n,) as rows (n, n_outputs) with a one in the column of the class.

    For a single output, the rows are 0 for the first of two classes and 1 for the second.
    """
    if n_outputs == 1:
        return labels[:, None].astype(dtype)
    return np.eye(n_outputs, dtype=dtype)[labels]


def columns_of_probabilities(soft: Array, n_outputs: int) -> Array:
    """Return probabilities of classes as targets: of two classes and one output, the second's."""
    return soft[:, 1:] if n_outputs == 1 else soft


def smooth_targets(targets: Array, smoothing: float) -> Array:
    """Move a share s of every target to all k classes alike: (1 − s)·t + s/k.

    A single column, the probability of the second of two classes, counts as two classes.
    (Szegedy and others 2016, section 7.)
    """
    n_classes = max(targets.shape[1], 2)
    return np.asarray(targets * (1.0 - smoothing) + smoothing / n_classes, dtype=targets.dtype)
