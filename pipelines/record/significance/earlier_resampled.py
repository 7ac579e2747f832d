"""How sure a pair was in earlier reports of resamples ("corrected-max-t"), which are still checked.

The largest t of all pairs was drawn from one multivariate t. But that divides all pairs by one
spread, where each has its own, and takes their correlation from as many values as there are
resamples. Over few of them it told far too many pairs apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.record.report import ALPHA
from pipelines.record.significance.statistics import beyond

N_DRAWS = 9999
_AT_ONCE = 256

Counts = npt.NDArray[np.int64]


class LargestOfDraws:
    """The largest |t| of all pairs in each of many draws.

    Parameters
    ----------
    counts
        Right answers of each cell, (n_cells, n_resamples).
    firsts, seconds
        The rows that each pair holds against each other, (n_pairs,).
    n_draws, seed
        Of the draws.
    """

    def __init__(
        self,
        counts: Counts,
        firsts: npt.NDArray[np.intp],
        seconds: npt.NDArray[np.intp],
        *,
        n_draws: int = N_DRAWS,
        seed: int = 0,
    ) -> None:
        self._largest = _largest(counts, firsts, seconds, n_draws=n_draws, seed=seed)
        self.factor = _factor(self._largest, counts.shape[1], len(firsts))

    def beyond(self, difference: float, error: float) -> tuple[float, float]:
        """Return the p-value of a difference and half of the width of its interval."""
        return beyond(difference, error, self._largest)


def _factor(largest: npt.NDArray[np.float64], k: int, n_pairs: int) -> float:
    """Return how many standard errors half of an interval has, for all pairs together.

    Where no pair has a spread, there are no draws of the largest |t| to take it from.
    """
    from scipy.special import stdtrit

    if largest.any():
        return beyond(0.0, 1.0, largest)[1]
    return float(stdtrit(k - 1, 1.0 - ALPHA / (2 * n_pairs)))


def _largest(
    counts: Counts,
    firsts: npt.NDArray[np.intp],
    seconds: npt.NDArray[np.intp],
    *,
    n_draws: int,
    seed: int,
) -> npt.NDArray[np.float64]:
    """Return each draw's largest |t| over the pairs with spread, falling.

    Pairs come in lots, so memory does not grow with their number times that of the draws.
    """
    k = counts.shape[1]
    rng = np.random.default_rng([seed, k])
    normal = rng.standard_normal((k, n_draws))
    scale = np.sqrt(rng.chisquare(k - 1, n_draws) / (k - 1))
    largest = np.zeros(n_draws)
    for first in range(0, len(firsts), _AT_ONCE):
        lot = slice(first, first + _AT_ONCE)
        ahead = (counts[firsts[lot]] - counts[seconds[lot]]).astype(np.float64)
        moved = ahead - ahead.mean(axis=1, keepdims=True)
        moved = moved[ahead.min(axis=1) < ahead.max(axis=1)]
        if len(moved):
            moved /= np.linalg.norm(moved, axis=1, keepdims=True)
            largest = np.maximum(largest, np.abs(moved @ normal).max(axis=0))
    return np.sort(largest / scale)[::-1]
