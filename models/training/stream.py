"""The training stream: the samples of an epoch in their order, batch by batch, in one memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from models.layers.layer import Array
from models.samples.chosen_rows import ChosenRows, take_rows

Transform: TypeAlias = Callable[[Array, Array, Array, Array, np.random.Generator], None]
"""``transform(X, rows, x, t, rng)``: writes rows of X into x, changed, and may mix targets t."""


@dataclass(frozen=True)
class Batch:
    """A batch of b samples.

    Attributes
    ----------
    x, targets : ndarray (b, d), ndarray (b, k)
        The samples and their targets.
    weights : ndarray (b,)
        How much each counts; they sum to one.
    total_weight : float
        Their sum before they were divided by it.
    """

    x: Array
    targets: Array
    weights: Array
    total_weight: float


@dataclass(frozen=True)
class Stream:
    """Samples, targets and weights, with what is done to a batch of them on its way.

    The arrays are only read.

    Parameters
    ----------
    X : ndarray or ChosenRows (n, d)
        Samples, float32 or float64.
    targets : ndarray (n, k)
        Their targets, of the same dtype.
    weights : ndarray (n,)
        How much each counts, from 0 up.
    batch_size : int
        Samples of a batch, from 1 up; the last batch of an epoch may be smaller.
    transform : callable or None, default None
        What changes a batch: a function (X, rows, x, t, rng) that writes rows of X into x, and may
        mix the targets t.
    least : int, default 1
        Samples of the last batch at least. A smaller rest joins the batch before it: batch
        normalisation learns nothing from one sample, and little from a few.
    n_views : int, default 1
        So many rows that follow one another are views of one sample: an epoch sees one of them,
        drawn at random.

    Examples
    --------
    >>> stream = Stream(np.eye(3), np.eye(3), np.ones(3), batch_size=2)
    >>> [len(batch.x) for batch in stream.epoch(None, np.random.default_rng(0))]
    [2, 1]
    >>> joined = Stream(np.eye(3), np.eye(3), np.ones(3), batch_size=2, least=2)
    >>> [len(batch.x) for batch in joined.epoch(None, np.random.default_rng(0))]
    [3]
    """

    X: Array
    targets: Array
    weights: Array
    batch_size: int
    transform: Transform | None = None
    least: int = 1
    n_views: int = 1

    @property
    def n_samples(self) -> int:
        """How many samples an epoch sees."""
        return len(self.X) // self.n_views

    def spans(self) -> list[slice]:
        """Return the places of the batches of an epoch, one after the other.

        Returns
        -------
        list of slice
            Of the samples in the order of the epoch.
        """
        n = self.n_samples
        starts = list(range(0, n, self.batch_size))
        if len(starts) > 1 and n - starts[-1] < min(self.least, self.batch_size):
            starts.pop()
        return [slice(first, last) for first, last in pairwise([*starts, n])]

    def epoch(self, order: Array | None, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch; each may be overwritten by the next.

        Parameters
        ----------
        order : ndarray (n_samples,) or None
            Indices of the samples; None for the order in which they stand, without copying unless
            a view is drawn.
        rng : Generator
            What views are drawn from, and what the transform draws from.

        Yields
        ------
        Batch
            One after the other.
        """
        spans = self.spans()
        if self.n_views > 1:
            first = np.arange(self.n_samples) if order is None else order
            order = first * self.n_views + rng.integers(self.n_views, size=self.n_samples)
        size = max((span.stop - span.start for span in spans), default=0)
        dtype = self.X.dtype
        copies = order is not None or self.transform is not None
        x_held = np.empty((size if copies else 0, self.X.shape[1]), dtype)
        t_held = np.empty((size if copies else 0, self.targets.shape[1]), dtype)
        w_held = np.empty(size, dtype)
        for span in spans:
            b = span.stop - span.start
            rows = np.arange(span.start, span.stop) if order is None else order[span]
            raw = self.weights[rows]
            total = float(raw.sum())
            w = np.divide(raw, total, out=w_held[:b], casting="same_kind")
            if not copies:
                yield Batch(self.X[span], self.targets[span], w, total)
                continue
            x, t = x_held[:b], t_held[:b]
            np.take(self.targets, rows, axis=0, out=t, mode="clip")
            if self.transform is None:
                take_rows(self.X, rows, x)
            elif isinstance(self.X, ChosenRows):
                self.transform(self.X.matrix, self.X.index[rows], x, t, rng)
            else:
                self.transform(self.X, rows, x, t, rng)
            yield Batch(x, t, w, total)
