"""Dropout: at every step, a random part of the network is left out."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array, Layer


class Dropout(Layer):
    r"""Values that are zero with probability p, else divided by 1 − p: :math:`y = m \odot x`.

    The mask m has mean one, so prediction needs no correction: there y = x. For a given mask the
    map is linear and diagonal, and so its own transpose: :math:`dx = m \odot dy`.
    (Srivastava and others 2014.)

    Parameters
    ----------
    rate : float, default 0.5
        The probability p, in [0, 1).
    """

    def __init__(self, rate: float = 0.5) -> None:
        self.rate = rate

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Draw a mask and multiply by it; without a generator, return x."""
        self.mask: Array | None = None
        if rng is None or self.rate == 0.0:
            return x
        self.mask = mask = self.buffer("mask", x.shape, x.dtype)
        rng.random(out=mask, dtype=x.dtype.type)
        np.greater_equal(mask, self.rate, out=mask)
        mask *= 1.0 / (1.0 - self.rate)
        return np.multiply(x, mask, out=self.buffer("y", x.shape, x.dtype))

    def backward(self, dy: Array) -> Array:
        """Multiply by the same mask."""
        if self.mask is None:
            return dy
        return np.multiply(dy, self.mask, out=self.buffer("dx", dy.shape, dy.dtype))

    def forward_tangent(self, x_dot: Array) -> Array:
        """Multiply by the same mask."""
        return x_dot if self.mask is None else np.asarray(x_dot * self.mask)

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Multiply by the same mask."""
        return self.forward_tangent(dy_dot)
