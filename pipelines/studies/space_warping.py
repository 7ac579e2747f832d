"""A ReLU layer folds the plane until one straight cut parts what no straight cut could part.

A linear layer stretches, turns and shears the plane: straight lines stay straight, and what a line
could not part before, it cannot part after. ReLU then folds. Each hidden unit has a line in the
plane on which it is zero; all that lies behind the line is pressed flat onto it. The output layer
cuts the folded plane once, straight; unfolded again, that cut is the bent decision boundary.

    h = max(xW + b, 0),    score(x) = h·v + c,    boundary: score(x) = 0

Two units cannot wall in a ring: behind both lines the score stays at c however far one goes, and a
unit that pulls it across zero in front of its line pulls further and further. Three can. H lines in
general position cut the plane into

    1 + H + H(H−1)/2

pieces, and the score is linear on each: more units, a boundary of more pieces. Weight decay, a loss
of ½α‖W‖² more, shortens it again; on points that overlap, that is what keeps a large network from
running after single points.

Source: Stanford CS231n, lecture "Neural networks and backpropagation" (space warping; hidden units
and regularisation); Montúfar, Pascanu, Cho and Bengio, "On the number of linear regions of deep
neural networks", NIPS 2014, for counting the pieces.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from data import Dataset
from models import LinearClassifier, MLPClassifier
from pipelines.studies.study import Finding, Picture

Array: TypeAlias = NDArray[np.float64]

HALF = 1.5  # all measuring is done in the square [−HALF, HALF]²
WEAK = 1e-3  # α where it is not what is studied: keeps weights finite, no more


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


@dataclass(frozen=True)
class Net:
    """Two layers with H hidden units: W (2, H), b (H,), v (H,), c; without folds, both linear."""

    W: Array
    b: Array
    v: Array
    c: float
    folds: bool

    def moved(self, x: Array) -> Array:
        """Where the linear layer puts points, (n, H)."""
        return np.asarray(x @ self.W + self.b)

    def folded(self, x: Array) -> Array:
        """Where ReLU then puts them."""
        return np.maximum(self.moved(x), 0) if self.folds else self.moved(x)

    def score(self, x: Array) -> Array:
        """Above zero: class 1."""
        return np.asarray(self.folded(x) @ self.v + self.c)

    def accuracy(self, points: Points) -> float:
        """Share of the points on the right side."""
        return float(((self.score(points.x) > 0) == points.y).mean())

    def n_pieces(self) -> int:
        """Pieces of the square on which the score is linear: 1 + lines + crossings in it."""
        if not self.folds:
            return 1
        inside = np.abs(self.b) < HALF * np.abs(self.W).sum(axis=0)
        W, b = self.W[:, inside], self.b[inside]
        first, second = np.triu_indices(len(b), 1)
        determinant = W[0, first] * W[1, second] - W[1, first] * W[0, second]
        x = b[second] * W[1, first] - b[first] * W[1, second]
        y = b[first] * W[0, second] - b[second] * W[0, first]
        crosses = np.maximum(np.abs(x), np.abs(y)) < HALF * np.abs(determinant)
        return 1 + len(b) + int(crosses.sum())

    def boundary(self, resolution: int = 161) -> list[Array]:
        """The boundary in the square, as lines of points (n, 2)."""
        axis = np.linspace(-HALF, HALF, resolution)
        square = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        height = self.score(square).reshape(resolution, resolution)
        lines: list[Array] = find_contours(height, 0.0)  # type: ignore[no-untyped-call]
        return [line[:, ::-1] * (axis[1] - axis[0]) - HALF for line in lines]

    def boundary_length(self) -> float:
        """Its length; the square's side is 2·HALF."""
        return float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in self.boundary()))


def fit(points: Points, n_hidden: int, alpha: float, n_starts: int, *, folds: bool) -> Net:
    """Return the network with the least loss, of several starts."""
    models = []
    for start in range(n_starts):
        model = MLPClassifier(
            (n_hidden,),
            activation="relu" if folds else "identity",
            solver="lbfgs",
            alpha=alpha,
            standardize=False,
            random_state=start,
            max_iter=600,
            tol=1e-6,
        )
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # any bend is good enough to look at
            models.append(model.fit(points.x, points.y))
    best = min(models, key=lambda model: model.loss_)
    (W, v), (b, c) = best.coefs_, best.intercepts_
    return Net(W, b, v[:, 0], float(c[0]), folds)


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
                f"Two folds cannot wall in a ring, three can: the best of {self.n_starts} networks "
                f"of two units gets {two.folded:.1%} right, of three {three.folded:.1%}.",
                three.folded > two.folded + 0.08,
            ),
            Finding(
                f"From {sizes[0]} to {sizes[-1]} hidden units, the accuracy on fresh points of two "
                f"spirals rises from {first:.1%} to {last:.1%}, while the lines cut the square "
                f"into {pieces[0]} … {pieces[-1]} linear pieces ({most} are possible).",
                last > first + 0.2 and last > 0.9 and pieces[0] < pieces[-1] <= most,
            ),
            Finding(
                f"Weight decay straightens the boundary of 20 units on overlapping moons: its "
                f"length falls from {weak.length:.2f} at α = {weak.alpha:g} to {strong.length:.2f} "
                f"at α = {strong.alpha:g}, the accuracy on the training points from "
                f"{weak.training:.1%} to {strong.training:.1%}.",
                strong.length < 0.8 * weak.length and strong.training < weak.training - 0.02,
            ),
            Finding(
                f"On fresh points the best α lies between: {weak.fresh:.1%} at α = {weak.alpha:g}, "
                f"{best.fresh:.1%} at α = {best.alpha:g}, {strong.fresh:.1%} at "
                f"α = {strong.alpha:g}.",
                best.fresh > max(weak.fresh, strong.fresh) + 0.005,
            ),
        ]

    def pictures(self) -> list[Picture]:
        """The fold, the boundary for more and more units, and for more and more decay."""
        from pipelines.studies import space_warping_pictures as drawn

        return [drawn.folds(self), drawn.sizes(self), drawn.growth(self), drawn.strengths(self)]


def _fold(points: Points, n_hidden: int, n_starts: int, *, folds: bool) -> Fold:
    net = fit(points, n_hidden, WEAK, n_starts, folds=folds)
    stages = (points.x, net.moved(points.x), net.folded(points.x))
    cuts = (LinearClassifier(alpha=1e-4).fit(x, points.y).score(x, points.y) for x in stages)
    return Fold(net, *(float(cut) for cut in cuts))


def _strength(alpha: float, used: float, n_draws: int, seed: int, *, folds: bool) -> Strength:
    """Fit 20 units to several draws of 200 points, the same ones for every α."""
    figures, nets, drawn = [], [], []
    for draw in range(n_draws):
        rng = np.random.default_rng([seed, draw])
        points, fresh = moons(200, rng), moons(4000, rng)
        net = fit(points, 20, used, 1, folds=folds)
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
        nets = tuple(fit(spiral_points, h, WEAK, n_few, folds=folds) for h in sizes)
        return Warping(
            ring_points,
            tuple(_fold(ring_points, h, n_starts, folds=folds) for h in (2, 3)),
            n_starts,
            spiral_points,
            nets,
            tuple(net.accuracy(fresh) for net in nets),
            tuple(
                _strength(alpha, alpha if decays else WEAK, n_draws, seed, folds=folds)
                for alpha in alphas
            ),
        )
