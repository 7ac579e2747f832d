"""How certain the change of each cell between two runs is, on the same test images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.record.report import CellName, PairedDifference
from pipelines.record.significance.resampled_statistic import resampled_differences_of
from pipelines.record.significance.resampling import Labels
from pipelines.record.significance.statistics import N_RESAMPLES, differences_of

Predictions = Mapping[CellName, Labels]


def paired_changes(
    before: Predictions,
    after: Predictions,
    labels: Labels,
    *,
    n_resamples: int = N_RESAMPLES,
    n_learned: int | None = None,
) -> dict[CellName, PairedDifference]:
    """Return by how much the accuracy of each cell rose, with its interval and p-value.

    Parameters
    ----------
    before, after
        The two runs: (features, model) → predicted labels, int (n_seeds, n_test). The runs, and
        the cells of one run, may differ in their seeds.
    labels
        True labels, int (n_test,); (n_seeds, n_test) if the images were split anew for each.
    n_resamples
        Resamples of the test images and seeds.
    n_learned
        How many images each run learned from, if they were split anew for each.

    Notes
    -----
    In each difference `first` is the cell of `after` and `second` the cell of `before`. An image
    counts by the share of a run's seeds that were right on it. Only cells whose predictions changed
    are tested, and intervals and p-values are for these cells together, as in `differences_of`.

    Examples
    --------
    >>> labels = np.array([0, 1] * 50)
    >>> worse = labels.copy()
    >>> worse[:10] = 1 - worse[:10]
    >>> change = paired_changes({("a", "m"): worse[None]}, {("a", "m"): labels[None]}, labels)
    >>> found = change["a", "m"]
    >>> found.difference, found.only_first, found.only_second, found.told_apart
    (0.1, 10, 0, True)
    """
    names = [
        name for name in after if name in before and not np.array_equal(before[name], after[name])
    ]
    if not names:
        return {}
    k = len(names)
    pairs = [(name, name) for name in names]
    right = [run[name] == labels for run in (after, before) for name in names]
    places = np.arange(k), np.arange(k, 2 * k)
    if n_learned is not None:
        found = resampled_differences_of(pairs, right, *places, n_learned=n_learned)
    else:
        found = differences_of(pairs, right, *places, n_resamples=n_resamples)
    return dict(zip(names, found, strict=True))
