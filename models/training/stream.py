"""The training stream: an epoch's samples in their order, batch by batch, in the same memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.layers.layer import Array

Transform: TypeAlias = Callable[[Array, Array, Array, Array, np.random.Generator], None]
"""``transform(X, rows, x, t, rng)``: writes rows of X into x, changed, and may mix targets t."""


@dataclass(frozen=True)
class Batch:
    """Samples x (b, d), targets t (b, k), weights w (b,) that sum to one, and their sum before."""

    x: Array
    targets: Array
    weights: Array
    total_weight: float


@dataclass(frozen=True)
class Stream:
    """Samples, targets and weights, with what is done to a batch of them on its way.

    Attributes
    ----------
    X, targets, weights
        (n, d), (n, k) and (n,); X and targets of one dtype. They are only read.
    batch_size
        Samples of a batch; the last of an epoch may be smaller.
    transform
        Augmentation, or None.
    """

    X: Array
    targets: Array
    weights: Array
    batch_size: int
    transform: Transform | None = None

    def epoch(self, order: Array | None, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch; each may be overwritten by the next.

        Without an order the samples come as they stand, and nothing is copied.
        """
        n = len(self.X)
        size = self.batch_size
        dtype = self.X.dtype
        copies = order is not None or self.transform is not None
        x_held = np.empty((size if copies else 0, self.X.shape[1]), dtype)
        t_held = np.empty((size if copies else 0, self.targets.shape[1]), dtype)
        w_held = np.empty(size, dtype)
        for start in range(0, n, size):
            stop = min(start + size, n)
            span = slice(start, stop)
            rows = np.arange(start, stop) if order is None else order[span]
            raw = self.weights[rows]
            total = float(raw.sum())
            w = np.divide(raw, total, out=w_held[: stop - start], casting="same_kind")
            if not copies:
                yield Batch(self.X[span], self.targets[span], w, total)
                continue
            x, t = x_held[: stop - start], t_held[: stop - start]
            np.take(self.targets, rows, axis=0, out=t, mode="clip")
            if self.transform is None:
                np.take(self.X, rows, axis=0, out=x, mode="clip")
            else:
                self.transform(self.X, rows, x, t, rng)
            yield Batch(x, t, w, total)
