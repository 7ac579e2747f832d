"""Standardisation: columns of mean 0 and variance 1, which every gradient method asks for."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array, Layer


class Standardize(Layer):
    r"""Columns shifted and scaled by fixed figures, :math:`y = (x - \mu) \odot s`.

    A first layer rather than a copy of the data; as it is linear, :math:`dx = dy \odot s`.
    """

    def __init__(self, mean: Array, scale: Array) -> None:
        self.mean = mean
        self.scale = scale

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """(x − μ) s."""
        y = np.subtract(x, self.mean, out=self.buffer("y", x.shape, x.dtype))
        y *= self.scale
        return y

    def backward(self, dy: Array) -> Array:
        """Dy s."""
        return np.asarray(dy * self.scale)

    def forward_tangent(self, x_dot: Array) -> Array:
        """ẋ s."""
        return np.asarray(x_dot * self.scale)

    def backward_tangent(self, dy_dot: Array) -> Array:
        """dẏ s."""
        return np.asarray(dy_dot * self.scale)


def column_statistics(x: Array, weights: Array | None = None) -> tuple[Array, Array]:
    """Mean and inverse deviation of the columns of x (n, d), in x's own dtype.

    Summed in float64 over blocks of rows: first the mean, then the squares around it, so that a
    large mean costs no digits. A constant column gets the scale 1, and becomes zero.
    """
    w = np.full(len(x), 1.0 / len(x)) if weights is None else weights / weights.sum()
    blocks = [slice(start, start + 1024) for start in range(0, len(x), 1024)]
    origin = x[0].astype(np.float64)
    mean = origin + sum(w[rows] @ (x[rows] - origin) for rows in blocks)
    variance = np.zeros(x.shape[1])
    for rows in blocks:
        away = x[rows] - mean
        variance += w[rows] @ np.square(away, out=away)
    # Below this the variance is what rounding left of a constant column.
    noise = np.finfo(x.dtype).eps * np.abs(mean)
    scale = 1.0 / np.sqrt(np.where(variance <= noise**2, 1.0, variance))
    return mean.astype(x.dtype), scale.astype(x.dtype)
