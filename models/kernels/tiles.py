"""How a kernel's matrix is cut into tiles, and in which dtype it is."""

from __future__ import annotations

from collections.abc import Iterator

SIDE = 1024
"""Rows and columns of a tile."""

DOUBLE = 2048
"""Samples up to which the matrix is in float64."""


def spans_of(n: int, longest: int) -> Iterator[slice]:
    """Yield parts of n places, all of one length but the last.

    Examples
    --------
    >>> list(spans_of(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    for first in range(0, n, longest):
        yield slice(first, min(first + longest, n))
