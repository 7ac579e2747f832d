"""How far an honest report's figures may lie from those found in another environment.

Another processor or library rounds float32 sums otherwise. What learns without chance ends almost
where it did. What follows a seed leaves its path at the first step, and may end as with another
seed; and where two values were equally good on the validation part, the other one may be chosen.
By how many standard errors either moves the number of correct answers was measured (see
pipelines/README.md), and three times that is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

from pipelines.record.significance.statistics import wilson

SETTLED = 0.2
"""Standard errors by which a count moves where nothing that learned was random."""
WANDERING = 1.0
"""The same where an extractor or a classifier follows a seed, or another value was chosen."""
SIGMAS = 3.0
_TWO_SIDED_95 = 1.96


def spread(*, seeded: bool, same_choice: bool = True) -> float:
    """Return by how many standard errors a figure moves from one environment to another."""
    return WANDERING if seeded or not same_choice else SETTLED


def standard_error(part: float, n: int) -> float:
    """Return the standard error of a part of `n` images, from Wilson's interval: never zero.

    Examples
    --------
    >>> round(standard_error(0.5, 1000), 4), round(standard_error(1.0, 10), 4)
    (0.0158, 0.0708)
    """
    low, high = wilson(round(part * n), n)
    return (high - low) / (2 * _TWO_SIDED_95)


def tolerance(n_correct: int, n: int, *, seeded: bool, same_choice: bool = True) -> float:
    """Return by how many correct answers of one run a report may differ from `n_correct`.

    One answer always may: that is a tie that fell the other way.

    Examples
    --------
    >>> [round(tolerance(700, 1000, seeded=seeded), 1) for seeded in (False, True)]
    [8.7, 43.4]
    >>> round(tolerance(700, 1000, seeded=False, same_choice=False), 1)
    43.4
    """
    error = n * standard_error(n_correct / n, n)
    return max(1.0, SIGMAS * spread(seeded=seeded, same_choice=same_choice) * error)


def of_sum(allowed: Sequence[float], alike: Sequence[Hashable]) -> float:
    """Return how far a sum of figures may lie off: those that are alike move together.

    Examples
    --------
    >>> of_sum([3.0, 4.0], ["a", "b"]), of_sum([3.0, 4.0], ["a", "a"])
    (5.0, 7.0)
    """
    groups: dict[Hashable, float] = {}
    for each, group in zip(allowed, alike, strict=True):
        groups[group] = groups.get(group, 0.0) + each
    return math.hypot(*groups.values())
