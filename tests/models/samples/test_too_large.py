"""Squares that overflow would leave a fit at its start, without an error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import LinearClassifier, MLPClassifier
from models.errors import ModelError

X = np.random.default_rng(0).normal(size=(40, 3))
LABELS = (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e19), (np.float64, 1e160)])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("kind", [LinearClassifier, MLPClassifier])
def test_samples_whose_squares_overflow_are_refused(
    kind: Any, standardize: bool, dtype: Any, size: float
) -> None:
    large = (X * size).astype(dtype)
    with pytest.raises(ModelError, match=r"too large for float.*; scale the columns"):
        kind(standardize=standardize).fit(large, LABELS)


@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e12), (np.float64, 1e100)])
def test_large_samples_are_learned_from(dtype: Any, size: float) -> None:
    large = (X * size).astype(dtype)
    assert LinearClassifier(standardize=True).fit(large, LABELS).score(large, LABELS) >= 0.9
