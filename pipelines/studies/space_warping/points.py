"""Points in the plane, of two classes that no straight line parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Points in the plane x (n, 2) and their class y (n,), 0 or 1."""

    x: Array
    y: NDArray[np.int64]


def rings(n: int, rng: np.random.Generator) -> Points:
    """A ring around a ring."""
    y, angle = np.arange(n) % 2, rng.uniform(0, 2 * np.pi, n)
    radius = np.where(y == 0, 0.35, 0.95)
    return _noisy(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), y, 0.08, rng)


def spirals(n: int, rng: np.random.Generator) -> Points:
    """Two arms of one and a quarter turns, each between the windings of the other."""
    y, radius = np.arange(n) % 2, np.sqrt(rng.uniform(0.04, 1, n))
    angle = 2.5 * np.pi * radius + np.pi * y
    x = 1.2 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return _noisy(x, y, 0.05, rng)


def moons(n: int, rng: np.random.Generator) -> Points:
    """Two half moons, so blurred that they overlap."""
    y, angle = np.arange(n) % 2, rng.uniform(0, np.pi, n)
    x = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], 1) * (1 - 2 * y[:, None]) / 1.6
    return _noisy(x, y, 0.25, rng)


def _noisy(x: Array, y: NDArray[np.int64], sigma: float, rng: np.random.Generator) -> Points:
    return Points(x + rng.normal(0, sigma, x.shape), y)
