"""The loops over pixels that augmentation needs, compiled by numba where it is installed."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

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
    kernel = _kernels().get("gather")
    if kernel is not None and X.flags.c_contiguous:
        # Offsets of the values in a line of pixels; unsigned, so that none may count backwards.
        offsets = (across[:, :, None] * c + np.arange(c)).astype(np.uint32)
        starts = (down * (w * c)).astype(np.uint32)
        kernel(X, rows, starts, offsets.reshape(len(rows), -1), out)
        return
    images = X.reshape(len(X), h, w, c)
    picked = images[rows[:, None, None], down[:, :, None], across[:, None, :]]
    out[:] = picked.reshape(len(rows), -1)


def mix_rows(array: Array, mix: Array | float) -> None:
    """Mix each row with the next, the last with the first: mix·row + (1 − mix)·next, in place.

    `mix` is one number, or one for each row.
    """
    shares = np.broadcast_to(mix, len(array)).astype(array.dtype)
    rests = np.broadcast_to(np.subtract(1, mix), len(array)).astype(array.dtype)
    kernel = _kernels().get("mix")
    first = array[0].copy()
    if kernel is not None:
        kernel(array, first, shares, rests)
        return
    for row, following, share, rest in zip(array, [*array[1:], first], shares, rests, strict=True):
        np.multiply(row, share, out=row)
        row += rest * following


def hide_squares(images: Array, tops: Array, lefts: Array, side: int, fill: Array) -> None:
    """Paint a square of every image (n, h, w, c) with a colour (c,)."""
    kernel = _kernels().get("hide")
    if kernel is not None:
        kernel(images, tops, lefts, side, fill)
        return
    for image, top, left in zip(images, tops.tolist(), lefts.tolist(), strict=True):
        image[top : top + side, left : left + side] = fill


@cache
def _kernels() -> dict[str, Any]:
    try:
        from numba import njit
    except ImportError:
        return {}

    def gather(X, rows, starts, offsets, out):  # type: ignore[no-untyped-def]
        width = offsets.shape[1]
        for n in range(rows.size):
            source = X[rows[n]]
            offset = offsets[n]
            for i in range(starts.shape[1]):
                line = source[starts[n, i] :]
                target = out[n, i * width : (i + 1) * width]
                for q in range(width):
                    target[q] = line[offset[q]]

    def mix(array, first, shares, rests):  # type: ignore[no-untyped-def]
        last = array.shape[0] - 1
        for i in range(last + 1):
            row, share, rest = array[i], shares[i], rests[i]
            following = first if i == last else array[i + 1]
            for j in range(row.size):
                row[j] = row[j] * share + following[j] * rest

    def hide(images, tops, lefts, side, fill):  # type: ignore[no-untyped-def]
        for n in range(images.shape[0]):
            for i in range(tops[n], tops[n] + side):
                for j in range(lefts[n], lefts[n] + side):
                    for k in range(fill.size):
                        images[n, i, j, k] = fill[k]

    loops = {"gather": gather, "mix": mix, "hide": hide}
    return {name: njit(loop, nogil=True) for name, loop in loops.items()}
