"""The sum of products of a ridge regression, in parts that several processes can share.

The order of the sum is fixed: rows are taken in groups, a group is summed block after block, and
the sums of the groups are added in their order. So the bits are the same whoever sums which part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.convex.ridge.scaled_rows import ScaledRows
from models.layers.layer import Array
from models.layers.standardize import column_moments
from models.samples.sample_weights import shares
from models.tiles.tiled_matrix import SIDE, TiledMatrix

GROUP = 64 * SIDE
"""Rows of a group: so many that a data set of the usual size is a single one."""


@dataclass(frozen=True)
class Part:
    """Some tiles of the sum over one group of rows.

    Parameters
    ----------
    is_held_out : bool
        Whether it is of the held-out rows alone, and not of all rows.
    first, stop : int
        Places of its rows among those.
    tiles : tuple of (int, int)
        Which tiles of the matrix.
    """

    is_held_out: bool
    first: int
    stop: int
    tiles: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Sums:
    """What was summed over the rows before a fit.

    Parameters
    ----------
    mean, variance : ndarray (d,)
        Of the columns, in float64.
    parts : sequence of (Part, ndarray)
        All parts, each with the values of its tiles one after the other.
    """

    mean: Array
    variance: Array
    parts: Sequence[tuple[Part, Array]]


def gram(
    rows: ScaledRows,
    chosen: Array | None = None,
    sums: Sums | None = None,
    also: Callable[[Array, Array], None] | None = None,
) -> TiledMatrix:
    """Return ZᵀZ for all rows, or for those of a mask (n,).

    Parameters
    ----------
    rows : ScaledRows
    chosen : ndarray (n,) or None
    sums : Sums or None
        What was summed already; None if nothing was.
    also : callable or None, default None
        Called with the indices and the rows of each block; they are read for it if need be.
    """
    total = _empty(rows)
    if sums is not None:
        of_these = [each for each in sums.parts if each[0].is_held_out == (chosen is not None)]
        for part, values in sorted(of_these, key=lambda each: each[0].first):
            _add(total, part, values)
        if also is not None:
            for index, z in rows.blocks(chosen):
                also(index, z)
        return total
    n = len(rows.X) if chosen is None else int(np.count_nonzero(chosen))
    for group in _groups(n):
        # The first group is summed where it belongs: zero and a sum are that sum.
        into = _empty(rows) if group.start else total
        for index, z in rows.blocks(chosen, group):
            into.add_product(z.T)
            if also is not None:
                also(index, z)
        if group.start:
            for key, tile in into.tiles.items():
                total.tiles[key] += tile
    return total


def gram_parts(n: int, n_held_out: int, d: int, n_tasks: int) -> list[Part]:
    """Return parts of the sum that are about as many as tasks, the largest first.

    Parameters
    ----------
    n, n_held_out : int
        How many rows there are, and how many of them are held out.
    d : int
        How many columns.
    n_tasks : int

    Examples
    --------
    >>> parts = gram_parts(20_000, 2_000, 4096, 2)
    >>> [(part.stop, part.tiles) for part in parts if not part.is_held_out]
    [(20000, ((1, 0),)), (20000, ((0, 0), (1, 1)))]
    """
    n_sides = -(-d // SIDE)
    widths = [min(SIDE, d - i * SIDE) for i in range(n_sides)]
    # A tile on the diagonal is symmetric, and takes half as long.
    costs = {
        (i, j): widths[i] * widths[j] * (1 + (i != j)) for i in range(n_sides) for j in range(i + 1)
    }
    tiles = sorted(costs, key=lambda key: (-costs[key], key))
    each = (n + n_held_out) * sum(costs.values()) / n_tasks
    found: list[tuple[int, Part]] = []
    for is_held_out, n_rows in ((False, n), (True, n_held_out)):
        for group in _groups(n_rows):
            size = group.stop - group.start
            bins: list[list[tuple[int, int]]] = [
                [] for _ in range(max(1, round(size * sum(costs.values()) / each)))
            ]
            for tile in tiles:
                min(bins, key=lambda some: sum(costs[t] for t in some)).append(tile)
            for some in filter(None, bins):
                part = Part(is_held_out, group.start, group.stop, tuple(some))
                found.append((size * sum(costs[t] for t in some), part))
    return [part for _, part in sorted(found, key=lambda each: -each[0])]


def parts_bytes(n: int, n_held_out: int, d: int) -> int:
    """Return how many bytes the values of all parts take, of rows of float32.

    Examples
    --------
    >>> parts_bytes(20_000, 2_000, 4096) == 2 * 3 * SIDE**2 * 4
    True
    """
    widths = [min(SIDE, d - first) for first in range(0, d, SIDE)]
    n_values = sum(width * sum(widths[: i + 1]) for i, width in enumerate(widths))
    return (8 if d <= SIDE else 4) * n_values * (len(_groups(n)) + len(_groups(n_held_out)))


def moments_of(classifier: Any, X: Array, y: Array) -> tuple[Array, Array]:
    """Return the mean and the variance (d,) of the columns, as a `LinearClassifier` weighs rows."""
    return column_moments(X, shares(X, y, None, classifier.class_weight))


def sum_part(
    classifier: Any, X: Array, y: Array, moments: tuple[Array, Array], held_out: Any, part: Part
) -> Array:
    """Return the values of the tiles of a part, one after the other.

    Parameters
    ----------
    classifier : LinearClassifier
        With the squared loss.
    X : ndarray (n, d)
    y : ndarray (n,)
    moments : (ndarray, ndarray)
        What `moments_of` has returned.
    held_out : ndarray (n,) or None
        The mask of the held-out rows, if there are any.
    part : Part
    """
    weights = shares(X, y, None, classifier.class_weight)
    rows = ScaledRows.of(X, weights, *moments, classifier.standardize)
    matrix = _empty(rows)
    for _, z in rows.blocks(held_out if part.is_held_out else None, slice(part.first, part.stop)):
        matrix.add_product(z.T, tiles=part.tiles)
    return np.concatenate([matrix.tiles[key].ravel() for key in part.tiles])


def _groups(n: int) -> list[slice]:
    return [slice(first, min(first + GROUP, n)) for first in range(0, n, GROUP)]


def _empty(rows: ScaledRows) -> TiledMatrix:
    d = rows.X.shape[1]
    return TiledMatrix(d, rows.sum_dtype(d))


def _add(total: TiledMatrix, part: Part, values: Array) -> None:
    place = 0
    for key in part.tiles:
        tile = total.tiles[key]
        tile += values[place : place + tile.size].reshape(tile.shape)
        place += tile.size
