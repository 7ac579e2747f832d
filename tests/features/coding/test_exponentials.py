from __future__ import annotations

import numpy as np
import pytest

from features.coding.exponentials import bands_of, kernel_codes
from features.coding.products import ROWS
from features.extraction.compiled import compiled


@pytest.mark.parametrize("run", [compiled(kernel_codes), kernel_codes])
@pytest.mark.parametrize("sigma", [0.3, 0.6, 2.0])
def test_codes_are_those_of_the_formula(run: object, sigma: float) -> None:
    rng = np.random.default_rng(0)
    lengths = np.array([0.1, 1, 7], dtype=np.float32)
    cosines = rng.uniform(-1, 1, (3, 16)).astype(np.float32)
    cosines[:, 0] = 1
    codes = cosines * lengths[:, None]
    run(codes, lengths, np.float32(1 / sigma**2))  # type: ignore[operator]
    expected = lengths[:, None] * np.exp((cosines.astype(np.float64) - 1) / sigma**2)
    np.testing.assert_allclose(codes, expected, rtol=1e-5)


def test_what_has_no_length_or_is_too_small_for_float32_is_zero() -> None:
    codes = np.zeros((2, 16), dtype=np.float32)
    codes[1, :3] = -1, 1, 1.5  # rounding may lift a cosine above one, and it counts as one
    lengths = np.array([0, 1], dtype=np.float32)
    compiled(kernel_codes)(codes, lengths, np.float32(1 / 0.05**2))
    np.testing.assert_allclose(codes[0], 0)
    np.testing.assert_allclose(codes[1, :3], [0, 1, 1], atol=1e-4)


def test_bands_hold_all_that_counts() -> None:
    across = np.zeros((3 * ROWS, 9), dtype=np.float32)
    across[2, 4], across[5, 1] = 1, 2
    across[ROWS] = 3
    assert bands_of(across)[:2].tolist() == [[1, 5], [0, 9]]
    low, high = bands_of(across)[2]
    assert 0 <= low < high <= 9  # one zero or more, as a loop takes one value at least
