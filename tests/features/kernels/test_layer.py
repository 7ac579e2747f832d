from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from features.kernels.filters import inverse_root, unit_vectors
from features.kernels.gaussian_pooling import GaussianPooling
from features.kernels.layer import Layer
from features.kernels.patches import patches_of

Vectors = npt.NDArray[np.float32]
RNG = np.random.default_rng(0)


def codes_of(values: Vectors, size: int, filters: Vectors, sigma: float) -> npt.NDArray[np.float64]:
    """Return the codes of the formula, in float64."""
    patches = patches_of(values, size).astype(np.float64)
    lengths = np.linalg.norm(patches, axis=1, keepdims=True)
    cosines = patches @ filters.T / np.where(lengths > 0, lengths, 1)
    codes = lengths * np.exp((cosines - 1) / sigma**2)
    return np.asarray(codes.reshape(*values.shape[:2], -1), dtype=np.float64)


@pytest.mark.parametrize("subsampling", [1, 2, 6])
@pytest.mark.parametrize(
    ("rows", "columns", "n_values", "size", "n_filters"),
    [
        (6, 5, 3, 3, 7),
        (40, 33, 2, 4, 18),  # several bands
        (1, 1, 4, 1, 16),
        (6, 5, 8, 3, 7),  # by tiles from here on
        (1, 7, 9, 3, 33),
        (40, 37, 8, 3, 16),  # several bands
    ],
)
def test_a_layer_is_the_formula(
    rows: int, columns: int, n_values: int, size: int, n_filters: int, subsampling: int
) -> None:
    values = RNG.normal(size=(rows, columns, n_values)).astype(np.float32)
    values[: rows // 2, : columns // 2] = 0
    filters = unit_vectors(RNG.normal(size=(n_filters, size * size * n_values)).astype(np.float32))
    mixing, pooling = inverse_root(filters, 0.5), GaussianPooling(rows, columns, subsampling)
    layer = Layer(size, 0.5, filters, mixing, pooling)
    codes = codes_of(values, size, filters, 0.5)
    expected = pooling(codes.astype(np.float32))
    pooled = layer.pooled(values)
    np.testing.assert_allclose(pooled, expected, rtol=1e-4, atol=1e-6)
    # The matrix after pooling is the matrix before it.
    expected = pooling((codes @ mixing).astype(np.float32))
    np.testing.assert_allclose(layer.mixed(pooled), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(layer(values), layer.mixed(pooled))


def test_what_is_faint_beside_something_bright_stays_faint() -> None:
    values = np.full((8, 8, 8), 1e-7, dtype=np.float32)
    values[:, :3] = 1
    filters = unit_vectors(RNG.normal(size=(16, 72)).astype(np.float32))
    layer = Layer(3, 0.3, filters, np.eye(16, dtype=np.float32), GaussianPooling(8, 8, 1))
    expected = codes_of(values, 3, filters, 0.3)
    np.testing.assert_allclose(layer.pooled(values), expected, rtol=1e-4, atol=2e-6)
