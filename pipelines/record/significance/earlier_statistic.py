"""The statistic of the pairs in earlier reports, by which those are still checked.

It answers two questions by two means: McNemar's exact test, corrected by Holm's method for all
pairs, says whether cells differ, and a bootstrap of each pair alone says by how much. An interval
could exclude zero where the test told nothing apart, which is why reports have another one now.
SciPy's statistics are imported where they are used, because that takes a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipelines.record.report import CellName, PairedDifference
from pipelines.record.significance.resampling import Right

N_RESAMPLES = 2000
_RESAMPLES_AT_ONCE = 100


def differences_of(
    names: Sequence[tuple[CellName, CellName]],
    right: Sequence[Right],
    firsts: npt.NDArray[np.intp],
    seconds: npt.NDArray[np.intp],
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> tuple[PairedDifference, ...]:
    """Return some pairs with their differences, intervals and p-values, in the order given.

    Parameters
    ----------
    names
        What the two of each pair are called.
    right
        For each cell bool (n_seeds, n_test), with the same number of seeds: whether it was right.
    firsts, seconds
        The entries of `right` that each pair holds against each other, (n_pairs,).
    n_resamples, seed
        Of the bootstrap.
    """
    n_seeds, n_test = right[0].shape
    times = np.array([table.sum(axis=0) for table in right], dtype=np.float64)
    intervals = _bootstrap_intervals(times, firsts, seconds, n_resamples, seed) / n_seeds
    leads = [times[i] - times[j] for i, j in zip(firsts, seconds, strict=True)]
    counts = [(int(np.sum(lead > 0)), int(np.sum(lead < 0))) for lead in leads]
    p_values = [mcnemar_exact(*count) for count in counts]
    return tuple(
        PairedDifference(
            first=first,
            second=second,
            difference=float(lead.sum() / (n_test * n_seeds)),
            ci95=(float(low), float(high)),
            only_first=count[0],
            only_second=count[1],
            p_value=p_value,
            p_holm=p_holm,
        )
        for (first, second), lead, (low, high), count, p_value, p_holm in zip(
            names, leads, intervals, counts, p_values, holm(p_values), strict=True
        )
    )


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test.

    Of the images on which two classifiers disagree, each should win about half if they are
    equally good: `only_first ~ Binomial(only_first + only_second, 1/2)`. With several seeds an
    image counts for the classifier that is right with more of them, which is the sign test on
    images, and McNemar's for one seed; counting every seed as an image of its own would take
    correlated answers for independent ones.

    Source: McNemar 1947, "Note on the sampling error of the difference between correlated
    proportions"; exact form as in Agresti, "Categorical Data Analysis", section 11.1.

    Examples
    --------
    >>> mcnemar_exact(0, 5)
    0.0625
    >>> mcnemar_exact(0, 0)
    1.0
    """
    n = only_first + only_second
    from scipy.stats import binomtest

    return float(binomtest(only_first, n, 0.5).pvalue) if n else 1.0


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values adjusted so that one false alarm among all of them has the stated rate.

    The k-th smallest of m is multiplied by m - k + 1, then made no smaller than the one before.
    Source: Holm 1979, "A simple sequentially rejective multiple test procedure".

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return tuple(adjusted.tolist())


def _bootstrap_intervals(
    right: npt.NDArray[np.float64],
    firsts: npt.NDArray[np.intp],
    seconds: npt.NDArray[np.intp],
    n_resamples: int,
    seed: int,
) -> npt.NDArray[np.float64]:
    """Return 95 % intervals of the pairs' differences in times right an image, (n_pairs, 2).

    Images are drawn once for all cells: a draw is a count for each image, and the cells' sums
    over it are one matrix product of whole numbers, which float64 adds exactly: the intervals do
    not depend on threads.
    """
    n_test = right.shape[1]

    def differences(drawn: npt.NDArray[np.int64], axis: int = -1) -> npt.NDArray[np.float64]:
        rows = np.atleast_2d(drawn)
        cells = rows + n_test * np.arange(len(rows))[:, None]
        counts = np.bincount(cells.ravel(), minlength=n_test * len(rows))
        sums = right @ counts.reshape(len(rows), n_test).T.astype(np.float64)
        result: npt.NDArray[np.float64] = (sums[firsts] - sums[seconds]) / n_test
        return result if drawn.ndim > 1 else result[:, 0]

    from scipy.stats import bootstrap

    found = bootstrap(
        (np.arange(n_test),),
        differences,
        n_resamples=n_resamples,
        batch=_RESAMPLES_AT_ONCE,
        method="percentile",
        vectorized=True,
        random_state=np.random.default_rng(seed),
    )
    low, high = found.confidence_interval
    return np.array([low, high], dtype=np.float64).T
