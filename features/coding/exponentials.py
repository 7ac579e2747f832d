"""Codes of a layer of filters: exponentials of the products of patches and filters, pooled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.blocks import array_types
from features.coding.powers_of_two import LOG2_E, power_of_two
from features.coding.products import COLUMNS, ROWS, band_product

Vectors = npt.NDArray[np.float32]


def kernel_codes(products: Vectors, lengths: Vectors, scale: np.float32) -> None:
    """Replace the products of x and filters w by ‖x‖·exp((w·x/‖x‖ - 1)·scale).

    Where w·x/‖x‖ is above one, that is rounding, and it counts as one.

    Parameters
    ----------
    products : (at least n, 16), overwritten in the first n rows
    lengths : (n,), the ‖x‖; a vector of no length has no codes
    scale : 1/σ²
    """
    zero = np.float32(0)
    unit = scale * LOG2_E
    for row in range(len(lengths)):
        length = lengths[row]
        here = products[row]
        by = unit / length if length > zero else zero
        for i in range(COLUMNS):
            power, whole = power_of_two(min(here[i] * by - unit, zero))
            here[i] = power * (whole * length)


def measure(padded: Vectors, size: int, lengths: Vectors) -> None:
    """Write the length of the square around each position.

    Parameters
    ----------
    padded : (at least rows + size - 1, at least columns + size - 1, c)
        The map, with zeros around it.
    size : int
        Side of the squares.
    lengths : (rows, columns), overwritten
    """
    rows, columns = lengths.shape
    squares = np.zeros(columns + size - 1, np.float32)
    for row in range(rows):
        for x in range(columns):
            lengths[row, x] = np.float32(0)
    for y in range(rows + size - 1):
        for x in range(len(squares)):
            values = padded[y, x]
            total = np.float32(0)
            for i in range(len(values)):
                total += values[i] * values[i]
            squares[x] = total
        for row in range(max(y - size + 1, 0), min(y + 1, rows)):
            here = lengths[row]
            for i in range(size):
                shifted = squares[i : i + columns]
                for x in range(len(here)):
                    here[x] += shifted[x]
    for row in range(rows):
        here = lengths[row]
        for x in range(len(here)):
            here[x] = np.sqrt(here[x])


def bands_of(across: Vectors) -> npt.NDArray[np.int64]:
    """Return where the weights of each six rows begin and end, (n_blocks, 2)."""
    bands = np.empty((len(across) // ROWS, 2), np.int64)
    for block in range(len(bands)):
        low, high = across.shape[1], 0
        for row in range(block * ROWS, (block + 1) * ROWS):
            for x in range(across.shape[1]):
                if across[row, x] != np.float32(0):
                    low, high = min(low, x), max(high, x + 1)
        if low >= high:
            low, high = 0, 1  # of nothing but zeros, one is taken
        bands[block, 0], bands[block, 1] = low, high
    return bands


def add_pooled(
    codes: Vectors,
    first: int,
    n_together: int,
    by_row: Vectors,
    across: Vectors,
    bands: npt.NDArray[np.int64],
    room: Vectors,
    sums: Vectors,
) -> None:
    """Add the codes of at most sixteen filters at some rows of a map, pooled, to their sums.

    Parameters
    ----------
    codes : (n, 1 + positions, 16)
        Of n groups of rows; the first of each is zero.
    first : int
        The first of these rows.
    n_together : int
        Rows in a group.
    by_row : (n_down, rows)
        What each row counts in each sum.
    across : (at least n_across · n_together, positions), a multiple of six rows
        Row m · n_together + i says what the positions of row i of a group count in sum m.
    bands : (n_blocks, 2)
        Of `across`, see `bands_of`: a sum is of a few neighbours, however wide the map.
    room : (as `across`, at least n · 16), overwritten
    sums : (n_down, n_across, at most 16), added to
    """
    zero = np.float32(0)
    for group in range(len(codes)):
        for block in range(len(bands)):
            low, high = bands[block]
            band_product(across, block * ROWS, codes, group, low, high, room)
    last = min(first + len(codes) * n_together, by_row.shape[1])
    for n in range(len(by_row)):
        for y in range(first, last):
            weight = by_row[n, y]
            if weight != zero:
                group, row = divmod(y - first, n_together)
                for m in range(sums.shape[1]):
                    total = sums[n, m]
                    left = group * COLUMNS
                    here = room[m * n_together + row, left : left + COLUMNS]
                    for i in range(len(total)):
                        total[i] += weight * here[i]


HELPERS = (kernel_codes, measure, bands_of, add_pooled)


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    one, _, _ = array_types(types)
    return {kernel_codes: (types.Array(types.float32, 2, "C"), one, types.float32)}
