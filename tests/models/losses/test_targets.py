"""Targets: one-hot rows, one column for two classes, and shares for all classes."""

from __future__ import annotations

import numpy as np

from models.losses.targets import one_hot, smooth_targets


def test_one_hot() -> None:
    labels = np.array([2, 0, 1])
    np.testing.assert_array_equal(one_hot(labels, 3, np.float32), np.eye(3)[labels])
    column = one_hot(labels % 2, 1, np.float32)
    assert column.dtype == np.float32
    np.testing.assert_array_equal(column, [[0], [0], [1]])


def test_smoothed_targets() -> None:
    np.testing.assert_allclose(smooth_targets(np.eye(4)[:1], 0.2), [[0.85, 0.05, 0.05, 0.05]])
    np.testing.assert_allclose(smooth_targets(np.array([[1.0], [0.0]]), 0.2), [[0.9], [0.1]])
