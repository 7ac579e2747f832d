"""The axis that the bars of the page's tables are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

_SHORTEST = 0.1  # of a shorter axis, the ticks would all be written alike
_STEPS = [1, 2, 5, 10]


@dataclass(frozen=True)
class Scale:
    """A linear axis with round ends; places on it are in per cent of its width."""

    ticks: tuple[float, ...]

    @classmethod
    def over(cls, values: Sequence[float], *, n_ticks: int = 5) -> Scale:
        """Return a scale that holds all values; without any, one from 0 to 1.

        Examples
        --------
        >>> Scale.over([21.5, 76.1]).ticks
        (20.0, 40.0, 60.0, 80.0)
        """
        low, high = min(values, default=0.0), max(values, default=1.0)
        if high - low < _SHORTEST:
            low, high = (low + high - _SHORTEST) / 2, (low + high + _SHORTEST) / 2
        ticks = MaxNLocator(n_ticks - 1, steps=_STEPS).tick_values(low, high)
        return cls(tuple(map(float, ticks)))

    def at(self, value: float) -> float:
        """Return the place of a value, 0 … 100."""
        first, last = self.ticks[0], self.ticks[-1]
        return round(100 * (value - first) / (last - first), 2)
