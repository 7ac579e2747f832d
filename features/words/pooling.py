"""Means of codes over the boxes of a grid: where exactly in a box a word stood does not count."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from features.extraction.grid import Box
from features.words.encoder import Compiled, Span

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.floating]

# The codes of so many positions stay in the processor's cache.
POSITIONS_AT_ONCE = 256
MOST_SHARES = 1 << 26
"""Of how much each part counts in each cell, so many numbers are held."""

# A thread gets the descriptors of so many positions at a time.
POSITIONS_PER_TILE = 8192


class Summing(Protocol):
    """What sums the codes of descriptors: an encoder, or a mixture of Gaussians."""

    @property
    def n_codes(self) -> int:
        """Columns of the sums."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the sums are added up in."""

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> Floats:
        """Codes summed over each span of the descriptors, (n_spans, n_codes)."""


class SummingMany(Summing, Protocol):
    """What sums the codes of several images at once, too: a mixture of Gaussians."""

    def sums_of_many(self, vectors: Vectors, spans: Sequence[Span]) -> Floats:
        """Sums (n, n_spans, n_codes) of descriptors (n, n_positions, d)."""


class Pooling:
    """Mean of codes over each box of a grid; boxes may overlap.

    The edges of the boxes cut the map of positions into parts. Each part is summed once, and a
    box is the sum of its parts. That serves grids, pyramids and overlapping windows alike.

    Parameters
    ----------
    boxes : sequence of Box
        As `features.extraction.grid.grid_boxes` makes them.
    rows, columns : int
        Of the map of positions.

    Raises
    ------
    ParameterError
        If there are too many boxes and parts.

    Examples
    --------
    >>> from features.words.encodings import TwoSided
    >>> pooling = Pooling([Box("all", 0, 1, 0, 2), Box("left", 0, 1, 0, 1)], 1, 2)
    >>> pooling(np.float32([[1.0], [3.0]]), TwoSided(np.float32([[1.0]]), threshold=0.5))
    array([[1.5, 0. ],
           [0.5, 0. ]], dtype=float32)
    """

    def __init__(self, boxes: Sequence[Box], rows: int, columns: int) -> None:
        row_cuts = sorted({edge for box in boxes for edge in (box.top, box.bottom)})
        column_cuts = sorted({edge for box in boxes for edge in (box.left, box.right)})
        n_parts = (len(row_cuts) - 1) * (len(column_cuts) - 1)
        if len(boxes) * n_parts > MOST_SHARES:
            raise ParameterError(
                f"the grid cuts the positions into {n_parts:,} parts for {len(boxes):,} cells, "
                f"whose product may be at most {MOST_SHARES:,}; take a coarser grid"
            )
        index = np.arange(rows * columns).reshape(rows, columns)
        sides = np.array([(box.top, box.bottom, box.left, box.right) for box in boxes])
        tops, bottoms, lefts, rights = sides.T
        shares_inside = (1.0 / np.array([box.area for box in boxes])).astype(np.float32)
        members, shares = [], []
        for top, bottom in pairwise(row_cuts):
            for left, right in pairwise(column_cuts):
                inside = (tops <= top) & (top < bottoms) & (lefts <= left) & (left < rights)
                if inside.any():
                    members.append(index[top:bottom, left:right].ravel())
                    shares.append(np.where(inside, shares_inside, np.float32(0)))
        self._parts = Parts(members)
        self.order = self._parts.order
        self._shares = np.ascontiguousarray(np.array(shares, dtype=np.float32).T)

    def __call__(self, vectors: Vectors, encoder: Summing) -> Floats:
        """Return mean codes (n_boxes, n_codes) of one image's descriptors (n_positions, d)."""
        means: Floats = self._shares @ self._parts.sums(vectors, encoder)
        return means

    def of_many(self, vectors: Vectors, mixture: SummingMany) -> Floats:
        """Return the same for several images, in fewer and longer steps.

        Parameters
        ----------
        vectors : float32 array (n, n_positions, d)
            The descriptors of n images.
        mixture : SummingMany
            What sums their codes.

        Returns
        -------
        array (n, n_boxes, n_codes)
            Mean codes.
        """
        means: Floats = self._shares @ self._parts.sums_of_many(vectors, mixture)
        return means


class Parts:
    """Parts of a map of positions, and the sums of the codes in each.

    Parameters
    ----------
    members : sequence of int array
        The positions of each part, numbered row by row; none is in two of them.

    Examples
    --------
    >>> from features.words.encodings import TwoSided
    >>> parts = Parts([np.array([0, 2]), np.array([1])])
    >>> parts.sums(np.float32([[1.0], [3.0], [2.0]]), TwoSided(np.float32([[1.0]]), threshold=0.5))
    array([[2. , 0. ],
           [2.5, 0. ]], dtype=float32)
    """

    def __init__(self, members: Sequence[npt.NDArray[np.intp]]) -> None:
        self.order = np.concatenate(members)
        ends = np.cumsum([0, *map(len, members)])
        self._n_parts = len(members)
        self._spans = list(pairwise(ends.tolist()))
        self._pieces = [
            _piece(ends.tolist(), start, POSITIONS_AT_ONCE)
            for start in range(0, len(self.order), POSITIONS_AT_ONCE)
        ]

    def sums(self, vectors: Vectors, encoder: Summing) -> Floats:
        """Return the sum of the codes of each part of one image's descriptors.

        Parameters
        ----------
        vectors : float32 array (n_positions, d)
            One descriptor a row.
        encoder : Summing
            What makes codes of them.

        Returns
        -------
        float array (n_parts, n_codes)
            Of the encoder's dtype.
        """
        vectors = vectors.take(self.order, axis=0)
        if isinstance(encoder, Compiled):
            # A compiled loop takes few descriptors at a time by itself.
            return encoder.sums(vectors, self._spans)
        sums = np.zeros((self._n_parts, encoder.n_codes), dtype=encoder.dtype)
        for start, stop, parts, spans in self._pieces:
            # Each part is in a piece once at most, so that every row is added.
            sums[parts] += encoder.sums(vectors[start:stop], spans)
        return sums

    def sums_of_many(self, vectors: Vectors, mixture: SummingMany) -> Floats:
        """Return the same for several images, (n, n_parts, n_codes), in fewer and longer steps.

        The products have the shapes that they have for one image, and so the bits are the same.
        """
        vectors = vectors.take(self.order, axis=1)
        sums = np.zeros((len(vectors), self._n_parts, mixture.n_codes), dtype=mixture.dtype)
        for start, stop, parts, spans in self._pieces:
            sums[:, parts] += mixture.sums_of_many(vectors[:, start:stop], spans)
        return sums


def _piece(ends: list[int], start: int, size: int) -> tuple[int, int, list[int], list[Span]]:
    """Return where a piece starts and stops, its parts, and the span of each within the piece."""
    stop = min(start + size, ends[-1])
    parts, spans = [], []
    for part, (first, last) in enumerate(pairwise(ends)):
        if first < stop and last > start:
            parts.append(part)
            spans.append((max(first, start) - start, min(last, stop) - start))
    return start, stop, parts, spans
