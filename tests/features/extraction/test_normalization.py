from __future__ import annotations

import numpy as np
import pytest

from features.extraction.normalization import NORMS, normalized

VALUES = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)


@pytest.mark.parametrize("power", [0.25, 0.5, 0.8])
def test_powers_keep_the_sign(power: float) -> None:
    out = normalized(VALUES.copy(), power, "none")
    np.testing.assert_allclose(out, np.sign(VALUES) * np.abs(VALUES) ** power, rtol=1e-6)


def test_a_power_of_one_and_no_norm_change_no_bit() -> None:
    np.testing.assert_array_equal(normalized(VALUES.copy(), 1, "none"), VALUES)


def test_rows_get_a_common_scale() -> None:
    np.testing.assert_allclose(
        np.linalg.norm(normalized(VALUES * 7, 0.5, "l2"), axis=1), 1, rtol=1e-5
    )
    standard = normalized(VALUES * 7 + 3, 1, "standard")
    np.testing.assert_allclose(standard.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(standard.std(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("norm", NORMS)
def test_a_row_does_not_depend_on_the_others_and_zeros_stay(norm: str) -> None:
    together = normalized(VALUES.copy(), 0.5, norm)
    np.testing.assert_array_equal(normalized(VALUES[3:4].copy(), 0.5, norm)[0], together[3])
    np.testing.assert_array_equal(normalized(np.zeros((1, 4), np.float32), 0.5, norm), 0)
