from __future__ import annotations

import numpy as np
import pytest

from features.coding.products import panels_of
from features.coding.squares import neighbour_products, square_sums
from features.extraction.compiled import compiled
from features.kernels.gaussian_pooling import GaussianPooling

RNG = np.random.default_rng(0)


def test_machine_code_of_sums_does_what_its_python_does() -> None:
    padded = RNG.normal(size=(5, 6, 2)).astype(np.float32)
    panels = panels_of(RNG.normal(size=(8, 18)).astype(np.float32))
    by_row, by_column = (RNG.uniform(size=(2, n)).astype(np.float32) for n in (4, 5))
    found = []
    for run in (compiled(square_sums), square_sums):
        sums = np.zeros((2, 2, 18), dtype=np.float32)
        run(padded, 2, panels, np.float32(0.5), by_row, by_column, sums)
        found.append(sums)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    assert found[0].all()


def test_wide_maps_are_pooled_as_all_columns_at_once_would_be() -> None:
    padded = RNG.normal(size=(5, 76, 2)).astype(np.float32)
    panels = panels_of(RNG.normal(size=(8, 18)).astype(np.float32))
    by_row = RNG.uniform(size=(2, 4)).astype(np.float32)
    by_column = GaussianPooling(4, 75, 4).by_column  # 19 sums, each of nine columns at most
    pooled, alone = np.zeros((2, 19, 18), np.float32), np.zeros((2, 75, 18), np.float32)
    compiled(square_sums)(padded, 2, panels, np.float32(0.5), by_row, by_column, pooled)
    each = np.eye(75, dtype=np.float32)
    compiled(square_sums)(padded, 2, panels, np.float32(0.5), by_row, each, alone)
    np.testing.assert_allclose(pooled, by_column @ alone, rtol=1e-4)


@pytest.mark.parametrize("run", [compiled(neighbour_products), neighbour_products])
def test_eight_positions_of_two_values_are_made_at_once(run: object) -> None:
    padded = RNG.normal(size=(4, 18, 2)).astype(np.float32)
    # Each position becomes what is one above it, in the other order.
    matrix = np.zeros((2, 8, 2, 8, 2), dtype=np.float32)
    for i in range(8):
        matrix[0, i, 0, i, 1] = matrix[0, i, 1, i, 0] = 1
    out = np.zeros((3, 11, 2), dtype=np.float32)
    size_two = np.zeros((2, 9, 2, 8, 2), dtype=np.float32)
    size_two[:, :8] = matrix
    run(padded, 2, panels_of(size_two.reshape(36, 16)), out)  # type: ignore[operator]
    np.testing.assert_array_equal(out, padded[:3, :11, ::-1])
