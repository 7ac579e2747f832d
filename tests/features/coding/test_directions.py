from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pytest

from features.coding.directions import (
    least_of_largest,
    middle,
    nearest_sums,
    two_sided_sums,
)
from features.coding.products import panels_of
from features.extraction.compiled import compiled

SPANS = np.array([[0, 3], [2, 27], [30, 31]])
RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(31, 5)).astype(np.float32)
OFFSET = RNG.normal(size=5).astype(np.float32)
PANELS = panels_of(RNG.normal(size=(5, 21)))


def test_two_sided_machine_code_does_what_its_python_does() -> None:
    machine, python = np.ones((2, 3, 42), dtype=np.float32)
    for function, sums in ((compiled(two_sided_sums), machine), (two_sided_sums, python)):
        function(VECTORS, OFFSET, PANELS, np.float32(0.5), SPANS, sums)
    np.testing.assert_allclose(machine, python, rtol=1e-5)
    assert (machine > 1).any()


def test_nearest_machine_code_does_what_its_python_does() -> None:
    machine, python = np.ones((2, 3, 42), dtype=np.float32)
    for function, sums in ((compiled(nearest_sums), machine), (nearest_sums, python)):
        function(VECTORS, OFFSET, PANELS, 5, np.float32(0.7), SPANS, sums)
    np.testing.assert_array_equal(machine, python)
    np.testing.assert_array_equal(machine[:, :21].sum(axis=1) - 21, 5 * np.diff(SPANS)[:, 0])


def marked(values: npt.NDArray[np.floating], n_marked: int, quantile: float) -> list[bool]:
    values = values.astype(np.float32)
    mean, reach = middle(values)
    least = least_of_largest(values, np.float32(1), mean, reach, n_marked, np.float32(quantile))
    return [bool(value >= least) for value in values]


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=100),
        RNG.standard_cauchy(size=100) ** 3,
        1000 + RNG.normal(size=100) * 1e-3,
        np.repeat([0.0, 1.0, 2.0], [50, 30, 20]),
        np.r_[np.zeros(99), 1e6],
        np.full(100, -3.3),
        RNG.integers(0, 6, 100),
    ],
    ids=range(7),
)
def test_so_many_of_the_largest_are_marked_and_all_that_equal_the_last(
    values: npt.NDArray[np.floating],
) -> None:
    for n_marked in (1, 20, 40, 99):
        ordered = np.sort(values.astype(np.float32))
        expected = (values.astype(np.float32) >= ordered[-n_marked]).tolist()
        for quantile in (NormalDist().inv_cdf(1 - n_marked / 100), 0.0, 5.0):
            assert marked(values, n_marked, quantile) == expected
