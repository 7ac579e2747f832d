"""Random numbers are made from raw generator bits, so that they are the same on every platform."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]
"""A number for each image, ``(n, 1, 1)``, or for each pixel, ``(n, height, width)``."""

_BYTE_SHIFTS = np.arange(0, 64, 8, dtype=np.uint64)


class Draws:
    """The random words of a batch of images, which are used one column after the other.

    Each image has a row of 64-bit words of its own, so no image depends on another. A word becomes
    a float by exact operations only (its upper 53 bits, divided by 2⁵³), because the distributions
    of ``np.random.Generator`` may change between NumPy versions.

    Parameters
    ----------
    words : uint64 array, shape (n, n_words)
        Raw output of a bit generator.
    """

    def __init__(self, words: NDArray[np.uint64]) -> None:
        self._words = words
        self._used = 0

    def __len__(self) -> int:
        return len(self._words)

    def _take(self, count: int) -> NDArray[np.uint64]:
        taken = self._words[:, self._used : self._used + count]
        if taken.shape[1] != count:
            raise RuntimeError(f"an image owns {self._words.shape[1]} words and wants more")
        self._used += count
        return taken

    def uniform(self, low: float, high: float) -> Plane:
        """Return one number in [low, high) for each image, shape (n, 1, 1)."""
        unit = (self._take(1) >> np.uint64(11)).astype(np.float64) / 2.0**53
        return (low + (high - low) * unit)[:, :, None]

    def chance(self, probability: float) -> Plane:
        """Return 1.0 with this probability and else 0.0, for each image, shape (n, 1, 1)."""
        return (self.uniform(0, 1) < probability).astype(np.float64)

    def choose(self, weights: Sequence[float]) -> NDArray[np.int64]:
        """Return an index for each image, drawn in proportion to the weights, shape (n,)."""
        unit = self.uniform(0, sum(weights))[:, 0, 0]
        index = np.zeros(len(self), dtype=np.int64)
        edge = 0.0
        for weight in weights[:-1]:
            edge += weight
            index += unit >= edge
        return index

    def colour(self, palette: Sequence[tuple[int, int, int]], spread: float = 22.0) -> Plane:
        """Return one of these colours for each image, varied by ± spread, shape (3, n, 1, 1)."""
        chosen = np.array(palette, dtype=np.float64)[self.choose([1.0] * len(palette))]
        return np.stack(
            [chosen[:, c, None, None] + self.uniform(-spread, spread) for c in range(3)]
        )

    def lattice(self, rows: int, columns: int) -> Plane:
        """Return independent values in [-1, 1] for each image, shape (n, rows, columns)."""
        n_words = -(-rows * columns // 8)
        octets = (self._take(n_words)[:, :, None] >> _BYTE_SHIFTS) & np.uint64(255)
        values = octets.reshape(len(self), -1)[:, : rows * columns].astype(np.float64)
        return (values / 127.5 - 1.0).reshape(len(self), rows, columns)
