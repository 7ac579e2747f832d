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

from data.system.machine_code import machine_code
from features.coding import (
    blocks,
    directions,
    distances,
    exponentials,
    members,
    powers_of_two,
    products,
    spreading,
    squares,
    winograd,
)
from features.colors import loops as colors
from features.colors import value_loops as color_values
from features.edges import loops as edges
from features.edges import running_sums
from features.textures import loops

Vectors = npt.NDArray[np.float32]

_EXACT = (*colors.EXACT, *color_values.EXACT, *edges.EXACT, *loops.EXACT, *running_sums.EXACT)
"""Those in which no sum may be taken in another order."""

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


def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Return the machine code of a function of this module, or of a file of loops.

    Such files are in the packages `coding`, `colors`, `edges` and `textures` of `features`. The
    machine code needs no lock of Python's.
    """
    with _lock:
        if function not in _compiled:
            _compiled[function] = _compile(function)
        return _compiled[function]


def _compile(function: Callable[..., None]) -> Callable[..., None]:
    signature = _signatures()[function]
    # With "reassoc" numbers may be added up in any order, and so several at once.
    liberties = set() if function in _EXACT else {"reassoc"}
    if function.__module__.startswith("features.coding"):
        _make_callable()
        # No code is NaN, and so the least of several is found several at once.
        liberties |= {"nnan", "nsz", "contract"}
    machine = machine_code(function, signature, fastmath=liberties)
    return cast("Callable[..., None]", machine)


@cache
def _make_callable() -> None:
    """Let compiled functions call the helpers of `features.coding`."""
    from numba.extending import register_jitable

    products.make_compilable()
    modules: tuple[Any, ...] = (products, blocks, powers_of_two, directions, distances, members)
    for module in (*modules, spreading, exponentials, squares, winograd):
        for helper in module.HELPERS:
            # In the process that compiles a loop, a helper may be other machine code than in the
            # file that is kept: the last bits of a sum then differ. Inside the loop it is the same.
            register_jitable(forceinline=True)(helper)


def _signatures() -> dict[Callable[..., None], Any]:
    from numba import types

    number = types.float32
    arguments: dict[Callable[..., None], tuple[Any, ...]] = {
        contrast_normalized: (types.Array(number, 2, "C"), number),
        **colors.signatures(types),
        **color_values.signatures(types),
        **edges.signatures(types),
        **running_sums.signatures(types),
        **loops.signatures(types),
        **directions.signatures(types),
        **distances.signatures(types),
        **exponentials.signatures(types),
        **members.signatures(types),
        **products.signatures(types),
        **spreading.signatures(types),
        **squares.signatures(types),
        **winograd.signatures(types),
    }
    return {function: types.void(*each) for function, each in arguments.items()}
