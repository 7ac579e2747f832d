"""What stands before a network and does not learn with it: standardised, whitened columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from data.keeping.scratch import scratch_array
from models.layers.layer import Array, Layer
from models.layers.local.locally_connected import WhitenedFields
from models.layers.local.receptive_fields import ReceptiveFields
from models.layers.network import Network
from models.layers.standardize import Standardize, column_statistics
from models.layers.whiten import Whiten, drawn_rows, whitening_matrix
from models.perceptron.recipe import Recipe
from models.samples.chosen_rows import LARGE_BYTES

_ROWS_AT_ONCE = 16_384
"""A multiple of the rows that a network takes at a time, which decide the last bits."""

ROWS_MEASURED = 20_000
"""Rows that the components of receptive fields are measured on at most, drawn at random. A field
has few columns, so that more would say the same."""


@dataclass(frozen=True)
class Front:
    """Figures measured once on the training samples; None where they are not asked for.

    Attributes
    ----------
    mean, scale : ndarray (n_in,) or None
        What is taken off each column, and what it is multiplied by.
    components : ndarray (n_in, whiten) or None
        What the standardised rows are multiplied by; (fields · values, whiten) where there are
        receptive fields.
    fields : ReceptiveFields or None
        What is multiplied, where it is not the whole row.
    """

    mean: Array | None = None
    scale: Array | None = None
    components: Array | None = None
    fields: ReceptiveFields | None = None

    def layers(self) -> list[Layer]:
        """Return the layers that compute it."""
        made: list[Layer] = []
        if self.mean is not None and self.scale is not None:
            made.append(Standardize(self.mean, self.scale))
        if self.components is not None:
            if self.fields is None:
                made.append(Whiten(self.components))
            else:
                made.append(WhitenedFields(self.components, self.fields))
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
    fields = recipe.whitened_fields
    matrix = partial(whitening_matrix, n_components=recipe.whiten, epsilon=recipe.whiten_epsilon)
    if fields is None:
        return Front(mean, scale, matrix(X, mean, scale, weights=weights))
    if (chosen := drawn_rows(len(X), ROWS_MEASURED)) is not None:
        X, weights = X[chosen], weights[chosen]
    seen = [np.asarray(each).reshape(-1, *fields.grid) for each in (X, mean, scale)]
    matrices = []
    for field in range(len(fields)):
        square = fields.square(field)
        x, m, s = (each[square].reshape(len(each), -1) for each in seen)
        matrices.append(matrix(x, m[0], s[0], weights=weights))
    return Front(mean, scale, np.concatenate(matrices), fields)
