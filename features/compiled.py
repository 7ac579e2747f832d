"""Compiled inner loops: each does in one pass what NumPy would do in many passes over memory.

The functions are plain Python as well, which is how the tests know what they should compute.
Compiled code is kept on disk where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from features.colors import loops as colors
from features.colors import value_loops as color_values
from features.edges import loops as edges
from features.textures import loops

Vectors = npt.NDArray[np.float32]
Spans = npt.NDArray[np.int64]

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


def two_sided_sums(
    projections: Vectors, offsets: Vectors, threshold: np.float32, spans: Spans, sums: Vectors
) -> None:
    """Add the two-sided codes of each span: max(0, v - t), and in the second half max(0, -v - t).

    Parameters
    ----------
    projections, offsets : (n, k) and (k,), whose difference is v
    threshold : t
    spans : (n_spans, 2), each first row and the one after the last
    sums : (n_spans, 2k), added to
    """
    zero = np.float32(0)
    n_words = projections.shape[1]
    for span in range(len(spans)):
        above = sums[span, :n_words]
        below = sums[span, n_words:]
        for row in range(spans[span, 0], spans[span, 1]):
            for word in range(n_words):
                value = projections[row, word] - offsets[word]
                above[word] += max(value - threshold, zero)
                below[word] += max(-value - threshold, zero)


def triangle_sums(squared: Vectors, spans: Spans, sums: Vectors) -> None:
    """Add the triangle codes of each span: max(0, mean(d) - d), d the roots of what is given.

    Parameters
    ----------
    squared : (n, k), overwritten
    spans : (n_spans, 2), each first row and the one after the last
    sums : (n_spans, k), added to
    """
    zero = np.float32(0)
    n_words = squared.shape[1]
    for span in range(len(spans)):
        for row in range(spans[span, 0], spans[span, 1]):
            total = zero
            for word in range(n_words):
                # A distance of zero may be a little below zero after rounding.
                distance = np.sqrt(abs(squared[row, word]))
                squared[row, word] = distance
                total += distance
            mean = np.float32(total / np.float32(n_words))
            for word in range(n_words):
                value = mean - squared[row, word]
                sums[span, word] += value if value > zero else zero


def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Return the machine code of a function of this module, or of a file of loops.

    Such files are in `features.colors`, `features.edges` and `features.textures`. The machine
    code needs no lock of Python's.
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
    liberties = (
        set()
        if function
        in (
            *loops.EXACT,
            *colors.EXACT,
            *color_values.EXACT,
            *edges.EXACT,
        )
        else {"reassoc"}
    )
    try:
        kept = njit(signature, cache=True, nogil=True, fastmath=liberties)(function)
        return cast("Callable[..., None]", kept)
    except Exception:
        # Without a folder to write to, or with a damaged file, it is compiled each time.
        fresh = njit(signature, nogil=True, fastmath=liberties)(function)
        return cast("Callable[..., None]", fresh)


def _signatures() -> dict[Callable[..., None], Any]:
    from numba import types

    number, count = types.float32, types.int64

    def array(kind: Any, n_axes: int) -> Any:
        return types.Array(kind, n_axes, "C")

    spans = array(count, 2)
    arguments: dict[Callable[..., None], tuple[Any, ...]] = {
        contrast_normalized: (array(number, 2), number),
        two_sided_sums: (array(number, 2), array(number, 1), number, spans, array(number, 2)),
        triangle_sums: (array(number, 2), spans, array(number, 2)),
        **colors.signatures(types),
        **color_values.signatures(types),
        **edges.signatures(types),
        **loops.signatures(types),
    }
    return {function: types.void(*each) for function, each in arguments.items()}
