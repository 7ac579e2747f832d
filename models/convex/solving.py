"""From samples and a loss to the weights of a linear classifier."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from data.system.memory import memory_left
from data.system.threads import one_blas_thread
from models.convex.names import LinearLoss
from models.convex.objective import Descent, LinearObjective
from models.convex.preconditioner import curvature
from models.convex.ridge.gram import Sums
from models.convex.ridge.normal_equations import Ridge
from models.convex.span import Span, few_samples
from models.layers.layer import Array
from models.layers.standardize import column_mean, column_statistics
from models.samples.held_out import tenth_of_each
from models.tiles.tiled_matrix import TiledMatrix

SMALL = 100_000
"""Multiplications of a product with X up to which an exact solution costs next to nothing."""

COPIED = 2**28
"""Bytes of X up to which a centred copy is made; of more, rows are centred as they are read."""

_COPIED_ANYWAY = 2**24

COPIES = 4
"""How many copies of a larger X the memory must have room for, before one is standardised."""


@dataclass(frozen=True)
class Problem:
    """What is to be learned from.

    Attributes
    ----------
    X : ndarray (n, d)
        Samples.
    labels : ndarray (n,)
        Class indices.
    weights : ndarray (n,)
        How much each sample counts; they sum to one.
    standardize : bool
        Whether the penalty is on the weights of standardised columns.
    """

    X: Array
    labels: Array
    weights: Array
    standardize: bool

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return int(self.labels.max()) + 1

    def shift_and_scale(self) -> tuple[Array, Array]:
        """Return what is taken off the columns, and what they are multiplied by."""
        if self.standardize:
            return column_statistics(self.X, self.weights)
        d, dtype = self.X.shape[1], self.X.dtype
        return np.zeros(d, dtype), np.ones(d, dtype)


@dataclass(frozen=True)
class Solution:
    """What was learned.

    Attributes
    ----------
    coef, intercept : ndarray (n_classes, d), ndarray (n_classes,)
        Weights and biases for the columns as they came.
    value : float
        The objective there.
    n_iter : int
        Steps taken.
    alpha : float or None
        The α taken, where several could be.
    accuracy : float or None
        The accuracy on held-out samples, where there were any.
    """

    coef: Array
    intercept: Array
    value: float
    n_iter: int
    alpha: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True)
class Prepared:
    """What a descent needs of samples, whatever the loss and the penalty: work that is done once.

    Attributes
    ----------
    problem : Problem
        What is to be learned from.
    X : ndarray (n, m)
        The rows on which weights are sought: those of the problem, centred and scaled, or their
        coordinates in a smaller space.
    centre : ndarray (m,) or None
        What is still to be taken off them as they are read.
    factor : ndarray (m,) or None
        What they are still to be multiplied by then.
    mean, scale : ndarray (d,)
        What was taken off the columns, and what they were multiplied by.
    span : Span or None
        The smaller space, where there is one.
    """

    problem: Problem
    X: Array
    centre: Array | None
    factor: Array | None
    mean: Array
    scale: Array
    span: Span | None

    @cached_property
    def curvature(self) -> list[TiledMatrix]:
        """The curvature of the loss at W = 0, without a penalty."""
        return curvature(
            self.X, self.problem.weights, self.problem.n_classes, self.centre, self.factor
        )


def prepare(problem: Problem) -> Prepared:
    """Return what descents to the minima of several losses and penalties have in common."""
    X, dtype = problem.X, problem.X.dtype
    centre = factor = None
    mean, scale = problem.shift_and_scale()
    if not problem.standardize:
        # The bias is free of penalty, so it makes up for any shift of the columns; but no descent
        # finds it where means are far above deviations.
        mean = column_mean(X, problem.weights).astype(dtype)
    if few_samples(X) and not _is_small(problem):
        span = Span.of(X, mean, scale)
        # Columns of all sizes are in each coordinate, so that float32 would lose the small ones.
        L = span.coordinates(dtype if problem.standardize else np.dtype(np.float64))
        return Prepared(problem, L, None, None, mean, scale, span)
    if problem.standardize and _may_be_copied(X):
        X = X[:] - mean
        X *= scale
    elif problem.standardize:
        centre, factor = mean, scale
    elif X.nbytes <= COPIED:
        X = X[:] - mean
    else:
        centre = mean
    return Prepared(problem, X, centre, factor, mean, scale, None)


def _may_be_copied(X: Array) -> bool:
    """Return whether there is much more memory than a copy takes; the bits are the same without."""
    return bool(X.nbytes <= _COPIED_ANYWAY or X.nbytes <= memory_left() // COPIES)


def descend(
    prepared: Prepared, loss: LinearLoss, alpha: float, max_iter: int, tol: float
) -> Solution:
    """Minimise by L-BFGS."""
    problem = prepared.problem
    dtype = problem.X.dtype
    objective = LinearObjective(
        prepared.X,
        problem.labels,
        problem.weights,
        problem.n_classes,
        alpha,
        prepared.centre,
        prepared.factor,
        uneven=prepared.span is not None or not problem.standardize,
    )
    losses = [make() for make in loss.in_turn]
    found = objective.minimize(losses, max_iter, tol, prepared.curvature)
    _warn_unless_settled(found, dtype, max_iter)
    theta, value = found.theta, found.value
    if dtype == np.float64 and _is_small(problem):
        theta = objective.polish(theta, losses[-1])
        value = objective.value_and_gradient(theta, losses[-1])[0]
    W, b = objective.split(theta)
    with one_blas_thread():
        if prepared.span is not None:
            W = prepared.span.weights(W)
        if not problem.standardize:
            W = _as_kept(W, dtype)
        own = _for_the_columns(W, b, prepared.mean, prepared.scale)
    return Solution(*own, value, found.n_iter)


def _is_small(problem: Problem) -> bool:
    """Return whether a solution is made exact in the end, where it is in float64."""
    return problem.X.size * problem.n_classes <= SMALL


def _warn_unless_settled(found: Descent, dtype: np.dtype[np.floating], max_iter: int) -> None:
    """Warn where a descent has ended elsewhere than in the minimum."""
    if found.settled:
        return
    why = f"in max_iter={max_iter} steps" if found.cut_short else f"as far as {dtype} goes"
    warnings.warn(
        f"L-BFGS did not converge {why}: the objective is {found.value:.4g}, and may still fall by "
        f"about {found.still:.2g}; standardize the columns, or raise alpha, tol or max_iter",
        ConvergenceWarning,
        stacklevel=4,
    )


def solve(
    problem: Problem,
    alphas: Sequence[float],
    held_out: Array | None,
    n_views: int,
    sums: Sums | None = None,
) -> Solution:
    """Solve the normal equations, for the best α where there are several.

    It is judged on a mask (n,) of held-out samples, by default every tenth of each class; where
    `n_views` samples in a row are views of one thing, on their mean score. What was summed over the
    samples already is not summed again.
    """
    labels = problem.labels
    if held_out is None and len(alphas) > 1:
        held_out = np.repeat(tenth_of_each(labels[::n_views]), n_views)
    targets = np.eye(problem.n_classes)[labels]
    ridge = Ridge(problem.X, problem.weights, targets, problem.standardize, sums)
    with one_blas_thread():
        found, rows = ridge.fit(alphas, labels, held_out, n_views)
        W = found.W if problem.standardize else _as_kept(found.W, rows.X.dtype)
        coef, intercept = _for_the_columns(W, found.b, rows.mean, rows.scale)
    return Solution(coef, intercept, found.value, 1, found.alpha, found.accuracy)


def _as_kept(W: Array, dtype: np.dtype[np.floating]) -> Array:
    """Return weights rounded to a dtype, in float64.

    A bias is for the weights as they are kept, or a large mean multiplies their rounding.
    """
    return W.astype(dtype).astype(np.float64)


def _for_the_columns(W: Array, b: Array, mean: Array, scale: Array) -> tuple[Array, Array]:
    """Return weights and biases for columns as they were before they were standardised."""
    W *= scale[:, None]
    return np.ascontiguousarray(W.T.astype(mean.dtype)), (b - mean @ W).astype(mean.dtype)
