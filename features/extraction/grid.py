"""Where in the image features are summed: the boxes of a grid, the same for every extractor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from data.errors import ParameterError
from data.parameters.rules import check, optional, whole
from features.extraction.parameters import GRID, PAIR, pair

GridLike = Sequence[int] | Sequence[Sequence[int]]
"""One (rows, columns), or several of these, which are a spatial pyramid."""


@dataclass(frozen=True)
class Box:
    """A rectangle of rows and columns; `bottom` and `right` are not part of it."""

    name: str
    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """The number of positions inside."""
        return (self.bottom - self.top) * (self.right - self.left)


def parse_grid(grid: Any) -> list[tuple[int, int]]:
    """Return the levels of a grid: one (rows, columns), or the several of a spatial pyramid."""
    check({"grid": grid}, {"grid": GRID})
    if PAIR.holds(grid):
        return [pair(grid)]
    levels = [pair(level) for level in grid]
    if len(set(levels)) < len(levels):
        raise ParameterError(f"grid must have each level once, got {grid!r}")
    return levels


def grid_boxes(grid: Any, height: int, width: int, *, window: Any = None) -> list[Box]:
    """Return the boxes of a grid over a map, level by level, row by row.

    Parameters
    ----------
    grid : (rows, columns), or a list of these
        Cut as `numpy.array_split` cuts. A list is a spatial pyramid.
    height, width : int
        Of the map.
    window : int or None, default None
        Side of the boxes, which are then spread evenly from edge to edge. Large ones overlap, and
        small ones leave out what is between them; a single one is in the middle.

    Returns
    -------
    list of Box
        With the names ``cell_<row>_<column>``, and the level where there are several.

    Raises
    ------
    ValueError
        If the grid is none, or finer than the map, or the window is larger than that, or leaves
        too few places for the boxes.

    References
    ----------
    Lazebnik, Schmid and Ponce, "Beyond bags of features: spatial pyramid matching for recognizing
    natural scene categories", CVPR 2006.

    Examples
    --------
    >>> [box.name for box in grid_boxes([(1, 1), (1, 2)], 4, 4)]
    ['cell_0_0_of_1x1', 'cell_0_0_of_1x2', 'cell_0_1_of_1x2']
    """
    levels = parse_grid(grid)
    window = check({"window": window}, {"window": optional(whole(1))})["window"]
    boxes = []
    for rows, columns in levels:
        suffix = f"_of_{rows}x{columns}" if len(levels) > 1 else ""
        for i, (top, bottom) in enumerate(_spans("rows", rows, height, window)):
            for j, (left, right) in enumerate(_spans("columns", columns, width, window)):
                boxes.append(Box(f"cell_{i}_{j}{suffix}", top, bottom, left, right))
    return boxes


def _spans(what: str, n: int, length: int, window: int | None) -> list[tuple[int, int]]:
    if n > length:
        raise ParameterError(f"grid has {n} {what} but there are only {length} positions to split")
    if window is None:
        # As in numpy.array_split, the first (length mod n) parts are one longer.
        short, longer = divmod(length, n)
        ends = [0]
        for i in range(n):
            ends.append(ends[-1] + short + (i < longer))
        return list(pairwise(ends))
    if window > length:
        raise ParameterError(f"window is {window} but there are only {length} {what} of positions")
    if n > length - window + 1:
        raise ParameterError(
            f"grid has {n} {what} of windows of {window} positions, but there are only "
            f"{length - window + 1} places for them; take a smaller window, or a coarser grid"
        )
    if n == 1:
        start = (length - window) // 2
        return [(start, start + window)]
    starts = np.rint(np.linspace(0, length - window, n)).astype(int).tolist()
    return [(start, start + window) for start in starts]
