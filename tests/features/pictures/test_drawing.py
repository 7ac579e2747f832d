from __future__ import annotations

import numpy as np
import pytest

from features.pictures.drawing import INK, PAPER, bar, below, beside, sheet, strokes


def tile(value: int, height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), value, dtype=np.uint8)


def test_beside_and_below_stand_on_paper_with_a_margin() -> None:
    row = beside([tile(1, 2, 3), tile(2, 4, 1)])
    assert row.shape == (4, 3 + 2 + 1, 3)
    assert (row[:2, :3] == 1).all()
    assert (row[:, 5] == 2).all()
    assert (row[2:, :3] == PAPER).all()
    assert (row[:, 3:5] == PAPER).all()
    column = below([tile(1, 2, 3), tile(2, 4, 1)])
    assert column.shape == (2 + 2 + 4, 3, 3)
    assert (column[4:, 0] == 2).all()


@pytest.mark.parametrize(("n_tiles", "shape"), [(1, (5, 5)), (5, (12, 19)), (9, (19, 19))])
def test_a_sheet_is_about_as_wide_as_high(n_tiles: int, shape: tuple[int, int]) -> None:
    paper = sheet([tile(i, 5, 5) for i in range(n_tiles)])
    assert paper.shape == (*shape, 3)
    assert (paper[-5:, :5] == (n_tiles - 1) // round(np.ceil(n_tiles**0.5)) * 3).all()


def test_a_bar_covers_its_share() -> None:
    drawn = bar(0.25, (8, 20))
    assert (drawn[2:6, :5] == INK).all()
    assert (drawn[:, 5:] == PAPER).all()
    assert bar(1.0, (8, -3)).shape == (8, 0, 3)


def test_strokes_run_across_the_gradient() -> None:
    votes = np.zeros((1, 2, 2))
    votes[0, 0] = 1, 0
    votes[0, 1] = 0, 0.5
    first, second = np.split(strokes(votes, (21, 21)), 2, axis=1)
    # A gradient of 45°, down and right, is that of an edge from below left to above right.
    for cell, along, across in ((first, 1, 0), (second, 0, 1)):
        diagonals = cell.trace(), np.fliplr(cell).trace()
        assert diagonals[along] > 3 * diagonals[across]
    assert first.max() == 1
    assert 0 < second.max() <= 0.5
