"""The loops over pixels that augmentation needs, compiled, and kept on disk where possible.

The loops are plain Python as well, so that the tests know what they should compute.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from data.system.machine_code import machine_code
from models.layers.layer import Array


def gather_pixels(
    X: Array,
    rows: Array,
    down: Array,
    across: Array,
    image_shape: tuple[int, int, int],
    out: Array,
) -> None:
    """Write X[rows[n], down[n, i], across[n, j]] to out[n, i, j], of flattened images."""
    h, w, c = image_shape
    if X.flags.c_contiguous and X.flags.aligned and X.dtype == out.dtype:
        # Offsets of the values in a line of pixels; unsigned, so that none may count backwards.
        offsets = (across[:, :, None] * c + np.arange(c)).astype(np.uint32, order="C")
        starts = (down * (w * c)).astype(np.uint32, order="C")
        chosen = np.ascontiguousarray(rows, dtype=np.int64)
        _compiled(gather, X.dtype)(X, chosen, starts, offsets.reshape(len(rows), -1), out)
        return
    images = X.reshape(len(X), h, w, c)
    picked = images[rows[:, None, None], down[:, :, None], across[:, None, :]]
    out[:] = picked.reshape(len(rows), -1)


def mix_rows(array: Array, mix: Array | float) -> None:
    """Mix each row with the next, the last with the first: mix·row + (1 − mix)·next, in place.

    `mix` is one number, or one for each row. The array is C-contiguous.
    """
    shares = np.broadcast_to(mix, len(array)).astype(array.dtype)
    rests = np.broadcast_to(np.subtract(1, mix), len(array)).astype(array.dtype)
    _compiled(mix_with_next, array.dtype)(array, array[0].copy(), shares, rests)


def hide_squares(images: Array, tops: Array, lefts: Array, side: int, fill: Array) -> None:
    """Paint a square of every image (n, h, w, c) with a colour (c,). They are C-contiguous."""
    corners = (np.ascontiguousarray(each, dtype=np.int64) for each in (tops, lefts))
    color = np.ascontiguousarray(fill, dtype=images.dtype)
    _compiled(hide, images.dtype)(images, *corners, side, color)


@cache
def _compiled(function: Callable[..., None], dtype: np.dtype[np.floating]) -> Callable[..., None]:
    """Return the machine code of a loop for values of a dtype."""
    from numba import from_dtype

    compiled: Callable[..., None] = machine_code(function, _signatures(from_dtype(dtype))[function])
    return compiled


def _signatures(number: Any) -> dict[Callable[..., None], Any]:
    """Return what each loop takes, for values of one of numba's types."""
    from numba import types

    flat, rows, images = (types.Array(number, n, "C") for n in (1, 2, 4))
    read = types.Array(number, 2, "C", readonly=True)  # it may be mapped from a file
    indices, offsets = types.Array(types.int64, 1, "C"), types.Array(types.uint32, 2, "C")
    return {
        gather: types.void(read, indices, offsets, offsets, rows),
        mix_with_next: types.void(rows, flat, flat, flat),
        hide: types.void(images, indices, indices, types.int64, flat),
    }


def gather(X: Array, rows: Array, starts: Array, offsets: Array, out: Array) -> None:
    """Write lines of pixels of some rows of X (n, d), each with an order of its own."""
    width = offsets.shape[1]
    for n in range(rows.size):
        source = X[rows[n]]
        offset = offsets[n]
        for i in range(starts.shape[1]):
            line = source[starts[n, i] :]
            target = out[n, i * width : (i + 1) * width]
            for q in range(width):
                target[q] = line[offset[q]]


def mix_with_next(array: Array, first: Array, shares: Array, rests: Array) -> None:
    """Mix each row of (n, d) with the next, and the last with the first as it was."""
    last = array.shape[0] - 1
    for i in range(last + 1):
        row, share, rest = array[i], shares[i], rests[i]
        following = first if i == last else array[i + 1]
        for j in range(row.size):
            row[j] = row[j] * share + following[j] * rest


def hide(images: Array, tops: Array, lefts: Array, side: int, fill: Array) -> None:
    """Paint a square of every image (n, h, w, c)."""
    for n in range(images.shape[0]):
        for i in range(tops[n], tops[n] + side):
            for j in range(lefts[n], lefts[n] + side):
                for k in range(fill.size):
                    images[n, i, j, k] = fill[k]
