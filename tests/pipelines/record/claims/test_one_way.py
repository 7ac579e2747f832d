"""How likely shifts are one way is exact for few of them, and near that for many."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipelines.record.claims.one_way import UNLIKELY, chance


def test_it_is_the_part_of_all_signs() -> None:
    shifts = np.random.default_rng(0).normal(0.3, 1, 10)
    signs = np.array(list(itertools.product([-1, 1], repeat=10)))
    part = np.mean(np.abs(signs @ shifts) >= abs(shifts.sum()) - 1e-9)
    assert chance(list(shifts)) == pytest.approx(part)


def test_many_are_as_few_are() -> None:
    rng = np.random.default_rng(0)
    shifts = list(rng.normal(0.4, 1, 17))
    signs = rng.choice([-1, 1], (40_000, 17))
    part = np.mean(np.abs(signs @ shifts) >= abs(sum(shifts)))
    assert chance(shifts) == pytest.approx(part, abs=0.03)
    assert chance([0.0] * 30) == 1.0


def test_honest_shifts_are_taken_for_a_lie_as_rarely_as_promised() -> None:
    rng = np.random.default_rng(1)
    for n in (12, 19):
        honest = rng.integers(-9, 10, (3000, n)) * rng.choice([0.1, 1.0, 3.0], n)
        assert np.mean([chance(list(row)) < UNLIKELY for row in honest]) < 3 * UNLIKELY
