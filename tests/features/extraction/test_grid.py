from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.extraction.grid import grid_boxes, parse_grid


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 20), st.integers(0, 20))
def test_boxes_are_cut_as_array_split_cuts(rows: int, columns: int, more: int, wider: int) -> None:
    height, width = rows + more, columns + wider
    index = np.arange(height * width).reshape(height, width)
    boxes = grid_boxes((rows, columns), height, width)
    expected = [
        cell
        for band in np.array_split(index, rows)
        for cell in np.array_split(band, columns, axis=1)
    ]
    for box, cell in zip(boxes, expected, strict=True):
        np.testing.assert_array_equal(index[box.top : box.bottom, box.left : box.right], cell)
        assert box.area == cell.size


def test_windows_spread_from_edge_to_edge() -> None:
    """Windows of 15 on a map of 27 at a stride of 6 are a 3×3 grid of them."""
    boxes = grid_boxes((3, 3), 27, 27, window=15)
    assert [(box.top, box.bottom) for box in boxes[::3]] == [(0, 15), (6, 21), (12, 27)]
    assert [(box.left, box.right) for box in boxes[:3]] == [(0, 15), (6, 21), (12, 27)]
    assert [(b.top, b.left) for b in grid_boxes((1, 1), 9, 11, window=5)] == [(2, 3)]


def test_a_list_of_levels_is_a_pyramid() -> None:
    assert parse_grid([[1, 1], [2, 2]]) == [(1, 1), (2, 2)]
    assert parse_grid((2, 3)) == [(2, 3)]
    names = [box.name for box in grid_boxes([(1, 1), (2, 1)], 4, 4)]
    assert names == ["cell_0_0_of_1x1", "cell_0_0_of_2x1", "cell_1_0_of_2x1"]


@pytest.mark.parametrize(
    ("grid", "window", "message"),
    [
        ((0, 1), None, r"grid must be .* got \(0, 1\)"),
        ((1, 2, 3), None, "grid must be a whole number from 1"),
        ([(1, 1), (5, 1)], None, "grid has 5 rows but there are only 4 positions"),
        ([(1, 1), (1,)], None, r"grid must be a whole number from 1"),
        ([(1, 1), 1, (1, 1)], None, "grid must"),
        ([(1, 1), [1, 1]], None, "grid must have each level once"),
        ((1, 1), 5, "window is 5 but there are only 4 rows of positions"),
        ((3, 3), 3, "grid has 3 rows of windows of 3 positions, but there are only 2 places"),
        ((1, 2), 4, "grid has 2 columns of windows of 4 positions, but there are only 1 places"),
        ((1, 1), 0, "window must be a whole number from 1 .*got 0"),
    ],
)
def test_what_does_not_fit_is_refused(grid: object, window: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        grid_boxes(grid, 4, 4, window=window)
