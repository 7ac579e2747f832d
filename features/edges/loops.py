"""The compiled inner loops of HoG; `features.extraction.compiled` turns them into machine code.

The functions are plain Python as well, which is how the tests know what they should compute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]


def byte_votes(
    images: Bytes, bin_table: Bytes, magnitudes: Vectors, bins: npt.NDArray[np.uint8]
) -> None:
    """Write the magnitude and the bin of the gradient at every pixel, of the strongest channel.

    Parameters
    ----------
    images : (n, height, width, channels)
    bin_table : (511, 511)
        Bin of each pair of gradients, down and right, each plus 255.
    magnitudes, bins : (n, height, width)
        Overwritten.
    """
    n_images, height, width, n_channels = images.shape
    length = width * n_channels
    table, flat = bin_table.reshape(511 * 511), images.reshape(n_images * height * length)
    flat_magnitudes = magnitudes.reshape(n_images * height * width)
    flat_bins = bins.reshape(n_images * height * width)
    # Some rows at once, in simple loops one after the other: these become loops of vectors, and
    # what they hand on stays in the first cache.
    rows_at_once = max(1, 1024 // width)
    downs = np.empty(rows_at_once * length, dtype=np.int16)
    acrosses = np.empty(rows_at_once * length, dtype=np.int16)
    places = np.empty(rows_at_once * width, dtype=np.int32)
    step, centre = np.int32(511), np.int32(255 * 512)
    for image in range(n_images):
        for top in range(0, height, rows_at_once):
            n_rows = min(rows_at_once, height - top)
            count, n_pixels = n_rows * length, n_rows * width
            first, first_pixel = (image * height + top) * length, (image * height + top) * width
            # No neighbour is missing but at the border, where the gradient is zero.
            begin = length if top == 0 else 0
            end = count - length if top + n_rows == height else count
            for i in range(begin):
                downs[i] = 0
            for i in range(max(end, begin), count):
                downs[i] = 0
            down, across = downs[begin:], acrosses[n_channels:]
            above, below = flat[first + begin - length :], flat[first + begin + length :]
            for i in range(end - begin):
                down[i] = np.int16(below[i]) - np.int16(above[i])
            left, right = flat[first:], flat[first + 2 * n_channels :]
            for i in range(count - 2 * n_channels):
                across[i] = np.int16(right[i]) - np.int16(left[i])
            for row in range(n_rows):
                for i in range(n_channels):
                    acrosses[row * length + i] = 0
                    acrosses[(row + 1) * length - 1 - i] = 0
            strengths = flat_magnitudes[first_pixel : first_pixel + n_pixels]
            if n_channels == 3:
                for i in range(n_pixels):
                    j, k = 3 * i + 1, 3 * i + 2
                    d, a = np.int32(downs[3 * i]), np.int32(acrosses[3 * i])
                    second_d, second_a = np.int32(downs[j]), np.int32(acrosses[j])
                    third_d, third_a = np.int32(downs[k]), np.int32(acrosses[k])
                    squared = d * d + a * a
                    second = second_d * second_d + second_a * second_a
                    third = third_d * third_d + third_a * third_a
                    # The first of equally strong channels wins.
                    d, a = (second_d, second_a) if second > squared else (d, a)
                    squared = max(squared, second)
                    d, a = (third_d, third_a) if third > squared else (d, a)
                    strengths[i] = np.sqrt(np.float32(max(squared, third)))
                    places[i] = d * step + a + centre
            else:
                for i in range(n_pixels):
                    d, a = np.int32(downs[i]), np.int32(acrosses[i])
                    strengths[i] = np.sqrt(np.float32(d * d + a * a))
                    places[i] = d * step + a + centre
            here = flat_bins[first_pixel : first_pixel + n_pixels]
            for i in range(n_pixels):
                here[i] = table[np.uint32(places[i])]


def cell_means(
    magnitudes: Vectors,
    bins: npt.NDArray[np.uint8],
    rows_per_cell: int,
    columns_per_cell: int,
    means: Vectors,
) -> None:
    """Write the sum of the magnitudes in each bin, over the number of pixels of the cell.

    Parameters
    ----------
    magnitudes, bins : (n, height, width)
    means : (n, cell rows, cell columns, orientations), overwritten
    """
    n_images, n_rows, n_columns, n_bins = means.shape
    # Two sums take turns: to add to the place that was just written takes a while. Those of
    # 8-bit pixels are exact in double precision, whatever the order.
    sums = np.zeros((2, n_bins), dtype=np.float64)
    evens, odds = sums[0], sums[1]
    pairs = columns_per_cell // 2
    area = np.float64(rows_per_cell * columns_per_cell)
    for image in range(n_images):
        for cell_row in range(n_rows):
            for cell_column in range(n_columns):
                left = cell_column * columns_per_cell
                for row in range(cell_row * rows_per_cell, (cell_row + 1) * rows_per_cell):
                    votes = magnitudes[image, row, left : left + columns_per_cell]
                    places = bins[image, row, left : left + columns_per_cell]
                    for pair in range(pairs):
                        evens[places[2 * pair]] += votes[2 * pair]
                        odds[places[2 * pair + 1]] += votes[2 * pair + 1]
                    for last in range(2 * pairs, columns_per_cell):
                        evens[places[last]] += votes[last]
                out = means[image, cell_row, cell_column]
                for i in range(n_bins):
                    out[i] = np.float32((evens[i] + odds[i]) / area)
                    evens[i] = 0
                    odds[i] = 0


def block_vectors(
    cells: Vectors,
    blocks: npt.NDArray[np.int64],
    epsilon: np.float32,
    clip: np.float32,
    out: Vectors,
) -> None:
    """Write the votes of each block of cells, divided by their length.

    The squares are added up in four sums, as NumPy's `einsum` does.

    Parameters
    ----------
    cells : (n, cell rows, cell columns, orientations)
    blocks : (2,)
        Rows and columns of cells in a block.
    epsilon : float32
        Added to the squared length.
    clip : float32
        Values above it are set to it, and the length taken again; zero for no such step.
    out : (n, n_blocks, rows · columns · orientations), overwritten
    """
    n_images, _, n_columns, n_bins = cells.shape
    block_rows, block_columns = blocks[0], blocks[1]
    zero = np.float32(0)
    for image in range(n_images):
        for position in range(out.shape[1]):
            top, left = divmod(position, n_columns - block_columns + 1)
            vector = out[image, position]
            n_values = len(vector)
            for row in range(block_rows):
                for column in range(block_columns):
                    start = (row * block_columns + column) * n_bins
                    votes = cells[image, top + row, left + column]
                    for i in range(n_bins):
                        vector[start + i] = votes[i]
            for turn in range(2 if clip > zero else 1):
                if turn == 1:
                    for i in range(n_values):
                        vector[i] = min(vector[i], clip)
                a, b, c, d = zero, zero, zero, zero
                sixteens, fours = n_values // 16 * 16, n_values // 4 * 4
                for sixteen in range(0, sixteens, 16):
                    for i in range(sixteen + 12, sixteen - 4, -4):
                        a += vector[i] * vector[i]
                        b += vector[i + 1] * vector[i + 1]
                        c += vector[i + 2] * vector[i + 2]
                        d += vector[i + 3] * vector[i + 3]
                for i in range(sixteens, fours, 4):
                    a += vector[i] * vector[i]
                    b += vector[i + 1] * vector[i + 1]
                    c += vector[i + 2] * vector[i + 2]
                    d += vector[i + 3] * vector[i + 3]
                if n_values > fours:
                    a += vector[fours] * vector[fours]
                if n_values > fours + 1:
                    b += vector[fours + 1] * vector[fours + 1]
                if n_values > fours + 2:
                    c += vector[fours + 2] * vector[fours + 2]
                length = np.sqrt(((a + b) + (c + d)) + epsilon)
                for i in range(n_values):
                    vector[i] /= length


EXACT = (block_vectors,)
"""Those in which no sum may be taken in another order."""


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""

    def array(kind: Any, n_axes: int, *, read_only: bool = False) -> Any:
        return types.Array(kind, n_axes, "C", readonly=read_only)

    number, size, pixels = types.float32, types.int64, array(types.uint8, 3)
    return {
        byte_votes: (
            array(types.uint8, 4, read_only=True),
            array(types.uint8, 2),
            array(number, 3),
            pixels,
        ),
        cell_means: (array(number, 3), pixels, size, size, array(number, 4)),
        block_vectors: (array(number, 4), array(size, 1), number, number, array(number, 3)),
    }
