"""Rounding moves cells up and down alike; a report that lies is ahead in nearly all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

UNLIKELY = 0.001
"""A chance so small is taken for none; a lie in ten cells of one size can be told by it."""
_ENUMERATED = 16


def chance(shifts: Sequence[float]) -> float:
    """Return how likely a sum is at least so far from zero, if each sign is up to chance.

    It is exact for few shifts, and the normal approximation for many. How far rounding moves a
    cell need not be known for it.

    Examples
    --------
    >>> chance([0.5, 0.5, 0.5]), chance([0.5, -0.5, 0.5]), chance([0.0])
    (0.25, 1.0, 1.0)
    >>> chance([0.005] * 11) < UNLIKELY
    True
    """
    found = abs(math.fsum(shifts))
    if len(shifts) > _ENUMERATED:
        scale = math.hypot(*shifts)
        return math.erfc(found / scale / math.sqrt(2)) if scale else 1.0
    sums = np.zeros(1)
    for shift in shifts:
        sums = np.concatenate([sums + shift, sums - shift])
    return float(np.mean(np.abs(sums) >= found - 1e-9))
