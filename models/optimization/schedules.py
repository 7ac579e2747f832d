"""Schedules: how the learning rate goes from the first step to the last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, floor, pi
from typing import TypeAlias

Schedule: TypeAlias = Callable[[float, int], float]
"""``schedule(epochs_done, n_epochs)``: the factor on the learning rate after, say, 3.25 epochs."""


@dataclass(frozen=True)
class Constant:
    """The factor 1 at every step."""

    def __call__(self, epochs_done: float, n_epochs: int) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class InverseScaling:
    """The factor 1/(t + 1)^p after t samples, changed between epochs, as scikit-learn does.

    Samples of earlier fits count from the second epoch on: a new optimiser begins with the factor
    1, and one that goes on has its epochs before.

    Parameters
    ----------
    n_samples : int
        Samples of an epoch.
    power : float, default 0.5
        The exponent p, from 0 up.
    n_before, epochs_before : int, default 0
        Samples that were seen before this fit, and epochs of its optimiser.
    """

    n_samples: int
    power: float = 0.5
    n_before: int = 0
    epochs_before: int = 0

    def __call__(self, epochs_done: float, n_epochs: int) -> float:
        """Return 1/(t + 1)^p."""
        done = floor(epochs_done)
        t = self.n_before + (done - self.epochs_before) * self.n_samples
        return float((t + 1) ** -self.power) if done else 1.0


@dataclass(frozen=True)
class Step:
    """A fall by a factor at each of the given fractions of the run."""

    at: tuple[float, ...] = (0.5, 0.75)
    factor: float = 0.1

    def __call__(self, epochs_done: float, n_epochs: int) -> float:
        """Return the factor to the power of the number of fractions passed."""
        return float(self.factor ** sum(epochs_done >= part * n_epochs for part in self.at))


@dataclass(frozen=True)
class Cosine:
    """A linear rise over the warm-up, then half a cosine to zero. (Loshchilov and Hutter 2017.)"""

    warmup_epochs: float = 0.0

    def __call__(self, epochs_done: float, n_epochs: int) -> float:
        """Return the part of the warm-up that is done, then ½(1 + cos π·progress)."""
        warmup = min(self.warmup_epochs, n_epochs)
        if epochs_done < warmup:
            return epochs_done / warmup
        progress = (epochs_done - warmup) / max(n_epochs - warmup, 1e-12)
        return 0.5 * (1 + cos(pi * min(progress, 1.0)))


@dataclass(frozen=True)
class OneCycle:
    """A linear rise from 0.04 to 1 over the first part, then a cosine down to zero.

    (Smith and Topin 2018.)
    """

    rise: float = 0.3

    def __call__(self, epochs_done: float, n_epochs: int) -> float:
        """Return the factor, which rises and then falls."""
        progress = min(epochs_done / n_epochs, 1.0)
        if progress < self.rise:
            return 0.04 + 0.96 * progress / self.rise
        return 0.5 * (1 + cos(pi * (progress - self.rise) / (1 - self.rise)))


@dataclass(frozen=True)
class Recorded:
    """The factors of an earlier run, one an epoch; after them, the last one stays."""

    factors: tuple[float, ...]

    def __call__(self, epochs_done: float, n_epochs: int) -> float:
        """Return the factor of the epoch."""
        return float(self.factors[min(floor(epochs_done), len(self.factors) - 1)])
