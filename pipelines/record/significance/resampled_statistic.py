r"""How sure figures are that are means over resamples, each with a split of its own.

The training parts of two resamples share most of their images, so their accuracies are not
independent, and the variance of their mean is larger than that of k independent runs. Nadeau and
Bengio's correction takes it for

.. math:: \hat\sigma^2 = \left(\frac{1}{k} + \frac{n_{test}}{n_{train}}\right) s^2

where :math:`s^2` is the sample variance over the k resamples. The result speaks of the method: of
other training images and other test images, as many as here.

Source: Nadeau and Bengio 2003, "Inference for the generalization error", Machine Learning 52,
section 3; for folds that are repeated, Bouckaert and Frank 2004, "Evaluating the replicability of
significance tests for comparing learning algorithms".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipelines.record.report import ALPHA, CellName, PairedDifference, PairsStatistic
from pipelines.record.significance.earlier_resampled import Counts, LargestOfDraws
from pipelines.record.significance.resampling import Labels, Right
from pipelines.record.significance.statistics import paired_differences, wilson

RESAMPLED: PairsStatistic = "corrected-bonferroni-t"
"""What a report of resamples written now calls the statistic of its pairs."""
EARLIER: PairsStatistic = "corrected-max-t"
"""What earlier ones call theirs."""
_TIE = 1.0 + 1e-9


def accuracy_interval(n_correct: Sequence[int], n_test: int, n_learned: int) -> tuple[float, float]:
    """Return the 95 % interval of the accuracy of a method, from that of each resample.

    It is that of Student's t with k − 1 degrees of freedom and the corrected variance. Where all
    resamples have the same accuracy, which says nothing of its spread, it is Wilson's for the test
    images of one of them.

    Parameters
    ----------
    n_correct
        Right answers of each resample; of one alone there is Wilson's interval only.
    n_test, n_learned
        Images that each resample is tested on, and learned from.

    Examples
    --------
    >>> low, high = accuracy_interval([78, 82, 80], n_test=100, n_learned=400)
    >>> round(low, 4), round(high, 4)
    (0.7343, 0.8657)
    """
    from scipy.special import stdtrit

    counts = np.asarray(n_correct, dtype=np.int64)
    mean = float(counts.mean() / n_test)
    if len(set(n_correct)) == 1:
        return wilson(int(counts[0]), n_test)
    error = float(_error(counts[None], n_test, n_learned)[0])
    half = float(stdtrit(len(counts) - 1, 1.0 - ALPHA / 2)) * error
    return max(0.0, mean - half), min(1.0, mean + half)


def differences_by(
    statistic: PairsStatistic,
    predictions: Mapping[CellName, Labels],
    labels: Labels,
    n_learned: int,
) -> tuple[PairedDifference, ...]:
    """Return every pair of cells with its difference, by the statistic that a report names.

    Parameters
    ----------
    statistic
        `RESAMPLED`, or `EARLIER`, for images that were split anew for each run.
    predictions, labels, n_learned
        As in `resampled_differences`; labels (n_test,) for a single split.
    """
    if statistic in (RESAMPLED, EARLIER):
        return resampled_differences(predictions, labels, n_learned=n_learned, statistic=statistic)
    return paired_differences(predictions, labels, statistic=statistic)


def resampled_differences(
    predictions: Mapping[CellName, Labels],
    labels: Labels,
    *,
    n_learned: int,
    statistic: PairsStatistic = RESAMPLED,
) -> tuple[PairedDifference, ...]:
    r"""Return every pair of cells with its difference in accuracy, interval and p-value.

    Parameters
    ----------
    predictions
        (features, model) → predicted labels, int (n_resamples, n_test).
    labels
        True labels of each resample's test images, int (n_resamples, n_test).
    n_learned
        Images that each resample learns from.
    statistic
        `RESAMPLED`, or `EARLIER` for what earlier reports hold.

    Returns
    -------
    tuple of PairedDifference
        The better cell of a pair comes first; pairs run from the best cell down.

    Examples
    --------
    >>> labels = np.tile([0, 1], (10, 50))
    >>> wrong = labels.copy()
    >>> for resample in range(10):
    ...     wrong[resample, : 20 + resample] ^= 1
    >>> cells = {("a", "m"): wrong, ("b", "m"): labels}
    >>> pair, = resampled_differences(cells, labels, n_learned=400)
    >>> pair.first, round(pair.difference, 3), pair.only_first, pair.told_apart
    (('b', 'm'), 0.245, 245, True)
    """
    if len(predictions) < 2:
        return ()
    for name, predicted in predictions.items():
        if predicted.shape != labels.shape:
            raise ValueError(
                f"predictions of {' + '.join(name)} must be (n_resamples, n_test) = "
                f"{labels.shape}, got {predicted.shape}"
            )
    right = [predicted == labels for predicted in predictions.values()]
    order = np.argsort([-int(table.sum()) for table in right], kind="stable")
    names = [list(predictions)[i] for i in order]
    firsts, seconds = np.triu_indices(len(names), 1)
    return resampled_differences_of(
        [(names[i], names[j]) for i, j in zip(firsts, seconds, strict=True)],
        [right[i] for i in order],
        firsts,
        seconds,
        n_learned=n_learned,
        statistic=statistic,
    )


def resampled_differences_of(
    names: Sequence[tuple[CellName, CellName]],
    right: Sequence[Right],
    firsts: npt.NDArray[np.intp],
    seconds: npt.NDArray[np.intp],
    *,
    n_learned: int,
    statistic: PairsStatistic = RESAMPLED,
) -> tuple[PairedDifference, ...]:
    r"""Return some pairs with their differences, intervals and p-values, in the order given.

    Parameters
    ----------
    names
        What the two of each pair are called.
    right
        For each cell bool (n_resamples, n_test): whether it was right.
    firsts, seconds
        The entries of `right` that each pair holds against each other, (n_pairs,).
    n_learned, statistic
        As in `resampled_differences`.

    Returns
    -------
    tuple of PairedDifference
        In them `only_first` and `only_second` count answers of all resamples.

    Notes
    -----
    The difference of a pair has a value :math:`d_r` for each resample, with mean :math:`\bar d` and
    standard error :math:`\hat\sigma` as said above, so that :math:`t = \bar d / \hat\sigma` is
    compared with Student's t of k − 1 degrees of freedom. With m pairs, each has its interval at
    the level 1 − 0.05/m, and its p-value is m times that of the pair alone (Bonferroni). So an
    interval excludes zero exactly if p < 0.05, and in 95 % of comparisons or more all intervals
    hold. A correlation of the pairs, by which intervals could be narrower, would be known from k
    values only; over 30 resamples and 10 cells they would be narrower by a twentieth.

    A pair without spread, which differs by the same in every resample, has no t. It is not told
    apart: p is 1, and its interval holds zero. But equal differences are not sure ones, as the two
    cells may disagree on many images. On average, :math:`s^2` is what the training images bring to
    it and what the test images bring, and the latter is seen within the resamples, too. There the
    lead on an image (1, 0 or −1) varies by v, and its mean over the images of a test part by

    .. math:: s^2 = v / n_{test}, \quad v = (n_1 + n_2) / (k \, n_{test}) - \bar d^2

    where :math:`n_1` and :math:`n_2` count the images of all resamples on which one cell alone is
    right. This stands in for :math:`s^2`; few resamples have a factor that leaves room for the
    training images. If no image contradicts the lead, v is zero, too. So half of the interval is
    never less than what :math:`n_{test}` images without a contradiction allow, by the exact
    binomial bound with the same correction. Where one cell is right on all images and the other on
    none, that is all there is to know, and they are told apart by the sign test of
    :math:`n_{test}` images.

    Source: as in this module; Dunn 1961, "Multiple comparisons among means".
    """
    n_resamples, n_test = right[0].shape
    if n_resamples < 2:
        raise ValueError(f"there must be 2 resamples or more, got {n_resamples}")
    counts = np.stack([table.sum(axis=1, dtype=np.int64) for table in right])
    errors = _error(counts[firsts] - counts[seconds], n_test, n_learned)
    judge: LargestOfDraws | _Bonferroni = _Bonferroni(n_resamples, len(firsts))
    if statistic == EARLIER:
        judge = LargestOfDraws(counts, firsts, seconds)
    certain = 1.0 - (ALPHA / len(firsts)) ** (1.0 / n_test)
    found = []
    for (first, second), i, j, error in zip(names, firsts, seconds, errors, strict=True):
        ahead = int(np.sum(right[i] & ~right[j]))
        behind = int(np.sum(right[j] & ~right[i]))
        mean = (ahead - behind) / right[i].size
        p, half = judge.beyond(abs(mean), float(error))
        low, high = mean - half, mean + half
        if error == 0.0:
            if statistic != EARLIER and abs(mean) == 1.0:
                p = min(1.0, len(firsts) * 2.0 ** (1 - n_test))
            of_images = ((ahead + behind) / right[i].size - mean**2) / n_test
            error_of_images = math.sqrt(of_images * _overlap(n_resamples, n_test, n_learned))
            half = max(certain, judge.factor * error_of_images)
            low, high = mean - half, mean + half
            if p >= ALPHA:
                low, high = min(0.0, low), max(0.0, high)
        found.append(
            PairedDifference(
                first=first,
                second=second,
                difference=mean,
                ci95=(max(-1.0, low), min(1.0, high)),
                only_first=ahead,
                only_second=behind,
                p_adjusted=p,
            )
        )
    return tuple(found)


class _Bonferroni:
    """Student's t of k − 1 degrees of freedom, for so many pairs together."""

    def __init__(self, k: int, n_pairs: int) -> None:
        from scipy.special import stdtrit

        self._n_free, self._n_pairs = k - 1, n_pairs
        self.factor = -float(stdtrit(k - 1, ALPHA / (2 * n_pairs)))

    def beyond(self, difference: float, error: float) -> tuple[float, float]:
        """Return the p-value of a difference and half of the width of its interval.

        Rounding does not let them disagree.
        """
        from scipy.special import stdtr

        if error == 0.0:
            return 1.0, 0.0
        half = self.factor * error * _TIE
        p = min(1.0, 2 * self._n_pairs * float(stdtr(self._n_free, -difference / error)))
        if difference > half:
            return min(p, math.nextafter(ALPHA, 0.0)), half
        return max(p, ALPHA), half


def _error(counts: Counts, n_test: int, n_learned: int) -> npt.NDArray[np.float64]:
    """Return the corrected standard error of the mean of each row; 0 exactly where all are alike.

    Rows are right answers, or differences of them, (n, n_resamples).
    """
    k = counts.shape[1]
    alike = counts.min(axis=1) == counts.max(axis=1)
    spread = np.where(alike, 0.0, counts.std(axis=1, ddof=1) / n_test)
    error: npt.NDArray[np.float64] = spread * math.sqrt(_overlap(k, n_test, n_learned))
    return error


def _overlap(k: int, n_test: int, n_learned: int) -> float:
    """Return the variance of the mean over k resamples, in variances of one of them."""
    return 1.0 / k + n_test / n_learned
