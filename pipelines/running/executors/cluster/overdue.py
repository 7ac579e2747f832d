"""Tasks that are overdue: a worker that hangs, or is slow, is not waited for alone.

The task of such a worker is given to a free worker as well, and the first result counts. Both give
the same bits. This is done in two cases: nothing was heard from the worker for a while, or the task
takes several times as long as the same task did with another seed, or on another block.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LATE_S = 30.0
"""No task is overdue before, and no worker silent."""

_TIMES = 3.0
_NUMBERS = re.compile(r" (seed|block) \d+")


class Pace:
    """How long each kind of task takes.

    Parameters
    ----------
    late_s : float, default `LATE_S`

    Examples
    --------
    >>> pace = Pace()
    >>> pace.note("cell hog/mlp seed 0", 60.0)
    >>> pace.is_late("cell hog/mlp seed 1", 100.0), pace.is_late("cell hog/mlp seed 1", 200.0)
    (False, True)
    >>> pace.is_late("cell hog/knn seed 1", 200.0)  # nobody knows how long that takes
    False
    """

    def __init__(self, late_s: float = LATE_S) -> None:
        self.late_s = late_s
        self._longest: dict[str, float] = {}

    def note(self, name: str, seconds: float) -> None:
        """Note how long a task took."""
        kind = _NUMBERS.sub("", name)
        self._longest[kind] = max(seconds, self._longest.get(kind, 0.0))

    def is_late(self, name: str, seconds: float) -> bool:
        """Return whether a task takes far longer than those of its kind took."""
        longest = self._longest.get(_NUMBERS.sub("", name))
        return longest is not None and seconds > max(self.late_s, _TIMES * longest)


def silent_workers(workers: Mapping[str, Mapping[str, Any]], late_s: float = LATE_S) -> set[str]:
    """Return the workers from which a scheduler has heard nothing for a while, others meanwhile.

    Examples
    --------
    >>> silent_workers({"a": {"last_seen": 100.0}, "b": {"last_seen": 160.0}})
    {'a'}
    """
    seen = {address: float(each["last_seen"]) for address, each in workers.items()}
    last = max(seen.values(), default=0.0)
    return {address for address, then in seen.items() if last - then > late_s}
