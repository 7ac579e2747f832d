"""Maxout: an activation that is learned, the largest of several linear pieces."""

from __future__ import annotations

import numpy as np

from models.errors import ModelError
from models.layers.layer import Array, Layer


class Maxout(Layer):
    r"""The largest of k inputs, :math:`y_j = \max_{p<k} x_{pm+j}` with m output columns.

    The gradient goes to the piece that is the largest, the first where several are, and none goes
    to the others. (Goodfellow and others 2013, eq. 1.)

    Parameters
    ----------
    pieces : int, default 2
        How many inputs k make one output; the input must have a multiple of k columns.

    Examples
    --------
    >>> layer = Maxout(2)
    >>> layer.build(4)
    2
    >>> layer.forward(np.array([[1.0, 5.0, 3.0, 4.0]]))
    array([[3., 5.]])
    >>> layer.backward(np.array([[10.0, 20.0]]))
    array([[ 0., 20., 10.,  0.]])
    """

    def __init__(self, pieces: int = 2) -> None:
        self.pieces = self.columns_per_unit = pieces

    def build(self, n_in: int) -> int:
        """Return the columns of the output, n_in / pieces."""
        if n_in % self.pieces:
            raise ModelError(f"maxout needs a multiple of {self.pieces} columns, got {n_in}")
        return n_in // self.pieces

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Take the maximum, and mark the largest piece of each."""
        x = x.reshape(len(x), self.pieces, -1)
        n, _, m = x.shape
        y = self.buffer("y", (n, m), x.dtype)
        self.winner = self.buffer("winner", x.shape, bool)
        taken = self.buffer("taken", (n, m), bool)
        np.max(x, axis=1, out=y)
        taken.fill(False)
        for piece in range(self.pieces):
            won = self.winner[:, piece]
            np.equal(x[:, piece], y, out=won)
            np.greater(won, taken, out=won)
            np.logical_or(taken, won, out=taken)
        return y

    def backward(self, dy: Array) -> Array:
        """Send dy to the largest pieces."""
        dx = self.buffer("dx", self.winner.shape, dy.dtype)
        np.multiply(self.winner, dy[:, None], out=dx)
        return dx.reshape(len(dy), -1)

    def branch(self) -> Array:
        """Say which pieces were the largest."""
        return self.winner.copy()

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute the change of the largest pieces."""
        return np.asarray((x_dot.reshape(self.winner.shape) * self.winner).sum(axis=1))

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Send dẏ to the largest pieces: between its kinks, f is straight."""
        return np.asarray(self.winner * dy_dot[:, None]).reshape(len(dy_dot), -1)
