"""How certain the change of each cell between two runs is, on the same test images."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pipelines.record.report import CellName, PairedDifference
from pipelines.record.statistics import N_RESAMPLES, differences_of

Predictions = Mapping[CellName, npt.NDArray[np.int64]]


def paired_changes(
    before: Predictions,
    after: Predictions,
    labels: npt.NDArray[np.int64],
    *,
    n_resamples: int = N_RESAMPLES,
) -> dict[CellName, PairedDifference]:
    """Return by how much the accuracy of each cell rose, with its interval and p-values.

    Parameters
    ----------
    before, after
        The two runs: (features, model) → predicted labels, int64 (n_seeds, n_test). The runs, and
        the cells of one run, may differ in their seeds.
    labels
        True labels, int64 (n_test,).
    n_resamples
        Bootstrap resamples of the test images.

    Notes
    -----
    In each difference `first` is the cell of `after` and `second` the cell of `before`. An image
    counts by the share of a run's seeds that were right on it. Only cells whose predictions changed
    are tested, and Holm's correction is over these cells.

    Examples
    --------
    >>> labels = np.array([0, 1] * 50)
    >>> worse = labels.copy()
    >>> worse[:10] = 1 - worse[:10]
    >>> change = paired_changes({("a", "m"): worse[None]}, {("a", "m"): labels[None]}, labels)
    >>> found = change["a", "m"]
    >>> found.difference, found.only_first, found.only_second, round(found.p_value, 4)
    (0.1, 10, 0, 0.002)
    """
    names = [
        name for name in after if name in before and not np.array_equal(before[name], after[name])
    ]
    if not names:
        return {}
    rows = []
    units = []
    for run, other in ((after, before), (before, after)):
        for name in names:
            n_seeds, n_others = len(run[name]), len(other[name])
            unit = math.lcm(n_seeds, n_others)
            right = (run[name] == labels).sum(axis=0)
            rows.append(right * (unit // n_seeds))  # whole numbers, as parts of the same unit
            units.append(unit)
    k = len(names)
    found = differences_of(
        [(name, name) for name in names],
        np.array(rows, dtype=np.float64),
        np.arange(k),
        np.arange(k, 2 * k),
        unit=np.array(units[:k]),
        n_resamples=n_resamples,
    )
    return dict(zip(names, found, strict=True))
