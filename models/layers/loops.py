"""Compiled loops of layers: each does in one pass what NumPy does in several passes over memory.

The loops are plain Python as well. They take the operations in NumPy's order, so that a layer
gives the same bits with them and without.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from data.system.machine_code import machine_code
from models.layers.layer import Array

COMPILED_FROM = 1 << 14
"""Values of a batch from which a compiled loop is used. Fewer do not pay for it to be loaded."""


def loop(function: Callable[..., None], *arrays: Array) -> Callable[..., None] | None:
    """Return the machine code of a loop for these arrays, or None where NumPy serves them better.

    Parameters
    ----------
    function : function
        One of those below.
    *arrays : ndarray
        Those that have the shape of the batch. They must be C-contiguous, writable and of one
        dtype.

    Returns
    -------
    callable or None
        It takes what the function takes.
    """
    first = arrays[0]
    if first.size < COMPILED_FROM:
        return None
    if not all(array.flags.carray and array.dtype == first.dtype for array in arrays):
        return None
    return _compiled(function, first.dtype)


@cache
def _compiled(function: Callable[..., None], dtype: np.dtype[np.floating]) -> Callable[..., None]:
    from numba import types

    number = types.float32 if dtype == np.float32 else types.float64
    compiled: Callable[..., None] = machine_code(
        function, _signatures(number)[function], error_model="numpy"
    )
    return compiled


def _signatures(number: Any) -> dict[Callable[..., None], Any]:
    """Return what each loop takes, for values of one of numba's types."""
    from numba import types

    flat, rows = types.Array(number, 1, "C"), types.Array(number, 2, "C")
    chances = types.Array(types.uint16, 1, "C")
    return {
        hidden: types.void(flat, chances, types.uint16, number, flat),
        rectified: types.void(flat, flat),
        rectified_backward: types.void(flat, flat, flat),
        normalized: types.void(rows, flat, flat, number, flat, flat, rows, rows),
        normalized_backward: types.void(rows, rows, flat, flat, flat, flat, rows),
    }


def hidden(x: Array, chances: Array, threshold: Any, scale: Any, out: Array) -> None:
    """Write x·scale where a value's chance reaches the threshold, else 0; all are (n,)."""
    for i in range(x.size):
        out[i] = x[i] * (scale if chances[i] >= threshold else scale - scale)


def rectified(x: Array, out: Array) -> None:
    """Write the positive part of x (n,)."""
    zero = x.dtype.type(0)
    for i in range(x.size):
        out[i] = zero if x[i] < zero else x[i]


def rectified_backward(y: Array, dy: Array, out: Array) -> None:
    """Write dy where y is positive, else 0; all are (n,)."""
    zero, one = y.dtype.type(0), y.dtype.type(1)
    for i in range(y.size):
        out[i] = dy[i] * (one if y[i] > zero else zero)


def normalized(
    x: Array,
    scale: Array,
    shift: Array,
    epsilon: Any,
    mean: Array,
    variance: Array,
    x_hat: Array,
    y: Array,
) -> None:
    """Write mean and variance of the columns of x (n, d), then x̂ and y = γ x̂ + β."""
    n, d = x.shape
    zero, one = x.dtype.type(0), x.dtype.type(1)
    count = x.dtype.type(n)
    for j in range(d):
        mean[j] = zero
        variance[j] = zero
    for i in range(n):
        for j in range(d):
            mean[j] += x[i, j]
    for j in range(d):
        mean[j] /= count
    for i in range(n):
        for j in range(d):
            away = x[i, j] - mean[j]
            variance[j] += away * away
    rate = np.empty(d, x.dtype)
    for j in range(d):
        variance[j] /= count
        rate[j] = one / np.sqrt(variance[j] + epsilon)
    for i in range(n):
        for j in range(d):
            standard = (x[i, j] - mean[j]) * rate[j]
            x_hat[i, j] = standard
            y[i, j] = standard * scale[j] + shift[j]


def normalized_backward(
    dy: Array,
    x_hat: Array,
    scale: Array,
    rate: Array,
    d_scale: Array,
    d_shift: Array,
    dx: Array,
) -> None:
    """Write Σ dy x̂, Σ dy, and dx = r (γ dy − γ mean(dy) − x̂ γ mean(dy x̂)), by columns."""
    n, d = dy.shape
    zero = dy.dtype.type(0)
    count = dy.dtype.type(n)
    for j in range(d):
        d_scale[j] = zero
        d_shift[j] = zero
    for i in range(n):
        for j in range(d):
            d_scale[j] += dy[i, j] * x_hat[i, j]
            d_shift[j] += dy[i, j]
    along = np.empty(d, dy.dtype)
    mean = np.empty(d, dy.dtype)
    for j in range(d):
        along[j] = d_scale[j] / count * scale[j]
        mean[j] = d_shift[j] / count * scale[j]
    for i in range(n):
        for j in range(d):
            u = dy[i, j] * scale[j]
            dx[i, j] = (u - mean[j] - x_hat[i, j] * along[j]) * rate[j]
