"""Compiled inner loops: each does in one pass what NumPy would do in many passes over memory.

The functions are plain Python as well, which is how the tests know what they should compute.
Compiled code is kept on disk where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from features.coding import blocks, directions, distances, members, products, spreading
from features.textures import loops

Vectors = npt.NDArray[np.float32]
Boxes = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_compiled: dict[Any, Callable[..., None]] = {}
_lock = Lock()


def contrast_normalized(vectors: Vectors, regularizer: np.float32) -> None:
    """Replace each vector x of (n, d) by (x - mean(x)) / sqrt(var(x) + regularizer), in place."""
    n_values = np.float32(vectors.shape[1])
    for row in range(len(vectors)):
        vector = vectors[row]
        total = np.float32(0)
        for i in range(len(vector)):
            total += vector[i]
        mean = np.float32(total / n_values)
        squares = np.float32(0)
        for i in range(len(vector)):
            difference = vector[i] - mean
            vector[i] = difference
            squares += difference * difference
        variance = np.float32(squares / n_values) + regularizer
        # Without a regularizer, a blank patch stays blank.
        scale = np.float32(1 / np.sqrt(variance)) if variance > 0 else np.float32(0)
        for i in range(len(vector)):
            vector[i] *= scale


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
    zero = np.int64(0)
    for image in range(n_images):
        for row in range(height):
            for column in range(width):
                strongest, strongest_down, strongest_across = zero, zero, zero
                for channel in range(n_channels):
                    down, across = zero, zero
                    if 0 < row < height - 1:
                        down = np.int64(images[image, row + 1, column, channel]) - np.int64(
                            images[image, row - 1, column, channel]
                        )
                    if 0 < column < width - 1:
                        across = np.int64(images[image, row, column + 1, channel]) - np.int64(
                            images[image, row, column - 1, channel]
                        )
                    squared = down * down + across * across
                    # The first of equally strong channels wins.
                    if squared > strongest:
                        strongest, strongest_down, strongest_across = squared, down, across
                magnitudes[image, row, column] = np.sqrt(np.float32(strongest))
                bins[image, row, column] = bin_table[strongest_down + 255, strongest_across + 255]


def cell_sums(
    magnitudes: Vectors,
    bins: npt.NDArray[np.uint8],
    rows_per_cell: int,
    columns_per_cell: int,
    sums: npt.NDArray[np.float64],
) -> None:
    """Add each pixel's magnitude to its bin in its cell.

    Parameters
    ----------
    magnitudes, bins : (n, height, width)
    sums : (n, cell rows, cell columns, orientations), added to
    """
    n_images, n_rows, n_columns, _ = sums.shape
    for image in range(n_images):
        for row in range(n_rows * rows_per_cell):
            for cell in range(n_columns):
                votes = sums[image, row // rows_per_cell, cell]
                for column in range(cell * columns_per_cell, (cell + 1) * columns_per_cell):
                    votes[bins[image, row, column]] += magnitudes[image, row, column]


def color_counts(images: Bytes, bins: int, boxes: Boxes, counts: npt.NDArray[np.int32]) -> None:
    """Add one for each pixel to its joint bin, in each box.

    Parameters
    ----------
    images : (n, height, width, channels)
    bins : int
        In each channel; bin i holds the values with floor(value · bins / 256) = i.
    boxes : (n_boxes, 4), each top, bottom, left and right
    counts : (n, n_boxes, bins^channels), added to
    """
    n_channels = images.shape[3]
    # Unsigned and 32 bits wide, or the check for negative indices takes as long as the rest.
    step, shift = np.uint32(bins), np.uint32(8)
    for image in range(len(images)):
        for box in range(len(boxes)):
            here = counts[image, box]
            for row in range(boxes[box, 0], boxes[box, 1]):
                pixels = images[image, row, boxes[box, 2] : boxes[box, 3]]
                for column in range(len(pixels)):
                    joint = (np.uint32(pixels[column, 0]) * step) >> shift
                    # There are one or three channels, and a fixed number of rounds is unrolled.
                    if n_channels == 3:
                        for channel in range(1, 3):
                            level = (np.uint32(pixels[column, channel]) * step) >> shift
                            joint = np.uint32(joint * step + level)
                    here[np.uint32(joint)] += 1


def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Return the machine code of a function of this module, of `features.textures.loops` or coding.

    It needs no lock of Python's.
    """
    with _lock:
        if function not in _compiled:
            _compiled[function] = _compile(function)
        return _compiled[function]


def _compile(function: Callable[..., None]) -> Callable[..., None]:
    # Importing numba takes a third of a second, so it is imported where it is needed.
    from numba import njit

    signature = _signatures()[function]
    # With "reassoc" numbers may be added up in any order, and so several at once.
    liberties = set() if function in loops.EXACT else {"reassoc"}
    if function.__module__.startswith("features.coding"):
        _make_callable()
        # No code is NaN, and so the least of several is found several at once.
        liberties |= {"nnan", "nsz", "contract"}
    try:
        kept = njit(signature, cache=True, nogil=True, fastmath=liberties)(function)
        return cast("Callable[..., None]", kept)
    except Exception:
        # Without a folder to write to, or with a damaged file, it is compiled each time.
        fresh = njit(signature, nogil=True, fastmath=liberties)(function)
        return cast("Callable[..., None]", fresh)


@cache
def _make_callable() -> None:
    """Let compiled functions call the helpers of `features.coding`."""
    from numba.extending import register_jitable

    products.make_compilable()
    for module in (products, blocks, directions, distances, members, spreading):
        for helper in module.HELPERS:
            register_jitable(helper)


def _signatures() -> dict[Callable[..., None], Any]:
    from numba import types

    number, count = types.float32, types.int64

    def array(kind: Any, n_axes: int, *, read_only: bool = False) -> Any:
        return types.Array(kind, n_axes, "C", readonly=read_only)

    images = array(types.uint8, 4, read_only=True)
    table, pixels = array(types.uint8, 2), array(types.uint8, 3)
    boxes = array(count, 2)
    arguments: dict[Callable[..., None], tuple[Any, ...]] = {
        contrast_normalized: (array(number, 2), number),
        byte_votes: (images, table, array(number, 3), pixels),
        cell_sums: (array(number, 3), pixels, count, count, array(types.float64, 4)),
        color_counts: (images, count, boxes, array(types.int32, 3)),
        **loops.signatures(types),
        **directions.signatures(types),
        **distances.signatures(types),
        **members.signatures(types),
        **spreading.signatures(types),
    }
    return {function: types.void(*each) for function, each in arguments.items()}
