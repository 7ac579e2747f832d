"""Which cells of a comparison can be told apart, and by how much they differ.

All cells saw the same test images, so they are compared image by image: what makes an image hard
for every cell cancels, and differences far smaller than the cells' own intervals become visible.
SciPy's statistics are imported where they are used, because that takes a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipelines.record.report import CellName, PairedDifference

ALPHA = 0.05
N_RESAMPLES = 2000
_RESAMPLES_AT_ONCE = 100


def wilson(n_correct: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a proportion.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

    Examples
    --------
    >>> low, high = wilson(50, 100)
    >>> round(low, 4), round(high, 4)
    (0.4038, 0.5962)
    """
    from scipy.stats import binomtest

    interval = binomtest(n_correct, n).proportion_ci(confidence_level=0.95, method="wilson")
    return max(0.0, float(interval.low)), min(1.0, float(interval.high))


def paired_differences(
    predictions: Mapping[CellName, npt.NDArray[np.int64]],
    labels: npt.NDArray[np.int64],
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> tuple[PairedDifference, ...]:
    """Return every pair of cells with its difference in accuracy, interval and p-values.

    Parameters
    ----------
    predictions
        (features, model) → predicted labels, int64 (n_seeds, n_test); the same seeds in every cell.
    labels
        True labels, int64 (n_test,).
    n_resamples
        Bootstrap resamples of the test images.
    seed
        Of the resampling.

    Returns
    -------
    tuple of PairedDifference
        The better cell of a pair comes first; pairs run from the best cell down.

    Notes
    -----
    The interval is the bootstrap's 2.5 and 97.5 percentiles over test images. It speaks of these
    fitted models on other images of the same kind, and not of other training sets.

    Examples
    --------
    >>> labels = np.array([0, 1] * 50)
    >>> wrong = labels.copy()
    >>> wrong[:10] = 1 - wrong[:10]
    >>> pair, = paired_differences({("a", "m"): wrong[None], ("b", "m"): labels[None]}, labels)
    >>> pair.first, pair.difference, pair.only_first, pair.only_second, round(pair.p_value, 4)
    (('b', 'm'), 0.1, 10, 0, 0.002)
    """
    if len(predictions) < 2:
        return ()
    right, n_seeds = _times_right(predictions, labels)
    order = np.argsort(-right.sum(axis=1), kind="stable")
    names = [list(predictions)[i] for i in order]
    firsts, seconds = np.triu_indices(len(names), 1)
    return differences_of(
        [(names[i], names[j]) for i, j in zip(firsts, seconds, strict=True)],
        right[order],
        firsts,
        seconds,
        unit=n_seeds,
        n_resamples=n_resamples,
        seed=seed,
    )


def differences_of(
    names: Sequence[tuple[CellName, CellName]],
    right: npt.NDArray[np.float64],
    firsts: npt.NDArray[np.intp],
    seconds: npt.NDArray[np.intp],
    *,
    unit: int | npt.NDArray[np.int64],
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> tuple[PairedDifference, ...]:
    """Return some pairs with their differences, intervals and p-values, in the order given.

    Parameters
    ----------
    names
        What the two of each pair are called.
    right
        Whole numbers (n_cells, n_test): how often each cell was right on each image.
    firsts, seconds
        The rows of `right` that each pair holds against each other, (n_pairs,).
    unit
        How often the two of a pair could have been right on an image; one for all, or (n_pairs,).
    n_resamples, seed
        As in `paired_differences`.
    """
    n_test = right.shape[1]
    units = np.broadcast_to(unit, len(names))
    intervals = _bootstrap_intervals(right, firsts, seconds, n_resamples, seed) / units[:, None]
    leads = [right[i] - right[j] for i, j in zip(firsts, seconds, strict=True)]
    counts = [(int(np.sum(lead > 0)), int(np.sum(lead < 0))) for lead in leads]
    p_values = [mcnemar_exact(*count) for count in counts]
    return tuple(
        PairedDifference(
            first=first,
            second=second,
            difference=float(lead.sum() / (n_test * times)),
            ci95=(float(low), float(high)),
            only_first=count[0],
            only_second=count[1],
            p_value=p_value,
            p_holm=p_holm,
        )
        for (first, second), lead, times, (low, high), count, p_value, p_holm in zip(
            names, leads, units, intervals, counts, p_values, holm(p_values), strict=True
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


def _times_right(
    predictions: Mapping[CellName, npt.NDArray[np.int64]], labels: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], int]:
    """Return with how many seeds each cell was right on each image, (n_cells, n_test)."""
    shapes = {name: np.shape(p) for name, p in predictions.items()}
    n_seeds = next(iter(shapes.values()))[0]
    expected = (n_seeds, len(labels))
    for name, shape in shapes.items():
        if shape != expected or 0 in expected:
            raise ValueError(
                f"predictions of {' + '.join(name)} must be (n_seeds, n_test) = {expected}, "
                f"as in the other cells, got {shape}"
            )
    right = [(np.asarray(p) == labels).sum(axis=0) for p in predictions.values()]
    return np.array(right, dtype=np.float64), n_seeds


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
