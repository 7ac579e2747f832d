from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import convolve1d

from features.kernels.gaussian_pooling import GaussianPooling


@pytest.mark.parametrize("subsampling", [1, 2, 3, 6])
def test_it_is_a_blur_of_which_some_positions_are_kept(subsampling: int) -> None:
    values = np.random.default_rng(0).normal(size=(13, 8, 4)).astype(np.float32)
    expected = values.astype(np.float64)
    if subsampling > 1:
        # σ = s/√2, so that exp(-t²/2σ²) is exp(-t²/s²).
        weights = np.exp(-((np.arange(-subsampling, subsampling + 1) / subsampling) ** 2))
        for axis in (0, 1):
            expected = convolve1d(expected, weights / weights.sum(), axis=axis, mode="constant")
    expected = expected[::subsampling, ::subsampling]
    pooling = GaussianPooling(13, 8, subsampling)
    assert pooling.shape == expected.shape[:2]
    np.testing.assert_allclose(pooling(values), expected, atol=1e-6)
