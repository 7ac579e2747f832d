"""Dropout: at every step, a random part of the network is left out."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array, Layer
from models.layers.loops import hidden, loop

CHANCES = 1 << 16
"""Values that a chance may have."""

PIECE = 1 << 14
"""Draws at a time, which stay in the cache until they are copied."""


class Dropout(Layer):
    r"""Values that are zero with probability p, else divided by 1 − p: :math:`y = m \odot x`.

    The mask m has mean one, so prediction needs no correction: there y = x. For a given mask the
    map is linear and diagonal, and so its own transpose: :math:`dx = m \odot dy`.
    (Srivastava and others 2014.)

    Parameters
    ----------
    rate : float, default 0.5
        The probability p, in [0, 1). It is rounded to a multiple of 2⁻¹⁶.
    """

    def __init__(self, rate: float = 0.5) -> None:
        self.rate = rate

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Draw a mask and multiply by it; without a generator, return x."""
        self.chances: Array | None = None
        if rng is None or self.rate == 0.0:
            return x
        # One draw of 64 bits serves four values: to draw a float for each takes five times as long.
        drawn = self.buffer("chances", (-(-x.size // 4),), np.uint64)
        for start in range(0, len(drawn), PIECE):
            piece = drawn[start : start + PIECE]
            piece[:] = rng.integers(1 << 64, size=len(piece), dtype=np.uint64)
        self.chances = drawn.view(np.uint16)[: x.size]
        return self._masked(x, self.chances, self.buffer("y", x.shape, x.dtype))

    def backward(self, dy: Array) -> Array:
        """Multiply by the same mask."""
        if self.chances is None:
            return dy
        return self._masked(dy, self.chances, self.buffer("dx", dy.shape, dy.dtype))

    def forward_tangent(self, x_dot: Array) -> Array:
        """Multiply by the same mask."""
        if self.chances is None:
            return x_dot
        return self._masked(x_dot, self.chances, np.empty_like(x_dot))

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Multiply by the same mask."""
        return self.forward_tangent(dy_dot)

    def _masked(self, x: Array, chances: Array, out: Array) -> Array:
        """Write m ⊙ x."""
        # A chance has 16 bits. The scale is that of the rate which they can tell from others.
        threshold = min(round(self.rate * CHANCES), CHANCES - 1)
        scale = x.dtype.type(CHANCES / (CHANCES - threshold))
        compiled = loop(hidden, x, out)
        if compiled is not None:
            compiled(x.ravel(), chances, np.uint16(threshold), scale, out.ravel())
            return out
        np.greater_equal(chances.reshape(x.shape), np.uint16(threshold), out=out)
        out *= scale
        return np.multiply(x, out, out=out)
