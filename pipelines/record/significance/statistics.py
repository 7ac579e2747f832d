"""Which cells of a comparison can be told apart, and by how much they differ.

All cells saw the same test images, so they are compared image by image: what makes an image hard
for every cell cancels, and differences far smaller than the cells' own intervals become visible.
One statistic, the difference in accuracy, and one resampling say both how far a difference may be
from the truth and whether two cells can be told apart, so the two answers never disagree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.record.report import ALPHA as ALPHA
from pipelines.record.report import CellName, PairedDifference, PairsStatistic
from pipelines.record.significance import earlier_statistic
from pipelines.record.significance.resampling import Labels, Right, deviations

STATISTIC: PairsStatistic = "max-t"
"""What a report written now calls the statistic of its pairs."""
N_RESAMPLES = 1999
SEEDS_FOR_METHODS = 5
"""With as many seeds, intervals hold the methods' differences in 93 % of comparisons or more.

That was simulated, for seeds that matter up to twice as much as on the built-in images; see
`pipelines/README.md`. With fewer seeds only the runs themselves are spoken of.
"""
_AT_ONCE = 256
_TIE = 1.0 + 1e-9


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
    predictions: Mapping[CellName, Labels],
    labels: Labels,
    *,
    statistic: PairsStatistic = STATISTIC,
    n_resamples: int | None = None,
    seed: int = 0,
) -> tuple[PairedDifference, ...]:
    """Return every pair of cells with its difference in accuracy, interval and p-value.

    Parameters
    ----------
    predictions
        (features, model) → predicted labels, int (n_seeds, n_test); the same seeds in every cell.
    labels
        True labels, int (n_test,).
    statistic
        "max-t", or "mcnemar-holm" for what earlier reports hold.
    n_resamples
        Resamples of the test images and seeds. Default: 1,999; 2,000 for earlier reports.
    seed
        Of the resampling.

    Returns
    -------
    tuple of PairedDifference
        The better cell of a pair comes first; pairs run from the best cell down.

    Notes
    -----
    Intervals and p-values are for all pairs together, and so are the statements that they cover:
    see `differences_of`. They speak of other test images of the same kind; with
    `SEEDS_FOR_METHODS` seeds or more of other seeds, too; and never of other training sets.

    Examples
    --------
    >>> labels = np.array([0, 1] * 50)
    >>> wrong = labels.copy()
    >>> wrong[:10] = 1 - wrong[:10]
    >>> pair, = paired_differences({("a", "m"): wrong[None], ("b", "m"): labels[None]}, labels)
    >>> pair.first, pair.difference, pair.only_first, pair.only_second, pair.told_apart
    (('b', 'm'), 0.1, 10, 0, True)
    """
    if len(predictions) < 2:
        return ()
    _check_shapes(predictions, labels)
    right = [np.asarray(predicted) == labels for predicted in predictions.values()]
    order = np.argsort([-int(table.sum()) for table in right], kind="stable")
    names = [list(predictions)[i] for i in order]
    firsts, seconds = np.triu_indices(len(names), 1)
    earlier = statistic == "mcnemar-holm"
    differences = earlier_statistic.differences_of if earlier else differences_of
    return differences(
        [(names[i], names[j]) for i, j in zip(firsts, seconds, strict=True)],
        [right[i] for i in order],
        firsts,
        seconds,
        n_resamples=n_resamples or (earlier_statistic.N_RESAMPLES if earlier else N_RESAMPLES),
        seed=seed,
    )


def differences_of(
    names: Sequence[tuple[CellName, CellName]],
    right: Sequence[Right],
    firsts: npt.NDArray[np.intp],
    seconds: npt.NDArray[np.intp],
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> tuple[PairedDifference, ...]:
    r"""Return some pairs with their differences, intervals and p-values, in the order given.

    Parameters
    ----------
    names
        What the two of each pair are called.
    right
        For each cell bool (n_seeds, n_test): whether it was right.
    firsts, seconds
        The entries of `right` that each pair holds against each other, (n_pairs,).
    n_resamples, seed
        As in `paired_differences`.

    Notes
    -----
    The standard error :math:`\sigma_p` of pair p is the root mean square of its deviations
    :math:`\delta_{pb}` over the resamples. The largest deviation of a resample,
    :math:`T_b = g(\max_p |\delta_{pb}| / \sigma_p)`, is compared with every pair, where g takes a
    normal deviate to that of Student's t with n − 1 degrees of freedom, since :math:`\sigma_p` is
    itself known from n images only:

    .. math:: p_p = \frac{1 + \#\{b : T_b \sigma_p \ge |d_p|\}}{1 + B},
        \quad d_p \pm c \, \sigma_p

    and c is the smallest :math:`T_b` that is beaten only by pairs with :math:`p_p < 0.05`. So the
    interval of a pair excludes zero exactly if its p-value is below 0.05, and both hold for all
    pairs together: in 95 % of comparisons every interval holds its true difference.

    A pair that leads by the same on every image has no spread. It is not told apart: p is 1, and
    the interval reaches from zero to what such a series of n images still allows, by the exact
    binomial bound with Bonferroni's correction.

    Source: Westfall and Young 1993, "Resampling-based multiple testing", section 2; Hothorn,
    Bretz and Westfall 2008, "Simultaneous inference in general parametric models".
    """
    leads = [_Lead.of(right[i], right[j]) for i, j in zip(firsts, seconds, strict=True)]
    errors, largest = _standard_errors(
        deviations(right, n_resamples=n_resamples, seed=seed),
        firsts,
        seconds,
        np.array([lead.spread for lead in leads], dtype=bool),
    )
    largest = _as_students(largest, n_test=right[0].shape[1])
    certain = 1.0 - (ALPHA / len(leads)) ** (1.0 / right[0].shape[1])
    found = []
    for (first, second), lead, error in zip(names, leads, errors, strict=True):
        p, half = beyond(abs(lead.mean), error, largest)
        low, high = lead.mean - half, lead.mean + half
        if error == 0.0:
            centre = lead.mean * (1.0 - certain)
            low, high = min(0.0, centre - certain), max(0.0, centre + certain)
        found.append(
            PairedDifference(
                first=first,
                second=second,
                difference=lead.mean,
                ci95=(max(-1.0, low), min(1.0, high)),
                only_first=lead.n_ahead,
                only_second=lead.n_behind,
                p_adjusted=p,
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class _Lead:
    """By how much one cell is ahead of another: on average, on how many images, and if alike."""

    mean: float
    n_ahead: int
    n_behind: int
    spread: bool

    @classmethod
    def of(cls, one: Right, other: Right) -> _Lead:
        """Return the lead of one cell; an image counts by the share of the seeds."""
        unit = math.lcm(len(one), len(other))
        lead = one.sum(axis=0) * (unit // len(one)) - other.sum(axis=0) * (unit // len(other))
        return cls(
            mean=float(lead.sum() / (len(lead) * unit)),
            n_ahead=int(np.sum(lead > 0)),
            n_behind=int(np.sum(lead < 0)),
            spread=bool(lead.min() < lead.max()),
        )


def _standard_errors(
    moved: npt.NDArray[np.float64],
    firsts: npt.NDArray[np.intp],
    seconds: npt.NDArray[np.intp],
    spread: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the pairs' standard errors, 0 without spread, and each resample's largest |t|.

    The largest come in falling order. Pairs come in lots, so memory does not grow with their
    number times that of the resamples.
    """
    errors = np.zeros(len(firsts))
    largest = np.zeros(moved.shape[1])
    for first in range(0, len(firsts), _AT_ONCE):
        lot = slice(first, first + _AT_ONCE)
        apart = np.abs(moved[firsts[lot]] - moved[seconds[lot]])
        error = np.sqrt(np.mean(apart**2, axis=1)) * spread[lot]
        errors[lot] = error
        if np.any(error > 0):
            apart = apart[error > 0] / error[error > 0, None]
            largest = np.maximum(largest, apart.max(axis=0))
    return errors, np.sort(largest)[::-1]


def _as_students(deviates: npt.NDArray[np.float64], *, n_test: int) -> npt.NDArray[np.float64]:
    """Return the deviates of Student's t that are as rare as these normal ones, in their order."""
    from scipy.special import ndtr, stdtrit

    found: npt.NDArray[np.float64] = -stdtrit(max(n_test - 1, 1), ndtr(-deviates))
    return np.sort(found)[::-1]


def beyond(
    difference: float, error: float, largest: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Return the p-value of a difference and half of the width of its interval.

    Both come of the same numbers, c σ for every c in `largest`, so they never disagree. A
    difference that only rounding tells from one of them counts as equal to it.
    """
    if error == 0.0:
        return 1.0, 0.0
    reach = largest * error * _TIE
    p_values = np.arange(1, len(reach) + 2) / (len(reach) + 1)  # with 0, 1, … of them reached
    n_sure = int(np.sum(p_values < ALPHA))
    half = float(reach[n_sure - 1]) if n_sure else math.inf
    return float(p_values[int(np.sum(reach >= difference))]), half


def _check_shapes(predictions: Mapping[CellName, Labels], labels: Labels) -> None:
    """Raise ValueError unless all cells have the same seeds and images, and there are some."""
    shapes = {name: np.shape(p) for name, p in predictions.items()}
    expected = (next(iter(shapes.values()))[0], len(labels))
    for name, shape in shapes.items():
        if shape != expected or 0 in expected:
            raise ValueError(
                f"predictions of {' + '.join(name)} must be (n_seeds, n_test) = {expected}, "
                f"as in the other cells, got {shape}"
            )
