"""The sums of the vectors that are nearest to each word, for k-means."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.blocks import array_types

Vectors = npt.NDArray[np.float32]


def member_sums(
    vectors: Vectors,
    labels: npt.NDArray[np.int64],
    first: int,
    last: int,
    sums: npt.NDArray[np.float64],
) -> None:
    """Add each vector to the sum of its word, in the columns from `first` to before `last`.

    Parameters
    ----------
    vectors : (n, d)
    labels : (n,), the words, from 0 to k - 1
    first, last : int
    sums : (k, d), added to in the order of the vectors
    """
    for row in range(len(vectors)):
        some = vectors[row, first:last]
        total = sums[labels[row], first:last]
        for i in range(len(some)):
            total[i] += some[i]


HELPERS = ()


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    _, two, _ = array_types(types)
    count = types.int64
    labels, sums = types.Array(count, 1, "C"), types.Array(types.float64, 2, "C")
    return {member_sums: (two, labels, count, count, sums)}
