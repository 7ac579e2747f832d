"""Approximate functions by hand, by gradient descent and by nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import KNeighborsRegressor
from threadpoolctl import threadpool_limits

from data import Dataset
from pipelines.studies.study import Finding
from pipelines.studies.universal_approximation.nets import (
    EVERYWHERE,
    TARGETS,
    Array,
    Fit,
    Target,
    bumps,
    net_values,
    slope_change,
    trained,
)

NOISE = 0.5  # of samples, as a standard deviation


@dataclass(frozen=True)
class Both:
    """One target by hand, for each K, and by gradient descent, for some."""

    name: str
    exponent: float
    constant: float
    goal: Array
    stairs: tuple[Fit, ...]
    learned: tuple[Fit, ...]

    @property
    def rate(self) -> float:
        """The slope of ln(error) over ln(K), for the largest four K."""
        return slope([f.n_cells for f in self.stairs[-4:]], [f.error for f in self.stairs[-4:]])

    @property
    def within_bound(self) -> bool:
        """Whether no error is above the theorem's, but for rounding."""
        bounds = (self.constant * f.n_cells**-self.exponent for f in self.stairs)
        return all(f.error < b + 1e-8 for f, b in zip(self.stairs, bounds, strict=True))

    def matched(self) -> list[tuple[Fit, Fit]]:
        """Stairs and learned networks of the same size."""
        by_size = {fit.n_cells: fit for fit in self.stairs}
        return [(by_size[fit.n_cells], fit) for fit in self.learned]


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Of the straight line through (ln x, ln y)."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def power(exponent: float) -> str:
    """An exponent in words."""
    return f"{exponent:.2f}".replace("-", "−")


def approximate(
    target: Target,
    sizes: Sequence[int],
    to_learn: Sequence[int],
    n_steps: int,
    seed: int,
    kinks: bool,
) -> Both:
    """Write bumps down for every K in sizes, and let gradient descent learn for some."""
    x = np.linspace(-1, 1, 257)
    stairs, learned = [], []
    for K in sizes:
        heights = target.f((2 * np.arange(K) + 1) / K - 1)
        stairs.append(Fit.of(bumps(heights, kinks=kinks), K, target, kinks=kinks))
    for K in to_learn:
        net = trained(x, target.f(x), K, n_steps, seed, kinks=kinks)
        learned.append(Fit.of(net, K, target, kinks=kinks))
    goal = target.f(EVERYWHERE)
    return Both(target.name, target.exponent, target.constant, goal, tuple(stairs), tuple(learned))


def from_samples(n: int, n_steps: int, seeds: Sequence[int], *, kinks: bool, local: bool) -> Array:
    """Root mean square errors on a sine from n noisy samples: of 64 units, and of neighbours."""
    f = TARGETS[0].f
    errors = []
    for seed in seeds:
        rng = np.random.default_rng([seed, n])
        x = rng.uniform(-1, 1, n)
        y = f(x) + rng.normal(0, NOISE, n)
        net = trained(x, y, 16, n_steps, seed, kinks=kinks)
        k = max(round(n ** (2 / 3) / 2), 1) if local else n
        neighbours = KNeighborsRegressor(k).fit(x[:, None], y).predict(EVERYWHERE[::8, None])
        goal = f(EVERYWHERE)
        errors.append((_rms(net_values(net) - goal), _rms(neighbours - goal[::8])))
    return np.asarray(np.mean(errors, axis=0))


def nearest(n_dims: int, n_samples: Sequence[int], seed: int, *, local: bool) -> list[float]:
    """Root mean square errors of the nearest of n samples, without noise, in d dimensions."""
    errors = []
    for n in n_samples:
        rng = np.random.default_rng([seed, n_dims, n])
        x, fresh = rng.uniform(-1, 1, (n, n_dims)), rng.uniform(-1, 1, (1000, n_dims))
        model = KNeighborsRegressor(1 if local else n)
        model.fit(x, np.sin(np.pi * x).mean(axis=1))
        errors.append(_rms(model.predict(fresh) - np.sin(np.pi * fresh).mean(axis=1)))
    return errors


def _rms(difference: Array) -> float:
    return float(np.sqrt(np.square(difference).mean()))


@dataclass(frozen=True)
class Approximation:
    """Stairs, learned networks and neighbours, and how their errors fall."""

    targets: tuple[Both, ...]
    n_samples: tuple[int, ...]
    by_net: tuple[float, ...]
    by_neighbours: tuple[float, ...]
    n_nearest: tuple[int, ...]
    by_dims: tuple[tuple[float, ...], ...]

    def findings(self) -> list[Finding]:
        """By hand, by gradient descent, from samples, by neighbours."""
        named = {both.name: both for both in self.targets}
        stairs = {name: both.matched()[-1][0] for name, both in named.items()}
        learned = {name: both.matched()[-1][1] for name, both in named.items()}
        K = learned["sine"].n_cells
        goal, steps, net = (
            slope_change(values)
            for values in (named["sine"].goal, stairs["sine"].values, learned["sine"].values)
        )
        corner = learned["corner"]
        near = np.abs(corner.bends[np.abs(corner.places - 0.3) < 0.05]).sum()
        share = float(near / max(np.abs(corner.bends).sum(), 1e-12))
        rates = [slope(self.n_nearest, errors) for errors in self.by_dims]
        neighbours_rate = slope(self.n_samples, self.by_neighbours)
        return [
            Finding(
                "The error of K bumps falls as K to the power of "
                + ", ".join(f"{power(both.rate)} ({name})" for name, both in named.items())
                + "; so does the bound, to −½ for the root and to −1 for the others, and it holds "
                f"for every K from {self.targets[0].stairs[0].n_cells} to "
                f"{self.targets[0].stairs[-1].n_cells}.",
                all(abs(b.rate + b.exponent) < 0.06 and b.within_bound for b in self.targets),
            ),
            Finding(
                f"Gradient descent on {4 * K} units, as many as {K} bumps have, where the function "
                f"is calm: its largest error is {learned['sine'].error:.4f} against "
                f"{stairs['sine'].error:.4f} on the sine, {learned['corner'].error:.4f} against "
                f"{stairs['corner'].error:.4f} on the corner.",
                all(learned[name].error < 0.6 * stairs[name].error for name in ("sine", "corner")),
            ),
            Finding(
                f"And where it swings fast: on the chirp it ends with "
                f"{learned['chirp'].error:.2f}, and the bumps, which the same units could be, "
                f"with {stairs['chirp'].error:.2f}.",
                learned["chirp"].error > 1.2 * stairs["chirp"].error
                and stairs["chirp"].error < 0.8,
            ),
            Finding(
                f"It does not learn bumps: the slope of the sine changes by {goal:.1f} in all, "
                f"that of the learned network by {net:.1f}, that of the bumps by {steps:.0f}.",
                0.7 * goal < net < 1.3 * goal and steps > 5 * net,
            ),
            Finding(
                f"It bends where the function bends: {share:.0%} of all bending is within 0.05 of "
                "the corner, in 5% of the interval.",
                share > 0.5,
            ),
            Finding(
                f"The theorem gives the weights, not the data: with noise of {NOISE} on "
                f"{self.n_samples[0]} … {self.n_samples[-1]} samples of the sine, the error of 64 "
                f"units goes from {self.by_net[0]:.3f} to {self.by_net[-1]:.3f}, as n to the power "
                f"of {power(slope(self.n_samples, self.by_net))}.",
                self.by_net[-1] < 0.5 * self.by_net[0],
            ),
            Finding(
                f"k nearest neighbours go from {self.by_neighbours[0]:.3f} to "
                f"{self.by_neighbours[-1]:.3f}, as n to the power of {power(neighbours_rate)} (the "
                "theorem: −⅓).",
                abs(neighbours_rate + 1 / 3) < 0.12,
            ),
            Finding(
                "But the data needed explode with the dimension: the nearest of n samples without "
                "noise errs as n to the power of "
                + ", ".join(map(power, rates))
                + f" in {', '.join(str(d + 1) for d in range(len(rates)))} dimensions "
                "(−1/d: −1.00, −0.50, −0.33).",
                all(abs(rate + 1 / (d + 1)) < 0.15 for d, rate in enumerate(rates)),
            ),
        ]


def run(
    dataset: Dataset, size: float = 1.0, seed: int = 0, *, kinks: bool = True, local: bool = True
) -> Approximation:
    """Approximate functions of one number; images are not needed.

    Parameters
    ----------
    dataset
        Not looked at.
    size
        Part of 6,000 steps, but no fewer than 2,500; up to 0.5 there are fewer sizes, too.
    seed
        Decides the first weights.
    kinks
        False puts the identity in the place of ReLU.
    local
        False asks all samples for their mean, not the nearest.
    """
    whole = size > 0.5
    sizes = (2, 4, 8, 16, 32, 64, 128, 256, 512) if whole else (4, 16, 32, 64, 128, 256)
    to_learn = (4, 16, 64) if whole else (64,)
    n_steps = max(round(6000 * size), 2500)
    n_samples = (16, 32, 64, 128, 256, 512, 1024, 2048) if whole else (16, 2048)
    n_nearest = (64, 256, 1024, 4096) if whole else (64, 512, 4096)
    seeds = range(seed, seed + 2)
    with threadpool_limits(1, "blas"):
        targets = [approximate(t, sizes, to_learn, n_steps, seed, kinks) for t in TARGETS]
        sampled = [
            from_samples(n, n_steps // 2, seeds, kinks=kinks, local=local) for n in n_samples
        ]
        by_dims = [nearest(d, n_nearest, seed, local=local) for d in (1, 2, 3)]
    by_net, by_neighbours = (tuple(errors) for errors in np.transpose(sampled).tolist())
    return Approximation(
        tuple(targets), n_samples, by_net, by_neighbours, n_nearest, tuple(map(tuple, by_dims))
    )
