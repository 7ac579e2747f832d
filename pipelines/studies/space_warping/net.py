"""A network of one hidden layer over the plane, its boundary, and the pieces it cuts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from contourpy import contour_generator
from sklearn.exceptions import ConvergenceWarning

from models import MLPClassifier
from pipelines.studies.space_warping.points import Array, Points

HALF = 1.5
"""All measuring is done in the square [−HALF, HALF]²."""


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
        found = contour_generator(axis, axis, height, name="serial").lines(0.0)
        return [np.asarray(line) for line in found]

    def boundary_length(self) -> float:
        """Its length; the square's side is 2·HALF."""
        return float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in self.boundary()))


def fit(
    points: Points, n_hidden: int, alpha: float, n_starts: int, *, folds: bool, seed: int = 0
) -> Net:
    """Return the network with the least loss, of several starts."""
    models = []
    for start in range(n_starts):
        model = MLPClassifier(
            (n_hidden,),
            activation="relu" if folds else "identity",
            solver="lbfgs",
            alpha=alpha,
            standardize=False,
            random_state=seed + start,
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
