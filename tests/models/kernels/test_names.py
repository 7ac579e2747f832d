"""Each kernel is positive semidefinite, and that of wide layers is what they converge to."""

from __future__ import annotations

import numpy as np
import pytest

from models.kernels.names import KERNELS, Shape
from models.kernels.rows import KernelRows

ROWS = np.random.default_rng(0).normal(size=(30, 6))
WHOLE = slice(0, 30)


@pytest.mark.parametrize("kernel", KERNELS)
def test_it_is_symmetric_and_positive(kernel: str) -> None:
    rows = KernelRows(ROWS, kernel, Shape(0.3, 3, 1.0), 2)
    K = rows.block(WHOLE, rows, WHOLE)
    np.testing.assert_allclose(K, K.T)
    assert np.linalg.eigvalsh(K).min() > -1e-6
    np.testing.assert_array_equal(rows.some(np.arange(5)).Z, ROWS[:5])


def test_the_arc_cosine_is_a_wide_layer() -> None:
    rows = KernelRows(ROWS, "arc-cosine", Shape(1.0, 1, 0.0), 1)
    layer = np.maximum(ROWS @ np.random.default_rng(1).normal(size=(6, 200_000)), 0)
    np.testing.assert_allclose(
        rows.block(WHOLE, rows, WHOLE), 2 * layer @ layer.T / 200_000, atol=0.2
    )


def test_a_row_of_zeros_has_no_angle() -> None:
    rows = KernelRows(np.zeros((2, 3)), "arc-cosine", Shape(1.0, 1, 0.0), 1)
    np.testing.assert_array_equal(rows.block(slice(0, 2), rows, slice(0, 2)), np.zeros((2, 2)))
