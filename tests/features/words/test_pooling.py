from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ParameterError
from features.extraction.grid import Box, grid_boxes
from features.words.encoder import Span
from features.words.pooling import Pooling


def test_a_grid_of_too_many_cells_is_refused_first() -> None:
    with pytest.raises(ParameterError, match=r"40,000 parts for 40,000 cells, .* coarser grid"):
        Pooling(grid_boxes((200, 200), 250, 250), 250, 250)


class Plain:
    """Descriptors as their own codes."""

    n_codes = 2
    dtype = np.dtype(np.float32)

    def sums(
        self, vectors: npt.NDArray[np.float32], spans: Sequence[Span]
    ) -> npt.NDArray[np.float32]:
        return np.stack([vectors[first:last].sum(axis=0) for first, last in spans])


def check(boxes: list[Box], rows: int, columns: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(rows, columns, 2)).astype(np.float32)
    out = Pooling(boxes, rows, columns)(vectors.reshape(-1, 2), Plain())
    expected = [
        vectors[box.top : box.bottom, box.left : box.right].mean(axis=(0, 1)) for box in boxes
    ]
    np.testing.assert_allclose(out, expected, atol=1e-5)


box_edges = st.tuples(
    st.integers(0, 29), st.integers(1, 30), st.integers(0, 19), st.integers(1, 20)
)


@given(st.lists(box_edges.filter(lambda e: e[0] < e[1] and e[2] < e[3]), min_size=1, max_size=5))
def test_any_boxes_get_their_means(edges: list[tuple[int, int, int, int]]) -> None:
    check([Box("", *each) for each in edges], 30, 20)


@pytest.mark.parametrize("window", [None, 7, 23])
@pytest.mark.parametrize("grid", [(1, 1), (2, 2), (3, 5), [(1, 1), (2, 2), (4, 4)]])
def test_grids_pyramids_and_windows_get_their_means(grid: object, window: int | None) -> None:
    check(grid_boxes(grid, 27, 29, window=window), 27, 29)
