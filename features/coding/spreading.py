"""How near candidates would bring vectors to a word, for k-means++."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.blocks import array_types
from features.coding.distances import NEAR, SAME
from features.coding.products import ROWS, tile_product

Vectors = npt.NDArray[np.float32]


def brought_near(
    panels: Vectors,
    first: int,
    last: int,
    candidates: Vectors,
    lengths: Vectors,
    nearest: Vectors,
    distances: Vectors,
    sums: npt.NDArray[np.float64],
) -> None:
    """Write each vector's squared distance from its nearest word, if a candidate were one, too.

    Parameters
    ----------
    panels : (n_panels, d + 1, 16)
        Of the vectors x, sixteen in a panel, which start from ‖x‖².
    first, last : int
        Which panels: from the first to before the last.
    candidates : (m, d), m a multiple of six
        -2 times each candidate c, then zeros.
    lengths : (n_candidates,)
        Their ‖c‖².
    nearest : (at least 16 · n_panels,)
        Squared distances from the words so far.
    distances : (m, at least 16 · n_panels), overwritten in the columns of these panels
    sums : (n_candidates,), to which the distances are added
    """
    n_candidates, columns = len(lengths), panels.shape[2]
    half = np.float64(-0.5)
    for panel in range(first, last):
        values = panels[panel]
        for row in range(0, n_candidates, ROWS):
            tile_product(candidates, row, panels, panel, distances)
        left = panel * columns
        before = nearest[left : left + columns]
        for candidate in range(n_candidates):
            here = distances[candidate, left : left + columns]
            n_lost = np.float32(0)
            for i in range(len(here)):
                squared = abs(here[i] + lengths[candidate])
                here[i] = squared
                n_lost += np.float32(1) if squared < NEAR * values[0, i] else np.float32(0)
            if n_lost > 0:
                # Most of their digits have cancelled: they are taken from the differences.
                for i in range(len(here)):
                    if here[i] < NEAR * values[0, i]:
                        squares = np.float64(0)
                        for value in range(candidates.shape[1]):
                            difference = np.float64(values[value + 1, i]) - half * np.float64(
                                candidates[candidate, value]
                            )
                            squares += difference * difference
                        taken = np.float32(squares)
                        here[i] = taken if taken >= SAME * values[0, i] else np.float32(0)
            total = np.float32(0)
            for i in range(len(here)):
                squared = min(here[i], before[i])
                here[i] = squared
                total += squared
            sums[candidate] += np.float64(total)


HELPERS = ()


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    one, two, three = array_types(types)
    count, sums = types.int64, types.Array(types.float64, 1, "C")
    distances = types.Array(types.float32, 2, "C")
    return {brought_near: (three, count, count, two, one, one, distances, sums)}
