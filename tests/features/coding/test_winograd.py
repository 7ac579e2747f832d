from __future__ import annotations

import numpy as np

from features.coding.winograd import transformed_filters, winograd_sums
from features.extraction.compiled import compiled

RNG = np.random.default_rng(0)


def test_machine_code_does_what_its_python_does() -> None:
    padded = np.zeros((6, 8, 5), dtype=np.float32)
    padded[1:5, 1:6] = RNG.normal(size=(4, 5, 5))
    filters = transformed_filters(RNG.normal(size=(18, 45)).astype(np.float32))
    by_row, by_column = (RNG.uniform(size=(2, n)).astype(np.float32) for n in (4, 5))
    found = []
    for run in (compiled(winograd_sums), winograd_sums):
        sums = np.zeros((2, 2, 18), dtype=np.float32)
        run(padded, filters, np.float32(0.5), by_row, by_column, sums)
        found.append(sums)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    assert found[0].all()


def test_sixteen_products_are_those_of_the_square() -> None:
    """A filter of a single one takes its value; all of them stand in their panels."""
    panels = transformed_filters(np.eye(9, dtype=np.float32))
    assert panels.shape == (1, 16, 2, 16)
    middle = panels[0, :, 1, 4].reshape(4, 4)
    half = np.array([0, 0.5, -0.5, 0])
    np.testing.assert_array_equal(middle, np.outer(half, half))
    assert not panels[0, :, :, 9:].any()
