from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.extraction.grid import Box, grid_boxes
from features.words.encoder import Span
from features.words.moved_pooling import MovedPooling, moved_pooling

ROWS, COLUMNS = 12, 10


class Plain:
    """Descriptors as their own codes."""

    n_codes = 2
    dtype = np.dtype(np.float32)

    def sums(
        self, vectors: npt.NDArray[np.float32], spans: Sequence[Span]
    ) -> npt.NDArray[np.float32]:
        return np.stack([vectors[first:last].sum(axis=0) for first, last in spans])


def check(boxes: list[Box], places: list[tuple[int, int]]) -> None:
    vectors = np.random.default_rng(0).normal(size=(ROWS, COLUMNS, 2)).astype(np.float32)
    found = MovedPooling(boxes, ROWS, COLUMNS, places)(vectors.reshape(-1, 2), Plain())
    expected = [
        [
            vectors[box.top + down : box.bottom + down, box.left + right : box.right + right].mean(
                axis=(0, 1)
            )
            for box in boxes
        ]
        for down, right in places
    ]
    np.testing.assert_allclose(found, expected, atol=1e-5)


box_edges = st.tuples(st.integers(0, 7), st.integers(1, 8), st.integers(0, 5), st.integers(1, 6))


@given(
    st.lists(box_edges.filter(lambda e: e[0] < e[1] and e[2] < e[3]), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=4),
)
def test_any_boxes_at_any_places_get_their_means(
    edges: list[tuple[int, int, int, int]], places: list[tuple[int, int]]
) -> None:
    check([Box("", *each) for each in edges], places)


@pytest.mark.parametrize("window", [None, 3])
@pytest.mark.parametrize("grid", [(1, 1), (2, 3), [(1, 1), (2, 2)]])
def test_grids_pyramids_and_windows_get_their_means(grid: object, window: int | None) -> None:
    check(grid_boxes(grid, 8, 6, window=window), [(2, 2), (0, 0), (0, 4), (4, 0), (4, 4)])


def test_the_pooling_of_the_same_places_is_made_once() -> None:
    boxes = tuple(grid_boxes((2, 2), 8, 6))
    first, again = (moved_pooling(boxes, 10, 8, ((0, 0), (2, 2))) for _ in range(2))
    assert first is again
