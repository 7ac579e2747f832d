"""What stands before a network and does not learn with it: standardised, whitened columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.keeping.scratch import scratch_array
from models.chosen_rows import LARGE_BYTES
from models.layers.layer import Array, Layer
from models.layers.network import Network
from models.layers.standardize import Standardize, column_statistics
from models.layers.whiten import Whiten, whitening_matrix
from models.perceptron.recipe import Recipe

_ROWS_AT_ONCE = 16_384
"""A multiple of the rows that a network takes at a time, which decide the last bits."""


@dataclass(frozen=True)
class Front:
    """Figures measured once on the training samples; None where they are not asked for.

    Attributes
    ----------
    mean, scale : ndarray (n_in,) or None
        What is taken off each column, and what it is multiplied by.
    components : ndarray (n_in, whiten) or None
        What the standardised rows are multiplied by.
    """

    mean: Array | None = None
    scale: Array | None = None
    components: Array | None = None

    def layers(self) -> list[Layer]:
        """Return the layers that compute it."""
        made: list[Layer] = []
        if self.mean is not None and self.scale is not None:
            made.append(Standardize(self.mean, self.scale))
        if self.components is not None:
            made.append(Whiten(self.components))
        return made

    def applied(self, X: Array) -> Array:
        """Return what the network sees of X (n, n_in), in one array; a large one lies in a file."""
        nothing_random = np.random.default_rng(0)
        network = Network(self.layers(), X.shape[1], X.dtype.type, nothing_random)
        shape = len(X), network.n_out
        if len(X) * network.n_out * X.dtype.itemsize < LARGE_BYTES:
            return network.scores(X)
        blocks = range(0, len(X), _ROWS_AT_ONCE)
        scores = (network.scores(X[first : first + _ROWS_AT_ONCE]) for first in blocks)
        return scratch_array(scores, shape, X.dtype)


def measure_front(recipe: Recipe, X: Array, weights: Array) -> Front:
    """Measure X (n, n_in), of which each row weighs so much."""
    if not (recipe.standardize or recipe.whiten):
        return Front()
    mean, scale = column_statistics(X, weights)
    if not recipe.whiten:
        return Front(mean, scale)
    components = whitening_matrix(
        X, mean, scale, recipe.whiten, weights, epsilon=recipe.whiten_epsilon
    )
    return Front(mean, scale, components)
