"""Inner loops over codes that NumPy would pass over memory five times for: one pass, compiled.

The functions are plain Python as well, which is how the tests know what they should compute.
Compiled code is kept on disk where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, cast

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Spans = npt.NDArray[np.int64]

_compiled: dict[Any, Callable[..., None]] = {}
_lock = Lock()


def two_sided_sums(
    projections: Vectors, threshold: np.float32, spans: Spans, sums: Vectors
) -> None:
    """Add max(0, v - t) and, in the second half of the columns, max(0, -v - t), span by span.

    Parameters
    ----------
    projections : (n, k)
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
                value = projections[row, word]
                above[word] += max(value - threshold, zero)
                below[word] += max(-value - threshold, zero)


def triangle_sums(squared: Vectors, spans: Spans, sums: Vectors) -> None:
    """Add max(0, mean(d) - d) of the squared distances, which become distances, span by span.

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
                # Rounding may leave a distance of nothing a hair below zero.
                distance = np.sqrt(abs(squared[row, word]))
                squared[row, word] = distance
                total += distance
            mean = np.float32(total / np.float32(n_words))
            for word in range(n_words):
                value = mean - squared[row, word]
                sums[span, word] += value if value > zero else zero


_SIGNATURES: dict[Callable[..., None], str] = {
    two_sided_sums: "void(f4[:,::1], f4, i8[:,::1], f4[:,::1])",
    triangle_sums: "void(f4[:,::1], i8[:,::1], f4[:,::1])",
}


def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """The machine code of one of this module's functions; it runs without Python's lock."""
    with _lock:
        if function not in _compiled:
            _compiled[function] = _compile(function)
        return _compiled[function]


def _compile(function: Callable[..., None]) -> Callable[..., None]:
    # Numba takes a third of a second to import: only who needs it should pay.
    from numba import njit

    signature = _SIGNATURES[function]
    # "reassoc": a row's distances may be added up in any order, so several at once.
    try:
        kept = njit(signature, cache=True, nogil=True, fastmath={"reassoc"})(function)
        return cast("Callable[..., None]", kept)
    except Exception:
        # No folder to write to, a damaged file: the code is only slower to have, not missing.
        fresh = njit(signature, nogil=True, fastmath={"reassoc"})(function)
        return cast("Callable[..., None]", fresh)
