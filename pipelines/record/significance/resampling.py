"""How far accuracies might have come out otherwise: with other test images, and other seeds.

Every cell is measured on the same test images, and mostly with the same seeds. So a resample is
drawn once for all cells: what makes an image hard for each of them cancels in their differences.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Right = npt.NDArray[np.bool_]
"""Whether a cell was right, (n_seeds, n_test)."""

Labels = npt.NDArray[np.integer[Any]]
"""Places in the list of classes, in the kind of number that a file has: mostly the smallest."""

_AT_ONCE = 100
_MOST_AT_ONCE = 2**27  # images drawn, of all resamples of a lot
_EXACT_IN_FLOAT32 = 2**24


def deviations(
    right: Sequence[Right], *, n_resamples: int, seed: int = 0
) -> npt.NDArray[np.float64]:
    r"""Return by how much each cell's accuracy in each resample differs from its accuracy.

    A resample draws the test images with replacement, and, crossed with them, the seeds:

    .. math:: d_c = \frac{1}{k n} \sum_{s,i} (w_s v_i - 1) R_{csi},
        \quad w_s = 1 + \sqrt{\tfrac{k}{k-1}} (m_s - 1),
        \quad v_i = 1 + \sqrt{\tfrac{n}{n-1}} (n_i - 1)

    where seed :math:`s` of :math:`k` was drawn :math:`m_s` times, image :math:`i` of :math:`n`
    :math:`n_i` times, and :math:`R_{csi}` is 1 where cell :math:`c` was right. What is drawn with
    replacement from k has (k − 1)/k of the variance that other seeds would show, which the root
    puts right; of two or three seeds that is much. A single seed, or image, is not resampled.

    Parameters
    ----------
    right
        For each cell bool (n_seeds, n_test); the cells may differ in their seeds.
    n_resamples
        How many resamples to draw.
    seed
        Of the draws.

    Returns
    -------
    ndarray
        float64 (n_cells, n_resamples).

    Notes
    -----
    Cells with as many seeds share the draws of seeds, so what a seed does to both of two cells
    cancels, too. The counts of right answers in a resample are one matrix product of whole
    numbers, in which no sum is rounded: the result does not depend on the number of threads.
    Resamples come in lots, so memory does not grow with their number times that of the images.

    Source: Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1.
    """
    n_test = right[0].shape[1]
    n_seeds = [len(table) for table in right]
    kind = np.dtype(np.float32 if n_test < _EXACT_IN_FLOAT32 else np.float64)
    rows: npt.NDArray[np.floating] = np.concatenate(right).astype(kind)
    there = rows.sum(axis=1, dtype=np.float64)[:, None]
    ends = np.cumsum([0, *n_seeds])
    images = np.random.default_rng([seed, 0])
    seeds = {k: np.random.default_rng([seed, k]) for k in set(n_seeds)}
    more = _correction(n_test)
    found = np.empty((len(right), n_resamples))
    at_once = max(2, min(_AT_ONCE, _MOST_AT_ONCE // n_test))
    for first in range(0, n_resamples, at_once):
        lot = slice(first, min(first + at_once, n_resamples))
        weights = {k: _weights(rng, k, lot.stop - lot.start) for k, rng in seeds.items()}
        counts = _times_drawn(images, n_test, lot.stop - lot.start).T.astype(kind)
        sums = there + more * (np.matmul(rows, counts, dtype=kind).astype(np.float64) - there)
        for cell, k in enumerate(n_seeds):
            of_cell = slice(ends[cell], ends[cell + 1])
            moved = weights[k] * sums[of_cell] - there[of_cell]
            found[cell, lot] = moved.sum(axis=0) / (k * n_test)
    return found


def _correction(n: int) -> float:
    """Return √(n / (n − 1)), by which deviations of what was drawn from n are too small."""
    return math.sqrt(n / (n - 1)) if n > 1 else 0.0


def _weights(rng: np.random.Generator, k: int, n_resamples: int) -> npt.NDArray[np.float64]:
    """Return the weight of each of k seeds in each of the next resamples, (k, n_resamples)."""
    drawn = _times_drawn(rng, k, n_resamples)
    return 1.0 + _correction(k) * (drawn.T.astype(np.float64) - 1.0)


def _times_drawn(rng: np.random.Generator, n: int, n_resamples: int) -> npt.NDArray[np.intp]:
    """Return how often each of n was drawn in n draws with replacement, (n_resamples, n)."""
    drawn = rng.integers(n, size=(n_resamples, n))
    drawn += n * np.arange(n_resamples)[:, None]  # numbers of its own for each resample
    return np.bincount(drawn.ravel(), minlength=n_resamples * n).reshape(n_resamples, n)
