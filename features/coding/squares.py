"""What is made of the square around every position of a map: whitened pixels, or pooled codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.blocks import array_types
from features.coding.exponentials import add_pooled, bands_of, kernel_codes, measure
from features.coding.products import COLUMNS, ROWS, tile_product

Vectors = npt.NDArray[np.float32]

BAND = 512
"""About so many positions are worked on at a time: what is made of them stays in the cache."""


def square_sums(
    padded: Vectors,
    size: int,
    panels: Vectors,
    scale: np.float32,
    by_row: Vectors,
    by_column: Vectors,
    sums: Vectors,
) -> None:
    """Add the pooled codes of the squares around the positions of a map.

    Parameters
    ----------
    padded : (rows + size - 1, columns + size - 1, c)
        The map, with zeros around it.
    size : int
        Side of the squares.
    panels : of the filters, a matrix (size · size · c, k)
    scale : 1/σ²
    by_row : (n, rows)
        What each row counts in each sum.
    by_column : (m, columns)
        What each column counts.
    sums : (n, m, k), added to
    """
    rows, columns = by_row.shape[1], by_column.shape[1]
    width = size * padded.shape[2]
    lengths = np.zeros((rows, 1 + columns), np.float32)
    measured = np.empty((rows, columns), np.float32)
    measure(padded, size, measured)
    # Values are written one by one: to let the compiler assign slices takes it twice as long.
    for y in range(rows):
        copy(measured[y], lengths[y, 1:])
    n_rows = min(max(1, BAND // columns), rows)
    n_filled = -(-n_rows * (1 + columns) // ROWS) * ROWS
    # Each row begins with a square of zeros, whose code is zero: what its sums start from.
    given = np.zeros((n_filled, size * width), np.float32)
    codes = np.empty((n_filled, COLUMNS), np.float32)
    across = np.zeros((-(-len(by_column) // ROWS) * ROWS, columns), np.float32)
    for m in range(len(by_column)):
        copy(by_column[m], across[m, :columns])
    bands = bands_of(across)
    room = np.empty((len(across), n_rows * COLUMNS), np.float32)
    for first in range(0, rows, n_rows):
        last = min(first + n_rows, rows)
        count = (last - first) * (1 + columns)
        for y in range(first, last):
            for i in range(size):
                line = padded[y + i].reshape(-1)
                for x in range(columns):
                    start = x * padded.shape[2]
                    copy(
                        line[start : start + width],
                        given[(y - first) * (1 + columns) + 1 + x, i * width : (i + 1) * width],
                    )
        for panel in range(len(panels)):
            for block in range(0, count, ROWS):
                tile_product(given, block, panels[panel : panel + 1], 0, codes)
            kernel_codes(codes, lengths[first:last].reshape(-1), scale)
            here = codes[:count].reshape(-1, 1 + columns, COLUMNS)
            left = panel * COLUMNS
            out = sums[:, :, left : left + COLUMNS]
            add_pooled(here, first, 1, by_row, across, bands, room, out)


def neighbour_products(padded: Vectors, size: int, panels: Vectors, out: Vectors) -> None:
    """Write a linear map of the square around each position, several positions at a time.

    Parameters
    ----------
    padded : (rows + size - 1, at least columns + size - 1, c)
        The map with what is around it; as wide as the last positions need.
    size : int
        Side of the squares.
    panels : (1, d + 1, 16)
        Of the matrix of n neighbouring positions, n · m the most that is not above 16, see
        `features.kernels.whitened_images`.
    out : (rows, columns, m), overwritten
    """
    rows, columns, n_values = out.shape
    at_once = COLUMNS // n_values
    width = (at_once + size - 1) * padded.shape[2]
    n_blocks = -(-columns // at_once)
    given = np.zeros((ROWS, size * width), np.float32)
    made = np.empty((ROWS, COLUMNS), np.float32)
    n_all = rows * n_blocks
    for begin in range(0, n_all, ROWS):
        some = min(ROWS, n_all - begin)
        for row in range(some):
            y, block = divmod(begin + row, n_blocks)
            start = block * at_once * padded.shape[2]
            for i in range(size):
                line = padded[y + i].reshape(-1)
                copy(line[start : start + width], given[row, i * width : (i + 1) * width])
        tile_product(given, 0, panels, 0, made)
        for row in range(some):
            y, block = divmod(begin + row, n_blocks)
            start = block * at_once * n_values
            line = out[y].reshape(-1)[start : start + at_once * n_values]
            copy(made[row, : len(line)], line)


def copy(values: Vectors, out: Vectors) -> None:
    """Write values."""
    for i in range(len(out)):
        out[i] = values[i]


HELPERS = (copy,)


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    _, two, three = array_types(types)
    sums, count, number = types.Array(types.float32, 3, "C"), types.int64, types.float32
    return {
        square_sums: (three, count, three, number, two, two, sums),
        neighbour_products: (three, count, three, sums),
    }
