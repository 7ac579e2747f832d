from __future__ import annotations

import numpy as np

from features.edges.running_sums import votes_at_positions
from features.extraction.compiled import compiled


def test_votes_at_positions_are_the_sums_of_each_cell() -> None:
    rng = np.random.default_rng(0)
    magnitudes = rng.random((2, 7, 8), dtype=np.float32)
    bins = rng.integers(0, 3, (2, 7, 8), dtype=np.uint8)
    machine, python = np.ones((2, 2, 2, 3, 12), dtype=np.float32)
    for function, out in ((compiled(votes_at_positions), machine), (votes_at_positions, python)):
        function(magnitudes, bins, 2, 2, np.float32(0.25), out)
    np.testing.assert_array_equal(machine, python)
    for image, row, column, cell, bin_ in np.ndindex(2, 2, 3, 4, 3):
        top, left = 2 * row + 2 * (cell // 2), 2 * column + 2 * (cell % 2)
        where = np.s_[image, top : top + 2, left : left + 2]
        expected = magnitudes[where][bins[where] == bin_].sum() / 4
        found = machine[image, row, column, 3 * cell + bin_]
        np.testing.assert_allclose(found, expected, rtol=1e-6)
