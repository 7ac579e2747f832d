"""Standardisation: columns of mean 0 and variance 1, on which gradient methods are quick."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from data.system.threads import run_jobs
from models.layers.layer import Array, Layer

ROWS, COLUMNS = 1024, 4096
"""Rows and columns whose sums are taken together, in tens of MiB of float64."""

Tile = tuple[slice, slice]


class Standardize(Layer):
    r"""Columns shifted and scaled by fixed figures, :math:`y = (x - \mu) \odot s`.

    As a first layer it saves a copy of the data. It is linear, so :math:`dx = dy \odot s`.

    Parameters
    ----------
    mean : ndarray (n_in,)
        What is taken off each column, μ.
    scale : ndarray (n_in,)
        What it is then multiplied by, s.
    """

    def __init__(self, mean: Array, scale: Array) -> None:
        self.mean = mean
        self.scale = scale

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Compute (x − μ) s."""
        y = np.subtract(x, self.mean, out=self.buffer("y", x.shape, x.dtype))
        y *= self.scale
        return y

    def backward(self, dy: Array) -> Array:
        """Compute dy s."""
        return np.asarray(dy * self.scale)

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute ẋ s."""
        return np.asarray(x_dot * self.scale)

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Compute dẏ s."""
        return np.asarray(dy_dot * self.scale)


def column_statistics(x: Array, weights: Array | None = None) -> tuple[Array, Array]:
    """Return the mean and the inverse deviation of the columns of x (n, d), in the dtype of x.

    Sums are taken in float64 over blocks of rows: first the mean, then the squares around it, so
    that a large mean costs no digits. A constant column gets the scale 0: it is zero on every row.
    """
    mean, variance = column_moments(x, weights)
    return mean.astype(x.dtype), scale_of(mean, variance, x.dtype)


def scale_of(mean: Array, variance: Array, dtype: np.dtype[np.floating]) -> Array:
    """Return the inverse deviation of columns of a dtype; 0 for those that are constant.

    Nothing was learned of these, so what they are on other rows must not count.
    """
    constant = is_constant(mean, variance, dtype)
    scale = 1.0 / np.sqrt(np.where(constant, 1.0, variance))
    return np.asarray(np.where(constant, 0.0, scale).astype(dtype))


def is_constant(mean: Array, variance: Array, dtype: np.dtype[np.floating]) -> Array:
    """Return a mask of the columns whose variance is what rounding left of a constant.

    So is one so small that one over the deviation is no finite number of the dtype.
    """
    least = max(1.0 / float(np.finfo(dtype).max), float(np.finfo(np.float64).tiny) ** 0.5)
    noise = np.maximum(np.finfo(dtype).eps * np.abs(mean), least)
    return np.asarray(variance <= noise**2)


def column_moments(x: Array, weights: Array | None = None) -> tuple[Array, Array]:
    """Return the mean and the variance of the columns of x (n, d), in float64."""
    mean = column_mean(x, weights)

    def squares(tile: Tile) -> Array:
        away = x[tile] - mean[tile[1]]
        return np.asarray(np.square(away, out=away))

    return mean, _weighted_sum(squares, x, weights)


def column_mean(x: Array, weights: Array | None = None) -> Array:
    """Return the mean of the columns of x (n, d), in float64."""
    origin = x[0].astype(np.float64)
    return np.asarray(origin + _weighted_sum(lambda tile: x[tile] - origin[tile[1]], x, weights))


def _weighted_sum(values: Callable[[Tile], Array], x: Array, weights: Array | None) -> Array:
    """Return the sum (d,) over rows of some values in float64, each by its share of the weights.

    Threads share the tiles, whose sums are added up in the order of their rows.
    """
    (n, d), total = x.shape, np.zeros(x.shape[1])
    shares = np.full(n, 1.0 / n) if weights is None else weights / weights.sum()
    tiles = [
        (slice(first, first + ROWS), slice(left, left + COLUMNS))
        for first in range(0, n, ROWS)
        for left in range(0, d, COLUMNS)
    ]
    found: list[Array] = [total] * len(tiles)

    def add(place: int) -> None:
        found[place] = shares[tiles[place][0]] @ values(tiles[place])

    run_jobs(add, range(len(tiles)), None)
    for (_, columns), part in zip(tiles, found, strict=True):
        total[columns] += part
    return total
