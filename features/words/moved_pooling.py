"""Means of codes over boxes at several places: the boxes move, and the codes are made once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from features.extraction.grid import Box
from features.words.pooling import Floats, Parts, Summing, Vectors

Side = tuple[int, int]


class MovedPooling:
    """Mean of codes over the boxes of a grid, at each of several places of a larger map.

    The edges of all boxes at all places cut the map into parts, each of which is summed once, as in
    `Pooling`. A box is some columns of some rows. So the parts are first added up across, for each
    range of columns, and these sums then down, for each range of rows.

    Parameters
    ----------
    boxes : sequence of Box
        As `features.extraction.grid.grid_boxes` makes them, where they are when they are not moved.
    rows, columns : int
        Of the larger map.
    places : sequence of (down, right)
        By how many rows and columns the boxes are moved, from 0 up.

    Examples
    --------
    >>> from features.words.encodings import TwoSided
    >>> pooling = MovedPooling([Box("two", 0, 1, 0, 2)], 1, 3, [(0, 0), (0, 1)])
    >>> codes = TwoSided(np.float32([[1.0]]), threshold=0.5)
    >>> pooling(np.float32([[1.0], [3.0], [4.0]]), codes)[:, :, 0]
    array([[1.5],
           [3. ]], dtype=float32)
    """

    def __init__(
        self,
        boxes: Sequence[Box],
        rows: int,
        columns: int,
        places: Sequence[tuple[int, int]],
    ) -> None:
        moved = [
            ((box.top + down, box.bottom + down), (box.left + right, box.right + right))
            for down, right in places
            for box in boxes
        ]
        self._n_places, self._n_boxes = len(places), len(boxes)
        row_cuts, column_cuts = (
            sorted({edge for box in moved for edge in box[axis]}) for axis in (0, 1)
        )
        heights, widths = (sorted({box[axis] for box in moved}) for axis in (0, 1))
        self._down, self._across = _shares(heights, row_cuts), _shares(widths, column_cuts)
        self._picked = (
            np.array([heights.index(height) for height, _ in moved]),
            np.array([widths.index(width) for _, width in moved]),
        )
        covered = np.zeros((rows, columns), dtype=bool)
        for (top, bottom), (left, right) in moved:
            covered[top:bottom, left:right] = True
        index = np.arange(rows * columns).reshape(rows, columns)
        self._shape = len(row_cuts) - 1, len(column_cuts) - 1
        members, used = [], []
        for i, (top, bottom) in enumerate(pairwise(row_cuts)):
            for j, (left, right) in enumerate(pairwise(column_cuts)):
                # A part is inside a box as a whole, or not at all.
                if covered[top, left]:
                    members.append(index[top:bottom, left:right].ravel())
                    used.append(i * self._shape[1] + j)
        self._parts = Parts(members)
        self._used = None if len(used) == self._shape[0] * self._shape[1] else np.array(used)

    def __call__(self, vectors: Vectors, encoder: Summing) -> Floats:
        """Return mean codes (n_places, n_boxes, n_codes) of one map's descriptors (n, d)."""
        sums = self._parts.sums(vectors, encoder)
        if self._used is not None:
            whole = np.zeros((self._shape[0] * self._shape[1], sums.shape[1]), dtype=sums.dtype)
            whole[self._used] = sums
            sums = whole
        across = self._across @ sums.reshape(*self._shape, -1)
        means = self._down @ across.reshape(len(across), -1)
        means = means.reshape(len(self._down), len(self._across), -1)[self._picked]
        return np.asarray(means.reshape(self._n_places, self._n_boxes, -1))


def _shares(sides: Sequence[Side], cuts: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return how much each part between two cuts counts in each side, which are means."""
    shares = [
        [float(first <= cut < last) / (last - first) for cut in cuts[:-1]] for first, last in sides
    ]
    return np.array(shares, dtype=np.float32)


@lru_cache(maxsize=16)
def moved_pooling(
    boxes: tuple[Box, ...], rows: int, columns: int, places: tuple[tuple[int, int], ...]
) -> MovedPooling:
    """Return the pooling of boxes at places; it is made once, as it is the same for all images."""
    return MovedPooling(boxes, rows, columns, places)
