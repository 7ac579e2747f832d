"""The progress of a run: its steps, and listeners that are told of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One thing that a run does: an extractor's features, or one cell with one seed.

    `model` is empty for features.
    """

    features: str
    model: str
    seed: int

    def __str__(self) -> str:
        return f"{self.features} × {self.model}" if self.model else f"{self.features} features"


class Listener:
    """Base class of listeners, which are told what a run does; this one shows nothing.

    Attributes
    ----------
    n_at_once : int
        How many steps can run at the same time; set before `plan` is called.
    """

    n_at_once = 1

    def plan(self, steps: Sequence[Step]) -> None:
        """The steps of the run are known, in their order; once more, if some are done again."""

    def begin(self, step: Step) -> None:
        """A step begins."""

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        """A step is done; `kept` says that the cache had it, `note` what came out."""

    def fail(self, step: Step, error: str) -> None:
        """A step failed; the cells that need it fail, too."""

    def write(self, what: str) -> None:
        """Something is being written."""


class Remaining:
    """How long a run will still take, from what its steps took so far.

    A step is expected to take the mean time of the finished steps of its kind: those of the same
    model, or those of features. If there are none yet, it is the mean time of all finished steps.
    Of steps that run at the same time each counts only a part.

    Examples
    --------
    >>> steps = [Step("a", "", 0), Step("a", "m", 0), Step("b", "", 0), Step("b", "m", 0)]
    >>> remaining = Remaining(steps)
    >>> remaining.seconds() is None
    True
    >>> remaining.done(steps[0], 1.0)
    >>> remaining.done(steps[1], 5.0)
    >>> remaining.seconds()
    6.0
    """

    def __init__(self, steps: Sequence[Step], n_at_once: int = 1) -> None:
        self._n_at_once = n_at_once
        self._left = list(steps)
        self._took: dict[str, list[float]] = {}

    def done(self, step: Step, seconds: float | None = None) -> None:
        """Count a step as over; only a step with seconds counts for the times of the others."""
        if step in self._left:
            self._left.remove(step)
        if seconds is not None:
            self._took.setdefault(step.model, []).append(seconds)

    def seconds(self) -> float | None:
        """Return the seconds that the remaining steps will take; None while none was timed."""
        every = [seconds for took in self._took.values() for seconds in took]
        if not every:
            return None
        takes = sum(_mean(self._took.get(step.model) or every) for step in self._left)
        return takes / min(self._n_at_once, max(1, len(self._left)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
