"""The factor by products is Cholesky's, and solves."""

from __future__ import annotations

import numpy as np
import pytest

from models.layers.layer import Array
from models.tiles.factor import Factor
from models.tiles.tiled_matrix import TiledMatrix

PANEL = np.random.default_rng(0).normal(size=(50, 70))


def tiled(panel: Array, side: int) -> TiledMatrix:
    matrix = TiledMatrix(len(panel), panel.dtype, side)
    matrix.add_product(panel)
    return matrix


@pytest.mark.parametrize("side", [50, 16, 7])
def test_it_solves(side: int) -> None:
    right = np.random.default_rng(1).normal(size=(50, 3))
    factor, gram = Factor(tiled(PANEL, side)), PANEL @ PANEL.T
    np.testing.assert_allclose(factor.solve(right), np.linalg.solve(gram, right), rtol=1e-8)
    L = np.linalg.cholesky(gram)
    np.testing.assert_allclose(factor.solve_lower(right), np.linalg.solve(L, right), rtol=1e-8)
    np.testing.assert_allclose(factor.solve_upper(right), np.linalg.solve(L.T, right), rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_positive_definite_is_refused(dtype: type) -> None:
    matrix = tiled(PANEL[:, :5].astype(dtype), 16)
    matrix.add_to_diagonal(-1.0)
    with pytest.raises(np.linalg.LinAlgError):
        Factor(matrix)
