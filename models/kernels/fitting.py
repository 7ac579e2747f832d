"""From samples and parameters to the weights of a kernel classifier."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from data.keeping.mapped_pages import let_go
from models.errors import ModelError
from models.kernels.choosing import best_of, part_of
from models.kernels.front import KernelFront, mean_square, measure_front
from models.kernels.landmarks import Landmarks
from models.kernels.matrix import KernelMatrix
from models.kernels.memory import check_memory
from models.kernels.names import Shape
from models.kernels.rows import KernelRows
from models.kernels.solution import Solution
from models.layers.layer import Array
from models.samples.chosen_rows import some_rows


@dataclass(frozen=True)
class Samples:
    """What is learned from.

    Attributes
    ----------
    X : ndarray (n, d)
        Samples.
    labels : ndarray (n,)
        Class indices.
    n_classes : int
        How many classes there are.
    weights : ndarray (n,)
        How much each sample counts.
    held_out : ndarray (n,) or None
        The mask of those that are chosen by.
    n_views : int
        So many samples in a row are views of one thing.
    drawn : ndarray (n,) or None, default None
        The mask of those that are learned from; None for all.
    n_drawn : int or None, default None
        How many views of a thing are among these; None for all.
    """

    X: Array
    labels: Array
    n_classes: int
    weights: Array
    held_out: Array | None
    n_views: int
    drawn: Array | None = None
    n_drawn: int | None = None

    def with_drawn(self, n_drawn: int | None, seed: int) -> Samples:
        """Return samples of which so many views of a thing are learned from, drawn at random.

        The other views are there only of things that are chosen by.
        """
        if n_drawn is None or n_drawn >= self.n_views:
            return self
        rng = np.random.default_rng(seed)
        ranks = rng.random((len(self.labels) // self.n_views, self.n_views)).argsort(axis=1)
        drawn = (ranks < n_drawn).ravel()
        needed = drawn if self.held_out is None else drawn | self.held_out
        return replace(
            self,
            X=some_rows(self.X, needed),
            labels=self.labels[needed],
            weights=self.weights[needed],
            held_out=None if self.held_out is None else self.held_out[needed],
            drawn=drawn[needed],
            n_drawn=n_drawn,
        )


@dataclass(frozen=True)
class Recipe:
    """How it is learned: the parameters of `KernelClassifier`, with all of several values."""

    kernel: str
    alphas: Sequence[float]
    gammas: Sequence[float]
    degree: int
    coef0: float
    n_cells: int
    standardize: bool
    whiten: int | None
    whiten_epsilon: float
    n_landmarks: int | None
    n_choosing: int | None
    draw_views: int | None
    seed: int

    def check(self, samples: Samples) -> int:
        """Return how many columns the kernel sees; raise ModelError if a fit cannot be."""
        n, d = samples.X.shape
        n = n // samples.n_views * min(self.draw_views or samples.n_views, samples.n_views)
        if self.whiten is not None and self.whiten > d:
            raise ModelError(f"whiten is {self.whiten} components, but X has only {d} columns")
        if self.whiten is not None and self.n_cells > 1:
            raise ModelError(
                f"whiten mixes the columns of all n_cells={self.n_cells} cells: leave one of them"
            )
        if d % self.n_cells:
            raise ModelError(
                f"X has {d} columns, which are not n_cells={self.n_cells} blocks alike"
            )
        p = self.whiten or d
        check_memory(n, p, samples.X.dtype.itemsize, self.landmarks_of(n))
        return p

    def landmarks_of(self, n: int) -> int | None:
        """Return how many of n samples are landmarks; None where each is compared with all."""
        m = self.n_landmarks
        return None if m is None or m >= n else m


@dataclass(frozen=True)
class Learned:
    """What was learned: what the kernel sees, the known rows, their weights, and what was taken."""

    front: KernelFront
    known: KernelRows
    solution: Solution
    alpha: float
    gamma: float
    accuracy: float | None


def learn(recipe: Recipe, samples: Samples) -> Learned:
    """Choose by the held-out samples, where there are any, and fit to all."""
    recipe.check(samples)
    samples = samples.with_drawn(recipe.draw_views, recipe.seed)
    X, weights = samples.X, samples.weights
    learned = weights > 0 if samples.drawn is None else samples.drawn & (weights > 0)
    front = measure_front(
        X,
        weights,
        standardize=recipe.standardize,
        whiten=recipe.whiten,
        whiten_epsilon=recipe.whiten_epsilon,
    )
    Z = front.applied(X)
    unit = recipe.n_cells / mean_square(Z, weights)
    targets = np.eye(samples.n_classes)[samples.labels]

    def rows_of(gamma: float) -> KernelRows:
        shape = Shape(gamma * unit, recipe.degree, recipe.coef0)
        rows = KernelRows(Z, recipe.kernel, shape, recipe.n_cells)
        rows.check_size()
        return rows

    def solve(
        rows: KernelRows, w: Array, alphas: Sequence[float], t: Array
    ) -> tuple[KernelRows, list[Solution]]:
        m = recipe.landmarks_of(len(rows))
        if m is None:
            return rows, KernelMatrix(rows, w).solve(alphas, t)
        rng = np.random.default_rng(recipe.seed)
        landmarks = rows.some(np.sort(rng.choice(len(rows), m, replace=False)))
        return landmarks, Landmarks(rows, landmarks).solve(w, alphas, t)

    alpha, gamma, accuracy = max(recipe.alphas), recipe.gammas[0], None
    if samples.held_out is not None:
        _check_weights(weights, samples.held_out)
        # Of what is not held out, no views are there but those that are learned from.
        kept, n_views = learned & ~samples.held_out, samples.n_drawn or samples.n_views
        part = part_of(samples.labels, kept, recipe.n_choosing, n_views, recipe.seed)
        gamma, alpha, accuracy = best_of(
            rows_of,
            solve,
            (recipe.gammas, recipe.alphas),
            samples.labels,
            targets,
            weights,
            part,
            samples.held_out,
            samples.n_views,
        )
    counted = np.flatnonzero(learned)
    w = weights[counted] / weights[counted].sum()
    if len(counted) < len(Z):
        Z = Z[counted]  # Those that only judge are let go before the matrix is filled.
    let_go()  # So are pages of a mapped X: nothing more is read of it.
    known, (solution,) = solve(rows_of(gamma), w, [alpha], targets[counted])
    if not solution.is_close:
        warnings.warn(
            f"alpha={alpha:g} is too small for {len(counted):,} samples in {Z.dtype}: the weights "
            "of the kernel are only close to the minimum; raise alpha",
            ConvergenceWarning,
            stacklevel=4,
        )
    return Learned(front, known, solution, alpha, gamma, accuracy)


def _check_weights(weights: Array, held_out: Array) -> None:
    for part, what in ((held_out, "held-out samples"), (~held_out, "samples that are kept")):
        if not weights[part].sum() > 0:
            raise ModelError(f"the {what} all weigh nothing: there is nothing to choose by")
