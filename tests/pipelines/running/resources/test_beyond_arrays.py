"""A kernel takes far more memory than the rows that it reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models import KernelClassifier, LinearClassifier, TaughtClassifier
from models.kernels.memory import needed_bytes
from pipelines.running.matrices import Handle
from pipelines.running.resources.beyond_arrays import beyond_arrays

MANY = Handle(None, held=np.broadcast_to(np.float32(0), (50_000, 324)))
OF_ALL = needed_bytes(50_000, 324, 4, None)
VIEWS = Handle(None, held=np.broadcast_to(np.float32(0), (5_000, 10, 324)))


@pytest.mark.parametrize(
    ("classifier", "rows", "expected"),
    [
        (KernelClassifier(), MANY, OF_ALL),
        (KernelClassifier(whiten=9, n_landmarks=70), MANY, needed_bytes(50_000, 9, 4, 70)),
        (KernelClassifier(draw_views=2), VIEWS, needed_bytes(10_000, 324, 4, None)),
        (KernelClassifier(), VIEWS, OF_ALL),
        (KernelClassifier(draw_views="two"), VIEWS, OF_ALL),  # type: ignore[arg-type]
        (KernelClassifier(n_landmarks=60_000), MANY, OF_ALL),
        (make_pipeline(StandardScaler(), KernelClassifier()), MANY, OF_ALL),
        (TaughtClassifier(KernelClassifier(), LinearClassifier()), MANY, OF_ALL),
        (LinearClassifier(), MANY, 0),
    ],
    ids=str,
)
def test_the_largest_kernel_is_counted(classifier: Any, rows: Handle, expected: int) -> None:
    candidates: list[Any] = [({}, LinearClassifier()), ({}, classifier)]
    assert beyond_arrays((rows, MANY, candidates, 7)) == expected
    assert beyond_arrays((candidates, 7)) == 0
