"""Fold rings, spirals and moons with networks of one hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from data import Dataset
from models import LinearClassifier
from pipelines.studies.space_warping.net import Net, fit
from pipelines.studies.space_warping.points import Points, moons, rings, spirals
from pipelines.studies.study import Finding

WEAK = 1e-3  # α where it is not what is studied: keeps weights finite, no more


@dataclass(frozen=True)
class Fold:
    """A network on the rings, and what a straight cut gets right at each stage."""

    net: Net
    plane: float
    moved: float
    folded: float


@dataclass(frozen=True)
class Strength:
    """Networks of 20 units at one α, each on points of its own: means, and the first of them."""

    alpha: float
    training: float
    fresh: float
    length: float
    net: Net
    points: Points


@dataclass(frozen=True)
class Warping:
    """What folding buys, what more folds buy, and what α does to the boundary."""

    ring_points: Points
    folds: tuple[Fold, ...]  # two units and three
    n_starts: int
    spiral_points: Points
    nets: tuple[Net, ...]  # of rising size
    accuracies: tuple[float, ...]  # theirs, on fresh points
    strengths: tuple[Strength, ...]  # of rising α

    def findings(self) -> list[Finding]:
        """Folding first, then size, then regularisation."""
        two, three = self.folds
        sizes = [len(net.b) for net in self.nets]
        pieces = [net.n_pieces() for net in self.nets]
        first, last = self.accuracies[0], self.accuracies[-1]
        most = 1 + sizes[-1] + sizes[-1] * (sizes[-1] - 1) // 2
        weak, strong = self.strengths[0], self.strengths[-1]
        best = max(self.strengths, key=lambda strength: strength.fresh)
        return [
            Finding(
                f"A straight cut gets {three.plane:.1%} of the rings right in the plane, "
                f"{three.moved:.1%} after a linear layer of three units, and {three.folded:.1%} "
                "after ReLU has folded what the layer moved.",
                three.folded > 0.97 and max(three.plane, three.moved) < 0.75,
            ),
            Finding(
                f"Two folds cannot wall in a ring, three can: after the folds of the best of "
                f"{self.n_starts} networks of two units a straight cut gets {two.folded:.1%} "
                f"right, of three {three.folded:.1%}.",
                three.folded > two.folded + 0.08,
            ),
            Finding(
                f"From {sizes[0]} to {sizes[-1]} hidden units, the accuracy on fresh points of two "
                f"spirals goes from {first:.1%} to {last:.1%}, while the lines cut the square "
                f"into {pieces[0]} … {pieces[-1]} linear pieces ({most} are possible).",
                last > first + 0.2 and last > 0.9 and pieces[0] < pieces[-1] <= most,
            ),
            Finding(
                f"Weight decay and the boundary of 20 units on overlapping moons: its "
                f"length goes from {weak.length:.2f} at α = {weak.alpha:g} to {strong.length:.2f} "
                f"at α = {strong.alpha:g}, the accuracy on the training points from "
                f"{weak.training:.1%} to {strong.training:.1%}.",
                strong.length < 0.8 * weak.length and strong.training < weak.training - 0.02,
            ),
            Finding(
                f"On fresh points of the moons, {weak.fresh:.1%} at α = {weak.alpha:g}, "
                f"{best.fresh:.1%} at the best, α = {best.alpha:g}, {strong.fresh:.1%} at "
                f"α = {strong.alpha:g}.",
                best.fresh > max(weak.fresh, strong.fresh) + 0.005,
            ),
        ]


def _fold(points: Points, n_hidden: int, n_starts: int, seed: int, *, folds: bool) -> Fold:
    net = fit(points, n_hidden, WEAK, n_starts, folds=folds, seed=seed)
    stages = (points.x, net.moved(points.x), net.folded(points.x))
    cuts = (LinearClassifier(alpha=1e-4).fit(x, points.y).score(x, points.y) for x in stages)
    return Fold(net, *(float(cut) for cut in cuts))


def _strength(alpha: float, used: float, n_draws: int, seed: int, *, folds: bool) -> Strength:
    """Fit 20 units to several draws of 200 points, the same ones for every α."""
    figures, nets, drawn = [], [], []
    for draw in range(n_draws):
        rng = np.random.default_rng([seed, draw])
        points, fresh = moons(200, rng), moons(4000, rng)
        net = fit(points, 20, used, 1, folds=folds, seed=seed + draw)
        figures.append((net.accuracy(points), net.accuracy(fresh), net.boundary_length()))
        nets.append(net)
        drawn.append(points)
    training, unseen, length = (float(mean) for mean in np.mean(figures, axis=0))
    return Strength(alpha, training, unseen, length, nets[0], drawn[0])


def run(
    dataset: Dataset, size: float = 1.0, seed: int = 0, *, folds: bool = True, decays: bool = True
) -> Warping:
    """Fold rings, spirals and moons; images are not needed.

    Parameters
    ----------
    dataset
        Not used.
    size
        Part of the starts, of the draws and, below a half, of the sizes and penalties.
    seed
        Decides the points, and where the networks start.
    folds
        False puts the identity in the place of ReLU.
    decays
        False leaves α as small as it begins.
    """
    whole = size > 0.5
    sizes = tuple(range(1, 21)) if whole else (1, 3, 20)
    alphas = (1e-3, 1e-2, 0.1, 0.3, 1.0, 10.0) if whole else (1e-3, 0.1, 10.0)
    n_starts, n_draws = max(round(30 * size), 12), max(round(20 * size), 3)
    rng = np.random.default_rng(seed)
    ring_points, spiral_points, fresh = rings(300, rng), spirals(300, rng), spirals(4000, rng)
    with threadpool_limits(1, "blas"):
        n_few = max(round(10 * size), 2)
        nets = tuple(fit(spiral_points, h, WEAK, n_few, folds=folds, seed=seed) for h in sizes)
        return Warping(
            ring_points,
            tuple(_fold(ring_points, h, n_starts, seed, folds=folds) for h in (2, 3)),
            n_starts,
            spiral_points,
            nets,
            tuple(net.accuracy(fresh) for net in nets),
            tuple(
                _strength(alpha, alpha if decays else WEAK, n_draws, seed, folds=folds)
                for alpha in alphas
            ),
        )
