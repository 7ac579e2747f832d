"""The compiled inner loops of texture; `features.extraction.compiled` turns them into machine code.

The functions are plain Python as well, which is how the tests know what they should compute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]


def binary_codes(
    padded: Doubles,
    corners: npt.NDArray[np.int64],
    down: Doubles,
    across: Doubles,
    pad: int,
    sums: Doubles,
    codes: npt.NDArray[np.uint32],
) -> None:
    """Write the code of every pixel: bit i is set where point i is no darker than the pixel.

    Every product and sum is that of `skimage.feature.local_binary_pattern`, in the same order:
    one that is rounded in another way would decide some ties in another way.

    Parameters
    ----------
    padded : (n, height + 2 · pad, width + 2 · pad)
        Grey levels, zero around the image.
    corners : (n_points, 2)
        Row and column in `padded` of the pixel above and left of each point of the first pixel.
    down : (n_points, height)
        How far below that pixel a point lies, for each row.
    across : (n_points, width)
        How far right of it, for each column.
    pad : int
        Pixels around the image.
    sums : (width,)
        Room for one row.
    codes : (n, height, width)
        Overwritten.
    """
    n_images, height, width = codes.shape
    n_points = len(corners)
    one, zero = np.float64(1), np.float64(0)
    for image in range(n_images):
        for row in range(height):
            centre = padded[image, row + pad, pad : pad + width]
            for column in range(width):
                sums[column] = zero
            bit = one
            for point in range(n_points):
                first = corners[point, 1]
                upper = padded[image, row + corners[point, 0], first : first + width]
                below = down[point, row]
                if below == 0 and across[point, 0] == 0:
                    for column in range(width):
                        sums[column] += bit if upper[column] >= centre[column] else zero
                else:
                    upper_next = padded[
                        image, row + corners[point, 0], first + 1 : first + 1 + width
                    ]
                    lower = padded[image, row + corners[point, 0] + 1, first : first + width]
                    lower_next = padded[
                        image, row + corners[point, 0] + 1, first + 1 : first + 1 + width
                    ]
                    for column in range(width):
                        right = across[point, column]
                        top = (one - right) * upper[column] + right * upper_next[column]
                        bottom = (one - right) * lower[column] + right * lower_next[column]
                        value = (one - below) * top + below * bottom
                        sums[column] += bit if value >= centre[column] else zero
                bit = bit + bit
            for column in range(width):
                codes[image, row, column] = np.uint32(sums[column])


def code_counts(
    codes: npt.NDArray[np.uint32],
    bin_table: npt.NDArray[np.int32],
    boxes: npt.NDArray[np.int64],
    counts: Counts,
) -> None:
    """Add one for each pixel to the bin of its code, in each box.

    Parameters
    ----------
    codes : (n, height, width)
    bin_table : (n_codes,)
        The bin of each code.
    boxes : (n_boxes, 4), each top, bottom, left and right
    counts : (n, n_boxes, n_bins), added to
    """
    for image in range(len(codes)):
        for box in range(len(boxes)):
            here = counts[image, box]
            for row in range(boxes[box, 0], boxes[box, 1]):
                pixels = codes[image, row, boxes[box, 2] : boxes[box, 3]]
                for column in range(len(pixels)):
                    here[np.uint32(bin_table[pixels[column]])] += 1


def pair_counts(
    levels: npt.NDArray[np.uint8],
    box: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    counts: Counts,
) -> None:
    """Add one for each pair of pixels in a box to the place of its two grey levels.

    Parameters
    ----------
    levels : (n, height, width)
    box : (4,): top, bottom, left and right
    offsets : (n_offsets, 2)
        How many rows down and columns right the second pixel is.
    counts : (n, n_offsets, n_levels, n_levels), added to
    """
    for image in range(len(levels)):
        for offset in range(len(offsets)):
            down, right = offsets[offset, 0], offsets[offset, 1]
            first, last = max(box[2], box[2] - right), min(box[3], box[3] - right)
            here = counts[image, offset]
            for row in range(max(box[0], box[0] - down), min(box[1], box[1] - down)):
                for column in range(first, last):
                    level = levels[image, row, column]
                    here[level, levels[image, row + down, column + right]] += 1


def matrix_properties(counts: Counts, properties: Doubles) -> None:
    """Write ten properties of each matrix of counts.

    Parameters
    ----------
    counts : (n, n_levels, n_levels)
    properties : (n, 10)
        Contrast, dissimilarity, homogeneity, ASM, energy, correlation, mean, variance, standard
        deviation and entropy; overwritten.
    """
    n_matrices, n_levels, _ = counts.shape
    zero, one = np.float64(0), np.float64(1)
    for matrix in range(n_matrices):
        here = counts[matrix]
        # Sums of counts are integers, and so the mean of one level is this level exactly.
        n, first, second, far, apart = np.int64(0), np.int64(0), np.int64(0), np.int64(0), zero
        near, squares = zero, zero
        for i in range(n_levels):
            for j in range(n_levels):
                count = np.int64(here[i, j])
                if count > 0:
                    difference = abs(i - j)
                    n += count
                    first += count * i
                    second += count * j
                    far += count * difference
                    apart += np.float64(count * difference * difference)
                    near += np.float64(count) / np.float64(1 + difference * difference)
                    squares += np.float64(count) * np.float64(count)
        total = np.float64(max(n, np.int64(1)))
        mean_i, mean_j = np.float64(first) / total, np.float64(second) / total
        spread_i, spread_j, together, entropy = zero, zero, zero, zero
        for i in range(n_levels):
            for j in range(n_levels):
                if here[i, j] > 0:
                    share = np.float64(here[i, j]) / total
                    from_i, from_j = np.float64(i) - mean_i, np.float64(j) - mean_j
                    spread_i += share * from_i * from_i
                    spread_j += share * from_j * from_j
                    together += share * from_i * from_j
                    entropy -= share * np.log(share)
        out = properties[matrix]
        out[0] = apart / total
        out[1] = np.float64(far) / total
        out[2] = near / total
        out[3] = squares / (total * total)
        out[4] = np.sqrt(out[3])
        varies = spread_i > 0 and spread_j > 0
        out[5] = together / (np.sqrt(spread_i) * np.sqrt(spread_j)) if varies else one
        out[6] = mean_i
        out[7] = spread_i
        out[8] = np.sqrt(spread_i)
        # Not -0, which a matrix with one place would have.
        out[9] = entropy + zero


EXACT = (binary_codes,)
"""Those in which no sum may be taken in another order."""


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""

    def array(kind: Any, n_axes: int) -> Any:
        return types.Array(kind, n_axes, "C")

    double, count, size = types.float64, types.int32, types.int64
    codes, boxes = array(types.uint32, 3), array(size, 2)
    return {
        binary_codes: (
            array(double, 3),
            boxes,
            array(double, 2),
            array(double, 2),
            size,
            array(double, 1),
            codes,
        ),
        code_counts: (codes, array(count, 1), boxes, array(count, 3)),
        pair_counts: (
            types.Array(types.uint8, 3, "C", readonly=True),
            array(size, 1),
            boxes,
            array(count, 4),
        ),
        matrix_properties: (array(count, 3), array(double, 2)),
    }
