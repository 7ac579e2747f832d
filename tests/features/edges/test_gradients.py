from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.edges.gradients import orientation_votes


@given(st.integers(0, 999), st.integers(1, 20), st.sampled_from([1, 3]))
def test_bytes_by_table_vote_as_the_same_numbers_by_formula(
    seed: int, orientations: int, channels: int
) -> None:
    rng = np.random.default_rng(seed)
    images = (rng.integers(0, 6, (1, 9, 8, channels)) * 50).astype(np.uint8)
    magnitudes, bins = orientation_votes(images, orientations)
    expected_magnitudes, expected_bins = orientation_votes(images.astype(np.float64), orientations)
    np.testing.assert_allclose(magnitudes, expected_magnitudes, rtol=1e-6)
    np.testing.assert_array_equal(bins, expected_bins)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_the_first_of_equally_strong_channels_votes(dtype: type) -> None:
    """Red rises along the row as much as green does down the column."""
    images: npt.NDArray[Any] = np.zeros((1, 3, 3, 3), dtype=dtype)
    images[0, 1, 2, 0] = 100
    images[0, 2, 1, 1] = 100
    magnitudes, bins = orientation_votes(images, 2)
    assert (magnitudes[0, 1, 1], bins[0, 1, 1]) == (100, 0)
    magnitudes, bins = orientation_votes(np.ascontiguousarray(images[..., ::-1]), 2)
    assert (magnitudes[0, 1, 1], bins[0, 1, 1]) == (100, 1)


def test_an_angle_a_hair_below_zero_votes_nowhere() -> None:
    images = np.zeros((1, 3, 3, 1))
    images[0, 1, 2, 0] = 1.0
    images[0, 0, 1, 0] = 1e-17
    magnitudes, bins = orientation_votes(images, 9)
    assert (magnitudes[0, 1, 1], bins[0, 1, 1]) == (0, 0)
