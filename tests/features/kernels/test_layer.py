from __future__ import annotations

import numpy as np

from features.kernels.filters import inverse_root, unit_vectors
from features.kernels.gaussian_pooling import GaussianPooling
from features.kernels.layer import Layer
from features.kernels.patches import patches_of

RNG = np.random.default_rng(0)
MAP = RNG.normal(size=(6, 5, 3)).astype(np.float32)


def test_a_layer_is_the_formula() -> None:
    filters = unit_vectors(RNG.normal(size=(7, 27)).astype(np.float32))
    mixing, pooling = inverse_root(filters, 0.5), GaussianPooling(6, 5, 2)
    codes = np.empty((6, 5, 7))
    for i, patch in enumerate(patches_of(MAP, 3).astype(np.float64)):
        length = np.linalg.norm(patch)
        codes[divmod(i, 5)] = length * np.exp((filters @ patch / length - 1) / 0.5**2)
    layer = Layer(3, 0.5, filters, mixing, pooling)
    np.testing.assert_allclose(layer.codes(MAP), codes, rtol=1e-4)
    # The matrix after pooling is the matrix before it.
    expected = pooling((codes @ mixing).astype(np.float32))
    np.testing.assert_allclose(layer(MAP), expected, atol=1e-4)
