"""Pooled codes of 3×3 squares, with 4 products where the squares have 9.

Squares around four neighbouring positions share most of their values. Four by four values d of a
map become 16 sums and differences Bᵀ d B, and a filter g (3, 3) becomes G g Gᵀ (4, 4); then
Aᵀ (G g Gᵀ ⊙ Bᵀ d B) A are the products of the filter with the squares around the four positions in
the middle. These are 16 multiplications, instead of 36. Their rounding is as small as that of plain
sums, but relative to all 16 values, not to those of one square.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.blocks import array_types
from features.coding.exponentials import add_pooled, bands_of, kernel_codes, measure
from features.coding.products import COLUMNS, ROWS, panels_of, tile_product

Vectors = npt.NDArray[np.float32]

SIZE = 3
"""Side of the squares."""
_FILTER = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
_TILES_AT_ONCE = 132


def transformed_filters(filters: Vectors) -> Vectors:
    """Return filters as `winograd_sums` reads them.

    Parameters
    ----------
    filters : float32 array (k, 9 · c)
        One a row.

    Returns
    -------
    float32 array (n_panels, 16, c + 1, 16)
        Of G g Gᵀ, sixteen filters a panel.

    References
    ----------
    Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, section 4.1.

    Examples
    --------
    >>> transformed_filters(np.ones((5, 9), dtype=np.float32))[0, :, 1, 0].reshape(4, 4)
    array([[1.  , 1.5 , 0.5 , 1.  ],
           [1.5 , 2.25, 0.75, 1.5 ],
           [0.5 , 0.75, 0.25, 0.5 ],
           [1.  , 1.5 , 0.5 , 1.  ]], dtype=float32)
    """
    squares = filters.astype(np.float64).reshape(len(filters), SIZE, SIZE, -1)
    made = np.einsum("yi,xj,kijc->yxck", _FILTER, _FILTER, squares)
    panels = [panels_of(each) for each in made.reshape(16, *made.shape[2:])]
    return np.ascontiguousarray(np.stack(panels, axis=1))


def winograd_sums(
    padded: Vectors,
    filters: Vectors,
    scale: np.float32,
    by_row: Vectors,
    by_column: Vectors,
    sums: Vectors,
) -> None:
    """Add the pooled codes of the 3×3 squares around the positions of a map.

    Parameters
    ----------
    padded : (rows + 2, columns + 2, c), each made even
        The map, with zeros around it.
    filters : (n_panels, 16, c + 1, 16), see `transformed_filters`
    scale : 1/σ²
    by_row, by_column, sums
        As of `features.coding.squares.square_sums`.
    """
    n_down, n_across = padded.shape[0] // 2 - 1, padded.shape[1] // 2 - 1
    # Positions stand in the order of tiles of two by two, after one of zeros in each row of tiles:
    # what its sums start from.
    width = 1 + 4 * n_across
    lengths = lengths_by_tile(padded, n_down, n_across)
    across = weights_by_tile(by_column, n_across)
    bands = bands_of(across)
    at_once = min(max(1, _TILES_AT_ONCE // n_across), n_down)
    n_blocks = -(-at_once * n_across // ROWS)
    given = np.zeros((n_blocks, 16, ROWS, padded.shape[2]), np.float32)
    made = np.empty((ROWS, 16 * COLUMNS), np.float32)
    codes = np.zeros((at_once * width, COLUMNS), np.float32)
    room = np.empty((len(across), at_once * COLUMNS), np.float32)
    for first in range(0, n_down, at_once):
        some = min(at_once, n_down - first)
        count = some * n_across
        for tile in range(count):
            y, x = divmod(tile, n_across)
            sums_and_differences(padded, 2 * (first + y), 2 * x, given[tile // ROWS], tile % ROWS)
        here = codes[: some * width]
        for panel in range(len(filters)):
            for block in range(-(-count // ROWS)):
                for i in range(16):
                    tile_product(given[block, i], 0, filters[panel], i, made)
                for row in range(min(ROWS, count - ROWS * block)):
                    y, x = divmod(ROWS * block + row, n_across)
                    place = y * width + 1 + 4 * x
                    four_products(made[row], codes[place : place + 4].reshape(-1))
            kernel_codes(here, lengths[first : first + some].reshape(-1), scale)
            left = panel * COLUMNS
            add_pooled(
                here.reshape(some, width, COLUMNS),
                2 * first,
                2,
                by_row,
                across,
                bands,
                room,
                sums[:, :, left : left + COLUMNS],
            )


def lengths_by_tile(padded: Vectors, n_down: int, n_across: int) -> Vectors:
    """Return the lengths of the squares around positions (n_down, 1 + 4 · n_across)."""
    by_place = np.empty((2 * n_down, 2 * n_across), np.float32)
    measure(padded, SIZE, by_place)
    lengths = np.zeros((n_down, 1 + 4 * n_across), np.float32)
    for y in range(2 * n_down):
        for x in range(2 * n_across):
            lengths[y // 2, 1 + 4 * (x // 2) + 2 * (y % 2) + x % 2] = by_place[y, x]
    return lengths


def weights_by_tile(by_column: Vectors, n_across: int) -> Vectors:
    """Return what each position of a row of tiles counts, see `add_pooled`."""
    across = np.zeros((-(-2 * len(by_column) // ROWS) * ROWS, 4 * n_across), np.float32)
    for m in range(len(by_column)):
        for x in range(by_column.shape[1]):
            for row in range(2):
                across[2 * m + row, 4 * (x // 2) + 2 * row + x % 2] = by_column[m, x]
    return across


def sums_and_differences(padded: Vectors, y: int, x: int, out: Vectors, row: int) -> None:
    """Write Bᵀ d B of the four by four values from a position on, as row `row` of each of 16."""
    for i in range(4):
        # Of four rows: the first less the third, second and third added, and so on.
        one = padded[y + (0 if i == 0 else 2 if i == 2 else 1)]
        other = padded[y + (1 if i == 2 else 3 if i == 3 else 2)]
        sign = np.float32(1 if i == 1 else -1)
        a0, a1, a2, a3 = one[x], one[x + 1], one[x + 2], one[x + 3]
        b0, b1, b2, b3 = other[x], other[x + 1], other[x + 2], other[x + 3]
        o0, o1 = out[4 * i, row], out[4 * i + 1, row]
        o2, o3 = out[4 * i + 2, row], out[4 * i + 3, row]
        for value in range(len(a0)):
            d0 = a0[value] + sign * b0[value]
            d1 = a1[value] + sign * b1[value]
            d2 = a2[value] + sign * b2[value]
            d3 = a3[value] + sign * b3[value]
            o0[value] = d0 - d2
            o1[value] = d1 + d2
            o2[value] = d2 - d1
            o3[value] = d1 - d3


def four_products(made: Vectors, out: Vectors) -> None:
    """Write Aᵀ M A of 16 products M, of sixteen filters each."""
    for i in range(COLUMNS):
        up0 = made[i] + made[4 * COLUMNS + i] + made[8 * COLUMNS + i]
        up1 = made[COLUMNS + i] + made[5 * COLUMNS + i] + made[9 * COLUMNS + i]
        up2 = made[2 * COLUMNS + i] + made[6 * COLUMNS + i] + made[10 * COLUMNS + i]
        up3 = made[3 * COLUMNS + i] + made[7 * COLUMNS + i] + made[11 * COLUMNS + i]
        down0 = made[4 * COLUMNS + i] - made[8 * COLUMNS + i] - made[12 * COLUMNS + i]
        down1 = made[5 * COLUMNS + i] - made[9 * COLUMNS + i] - made[13 * COLUMNS + i]
        down2 = made[6 * COLUMNS + i] - made[10 * COLUMNS + i] - made[14 * COLUMNS + i]
        down3 = made[7 * COLUMNS + i] - made[11 * COLUMNS + i] - made[15 * COLUMNS + i]
        out[i] = up0 + up1 + up2
        out[COLUMNS + i] = up1 - up2 - up3
        out[2 * COLUMNS + i] = down0 + down1 + down2
        out[3 * COLUMNS + i] = down1 - down2 - down3


HELPERS = (lengths_by_tile, weights_by_tile, sums_and_differences, four_products)


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    _, two, three = array_types(types)
    four = types.Array(types.float32, 4, "C", readonly=True)
    sums = types.Array(types.float32, 3, "C")
    return {winograd_sums: (three, four, types.float32, two, two, sums)}
