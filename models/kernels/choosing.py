"""Which penalty and which width are best on held-out samples, fitted to the others or to a part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.kernels.rows import KernelRows
from models.kernels.solution import Solution, scores
from models.layers.layer import Array

Solver = Callable[[KernelRows, Array, Sequence[float], Array], tuple[KernelRows, list[Solution]]]
"""Samples, their weights, several α, and targets → the known rows, and the solution for each α."""


def part_of(labels: Array, kept: Array, n: int | None, n_views: int, seed: int) -> Array:
    """Return indices of `n` samples among those kept (a mask), spread over the classes; sorted.

    Views of one thing, which follow one another, stay together. None stands for all.

    Examples
    --------
    >>> part_of(np.repeat([0, 1], 4), np.arange(8) != 3, 4, 1, 0)
    array([1, 2, 4, 6])
    """
    index = np.flatnonzero(kept)
    if n is None or n >= len(index):
        return index
    things = np.random.default_rng(seed).permutation(index[::n_views])
    things = things[np.argsort(labels[things], kind="stable")]
    n_things = max(n // n_views, 2)
    chosen = np.sort(things[np.linspace(0, len(things) - 1, n_things).round().astype(np.intp)])
    return np.asarray((chosen[:, None] + np.arange(n_views)).ravel())


def best_of(
    make_rows: Callable[[float], KernelRows],
    solve: Solver,
    candidates: tuple[Sequence[float], Sequence[float]],
    labels: Array,
    targets: Array,
    weights: Array,
    fitted: Array,
    held_out: Array,
    n_views: int,
) -> tuple[float, float, float]:
    """Return the γ and the α that are right most often on held-out samples, and how often.

    Of equals, the largest α and the γ that comes first.

    Parameters
    ----------
    make_rows : callable
        γ → the rows of all samples.
    solve : callable
        Solves for several α at once.
    candidates : (sequence of float, sequence of float)
        Each γ, and each α.
    labels, targets, weights : ndarray (n,), ndarray (n, k), ndarray (n,)
        Of all samples.
    fitted : ndarray
        Indices of those that are learned from.
    held_out : ndarray (n,)
        The mask of those that judge.
    n_views : int
        Of so many held-out samples in a row, the mean is judged.
    """
    gammas, alphas = candidates
    found: list[tuple[float, float, float]] = []
    judges = np.flatnonzero(held_out)
    w = weights[fitted] / weights[fitted].sum()
    for gamma in gammas:
        rows = make_rows(gamma)
        known, solutions = solve(rows.some(fitted), w, alphas, targets[fitted])
        dual = np.hstack([each.dual for each in solutions])
        intercept = np.concatenate([each.intercept for each in solutions])
        given = scores(rows.some(judges), known, dual, intercept)
        said = given.reshape(len(judges) // n_views, n_views, len(alphas), -1).mean(axis=1)
        hits = said.argmax(axis=2) == labels[judges][::n_views, None]
        counts = weights[judges][::n_views]
        found += [
            (float(np.average(hits[:, place], weights=counts)), float(alpha), float(gamma))
            for place, alpha in enumerate(alphas)
        ]
    accuracy, alpha, gamma = max(found, key=lambda each: each[:2])
    return gamma, alpha, accuracy
