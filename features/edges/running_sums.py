"""The votes of cells at every position, from running sums over the image: a compiled loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


def votes_at_positions(
    magnitudes: Vectors,
    bins: npt.NDArray[np.uint8],
    side: int,
    stride: int,
    area: np.float32,
    blocks: Vectors,
) -> None:
    """Write the votes of 2×2 cells at every position: sums of magnitudes, times the area.

    The sum over a cell is had from four corners of a running sum. Large sums are subtracted, hence
    the double precision.

    Parameters
    ----------
    magnitudes, bins : (n, height, width)
    side : int
        Of a cell, in pixels.
    stride : int
        Pixels from one position to the next.
    area : float32
        What sums are multiplied by: 1 over the pixels of a cell.
    blocks : (n, rows, columns, 4 · orientations), overwritten
    """
    n_images, height, width = magnitudes.shape
    _, n_rows, n_columns, n_values = blocks.shape
    n_bins = n_values // 4
    zero = np.float32(0)
    running = np.zeros((height + 1, width + 1, n_bins), dtype=np.float64)
    down = np.zeros((width, n_bins), dtype=np.float64)
    across = np.zeros(n_bins, dtype=np.float64)
    for image in range(n_images):
        down[:] = 0
        for y in range(height):
            across[:] = 0
            for x in range(width):
                votes, here = down[x], running[y + 1, x + 1]
                votes[bins[image, y, x]] += magnitudes[image, y, x]
                for i in range(n_bins):
                    across[i] += votes[i]
                    here[i] = across[i]
        for row in range(n_rows):
            for column in range(n_columns):
                for cell in range(4):
                    top = row * stride + cell // 2 * side
                    left = column * stride + cell % 2 * side
                    above, below = running[top], running[top + side]
                    a, b = below[left + side], above[left]
                    c, d = above[left + side], below[left]
                    out = blocks[image, row, column, cell * n_bins : (cell + 1) * n_bins]
                    for i in range(n_bins):
                        # An empty cell may be a little below zero after rounding.
                        out[i] = max(np.float32(a[i] + b[i] - c[i] - d[i]) * area, zero)


EXACT = (votes_at_positions,)
"""Those in which no sum may be taken in another order."""


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    number, size = types.float32, types.int64
    return {
        votes_at_positions: (
            types.Array(number, 3, "C"),
            types.Array(types.uint8, 3, "C"),
            size,
            size,
            number,
            types.Array(number, 4, "C"),
        )
    }
