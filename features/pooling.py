"""Means of codes over the boxes of a grid: a word counts more than where exactly it stood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from features.grid import Box

Vectors = npt.NDArray[np.float32]

#: Codes of so many positions at a time stay in the cache.
POSITIONS_AT_ONCE = 256


class Pooling:
    """Mean over each box, where boxes may overlap and positions belong to none or to many.

    The boxes' edges cut the map into parts; each part is summed once, and a box is the sum of
    its parts. That serves grids, pyramids and overlapping windows alike.

    Parameters
    ----------
    boxes : sequence of Box
    rows, columns : int
        Of the map of positions.

    Examples
    --------
    >>> pooling = Pooling([Box("all", 0, 1, 0, 2), Box("left", 0, 1, 0, 1)], 1, 2)
    >>> pooling(np.array([[1.0], [3.0]], dtype=np.float32), lambda vectors: vectors)
    array([[2.],
           [1.]], dtype=float32)
    """

    def __init__(self, boxes: Sequence[Box], rows: int, columns: int) -> None:
        row_cuts = sorted({edge for box in boxes for edge in (box.top, box.bottom)})
        column_cuts = sorted({edge for box in boxes for edge in (box.left, box.right)})
        index = np.arange(rows * columns).reshape(rows, columns)
        members, shares = [], []
        for top, bottom in pairwise(row_cuts):
            for left, right in pairwise(column_cuts):
                inside = [
                    box.top <= top < box.bottom and box.left <= left < box.right for box in boxes
                ]
                if any(inside):
                    members.append(index[top:bottom, left:right].ravel())
                    shares.append(
                        [float(yes) / box.area for yes, box in zip(inside, boxes, strict=True)]
                    )
        self.n_parts = len(members)
        self.order = np.concatenate(members)
        self._shares = np.ascontiguousarray(np.array(shares, dtype=np.float32).T)
        ends = np.cumsum([0, *map(len, members)])
        self._pieces = [
            (start, min(start + POSITIONS_AT_ONCE, int(ends[-1])), _overlaps(ends, start))
            for start in range(0, int(ends[-1]), POSITIONS_AT_ONCE)
        ]

    def __call__(self, vectors: Vectors, encode: Callable[[Vectors], Vectors]) -> Vectors:
        """Mean codes (n_boxes, n_codes) of one image's descriptors (rows · columns, d)."""
        vectors = vectors.take(self.order, axis=0)
        sums: Vectors | None = None
        for start, stop, parts in self._pieces:
            codes = encode(vectors[start:stop])
            if sums is None:
                sums = np.zeros((self.n_parts, codes.shape[1]), dtype=np.float32)
            for part, first, last in parts:
                sums[part] += np.add.reduce(codes[first:last], axis=0)
        assert sums is not None  # there is at least one box
        return self._shares @ sums


def _overlaps(ends: npt.NDArray[np.intp], start: int) -> list[tuple[int, int, int]]:
    """(part, first, last) for the parts within one piece, counted from its start."""
    stop = min(start + POSITIONS_AT_ONCE, int(ends[-1]))
    return [
        (part, max(a, start) - start, min(b, stop) - start)
        for part, (a, b) in enumerate(pairwise(ends.tolist()))
        if a < stop and b > start
    ]
