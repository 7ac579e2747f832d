"""Descriptors a block at a time: few enough that their products stay in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.products import multiply

Vectors = npt.NDArray[np.float32]

BLOCK = 24
"""Descriptors in a block: four times those that are multiplied at a time."""


def rooms(
    vectors: Vectors, whitening: Vectors, panels: Vectors
) -> tuple[Vectors, Vectors, Vectors]:
    """Return room for a block of descriptors, for the same whitened, and for their products."""
    given = np.zeros((BLOCK, vectors.shape[1]), np.float32)
    z = given
    if len(whitening):
        z = np.zeros((BLOCK, len(whitening) * whitening.shape[2]), np.float32)
    # Rows that lie a multiple of 4096 bytes apart would share few places of the cache.
    width = (len(panels) | 1) * panels.shape[2]
    return given, z, np.zeros((BLOCK, width), np.float32)


def begin(
    vectors: Vectors, start: int, mean: Vectors, whitening: Vectors, given: Vectors, z: Vectors
) -> int:
    """Write a block of descriptors, from `start` on, without the mean and whitened.

    Parameters
    ----------
    vectors : (n, d)
    mean : (d,)
    whitening : panels of a matrix (d, m), or none of them
    given : (24, d), overwritten
    z : (24, at least m), overwritten; `given` itself if there is no whitening

    Returns
    -------
    int
        Descriptors in the block.
    """
    count = min(BLOCK, len(vectors) - start)
    for row in range(count):
        for i in range(len(mean)):
            given[row, i] = vectors[start + row, i] - mean[i]
    if len(whitening):
        multiply(given, count, whitening, z)
    return count


def array_types(types: Any) -> tuple[Any, Any, Any]:
    """Return the compiler's types of numbers that are read: in one, two and three dimensions."""
    one, two, three = (types.Array(types.float32, n, "C", readonly=True) for n in (1, 2, 3))
    return one, two, three


HELPERS = (
    rooms,
    begin,
)
