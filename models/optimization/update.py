"""One step of an optimiser, in pieces that stay in the cache from one operation to the next."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.layers.layer import Array, Layer
from models.layers.linear import Linear
from models.layers.network import Network
from models.layers.products import share, spans
from models.layers.sequential import Residual, Sequential
from models.optimization.fused import compiled_rule
from models.optimization.optimizer import Optimizer

PIECE = 16_384
"""Parameters that NumPy changes at a time: five float32 arrays of them lie in the second-level
cache."""

TILE = 65_536
"""Parameters of a job. A float32 gradient of them lies in the second-level cache."""

LEAST_ROWS = 64
"""Rows of a weight in a job at least: the product of a few rows mostly copies the other factor."""

SHARED_FROM = 4 * TILE
"""Parameters from which threads share the jobs."""

COMPILED_FROM = 100_000
"""Parameters from which it pays to compile the update, which takes about half a second."""


@dataclass(frozen=True)
class _Job:
    """A part of θ, and what belongs to it."""

    part: slice
    is_weight: bool
    layer: Linear | None
    rows: slice


class Update:
    r"""What happens between the gradient and the next forward pass.

    In this order: the penalty's gradient :math:`g \mathrel{+}= \lambda\theta` (weights only),
    clipping to a norm c, :math:`g \mathrel{*}= \min(1, c/\|g\|)`, decoupled decay, the
    optimiser's rule, and the moving average
    :math:`\bar\theta \leftarrow d\,\bar\theta + (1-d)\,\theta`. All but the norm is elementwise,
    so that cutting the vectors into pieces changes nothing, not even the last bit.

    After `backward`, a step computes the gradient of some rows of a weight and changes these rows
    while the gradient is still in the cache. It is never written to memory, except where it is
    clipped, for which all of it must be known.

    Parameters
    ----------
    network : Network
        Whose θ is changed, by its ``gradient``.
    optimizer : Optimizer
        The rule.
    slots : dict of ndarray
        The optimiser's memory, arrays like ``network.theta[:n_trainable]``.
    average : ndarray or None, default None
        The moving average θ̄.
    average_decay : float, default 0
        How much of it a step keeps, d.
    clip_norm : float or None, default None
        The longest gradient, c.
    """

    def __init__(
        self,
        network: Network,
        optimizer: Optimizer,
        slots: dict[str, Array],
        *,
        average: Array | None = None,
        average_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.slots = slots
        self.average = average
        self.average_decay = average_decay
        self.clip_norm = clip_norm
        self.gradient_norm = 0.0
        large = network.n_trainable >= COMPILED_FROM
        self.compiled = compiled_rule(optimizer) if large else None
        self._linear = list(_plain_linear(network))
        self._jobs = list(_jobs(network, self._linear))
        self._waiting = False
        self._buffers = threading.local()

    def backward(self, dy: Array) -> None:
        """Pass the gradient by the outputs back; those of weights wait until `step` needs them.

        Parameters
        ----------
        dy : ndarray (n, n_out)
            The gradient ∂L/∂y, as the loss returns it.
        """
        for layer in self._linear:
            layer.weight_gradient_later = True
        try:
            self.network.backward(dy)
        finally:
            for layer in self._linear:
                layer.weight_gradient_later = False
        self._waiting = True

    def step(self, learning_rate: float, step: int, l2: float, *, norm: bool = False) -> float:
        """Change θ, and return ½λ‖W‖² as it was before; `norm` asks for ``gradient_norm``, too.

        Parameters
        ----------
        learning_rate : float
            The learning rate η.
        step : int
            The number of the step, from 1 up.
        l2 : float
            The strength λ of the penalty.
        norm : bool, default False
            Whether to measure the gradient.

        Returns
        -------
        float
            The penalty's value.
        """
        penalties, squares = np.zeros((2, len(self._jobs)))
        factor = 1.0

        def measure(index: int) -> None:
            job = self._jobs[index]
            gradient = self.network.gradient[job.part]
            self._take_gradient(job, gradient)
            penalties[index] = self._penalize(job, gradient, l2)
            squares[index] = np.einsum("i,i->", gradient, gradient)

        def change(index: int) -> None:
            job = self._jobs[index]
            gradient = self.network.gradient[job.part]
            if self._waiting and job.layer is not None:
                gradient = self._buffer("gradient", gradient)
                self._take_gradient(job, gradient)
            if factor < 1.0:
                np.multiply(gradient, factor, out=gradient)
            penalties[index] += self._change(job, gradient, learning_rate, step, l2)

        if norm or self.clip_norm is not None:
            self._share(measure)
            self._waiting = False
            self.gradient_norm = float(np.sqrt(squares.sum()))
            if self.clip_norm is not None and self.gradient_norm > self.clip_norm:
                factor = self.clip_norm / self.gradient_norm
            l2 = 0.0
        self._share(change)
        self._waiting = False
        return float(penalties.sum())

    def _share(self, work: Callable[[int], None]) -> None:
        jobs = range(len(self._jobs))
        if self.network.n_trainable >= SHARED_FROM:
            share(work, jobs)
        else:
            for job in jobs:
                work(job)

    def _take_gradient(self, job: _Job, out: Array) -> None:
        """Write the gradient of a job, if it waits."""
        if self._waiting and job.layer is not None:
            job.layer.gradient_of_rows(job.rows, out.reshape(-1, job.layer.n_out))

    def _penalize(self, job: _Job, gradient: Array, l2: float) -> float:
        """Add λθ to the gradient of a weight, and return ½λ‖θ‖²."""
        if not l2 or not job.is_weight:
            return 0.0
        penalty, theta = 0.0, self.network.theta[job.part]
        for piece in _pieces(len(theta)):
            scaled = self._buffer("scratch", theta[piece])
            np.multiply(theta[piece], l2, out=scaled)
            np.add(gradient[piece], scaled, out=gradient[piece])
            penalty += 0.5 * float(np.einsum("i,i->", theta[piece], scaled))
        return penalty

    def _change(
        self, job: _Job, gradient: Array, learning_rate: float, step: int, l2: float
    ) -> float:
        theta = self.network.theta[job.part]
        slots = {name: slot[job.part] for name, slot in self.slots.items()}
        decay = learning_rate * self.optimizer.weight_decay if job.is_weight else 0.0
        fused = self.compiled is not None and not decay
        penalty = 0.0 if fused else self._penalize(job, gradient, l2)
        if decay:
            np.multiply(theta, 1.0 - decay, out=theta)
        if self.compiled is not None:
            own = l2 if fused and job.is_weight else 0.0
            square = self.compiled(theta, gradient, slots, learning_rate, step, own)
            penalty += 0.5 * own * square
        for piece in _pieces(len(theta)):
            free = self._buffer("scratch", theta[piece])
            if self.compiled is None:
                parts = {name: slot[piece] for name, slot in slots.items()}
                self.optimizer.update(
                    theta[piece], gradient[piece], parts, learning_rate, step, free
                )
            if self.average is not None:
                average = self.average[job.part][piece]
                np.subtract(theta[piece], average, out=free)
                np.multiply(free, 1.0 - self.average_decay, out=free)
                np.add(average, free, out=average)
        return penalty

    def _buffer(self, name: str, like: Array) -> Array:
        """Return memory of this thread, which its next job may overwrite."""
        held: Array | None = getattr(self._buffers, name, None)
        if held is None or len(held) < len(like):
            held = np.empty(len(like), like.dtype)
            setattr(self._buffers, name, held)
        return held[: len(like)]


def _plain_linear(layer: Layer) -> Iterator[Linear]:
    """Yield the linear layers whose backward, and that of all around them, is the package's own."""
    if type(layer) is Linear:
        yield layer
    elif type(layer) in (Network, Sequential, Residual):
        for inner in layer.layers:  # type: ignore[attr-defined]
            yield from _plain_linear(inner)


def _jobs(network: Network, linear: list[Linear]) -> Iterator[_Job]:
    """Yield parts of θ: some rows of a linear layer's weight, or else a part of any parameters."""
    owners = {id(layer.weight): layer for layer in linear}
    done = start = 0
    for parameter, values in network.views_of(network.theta[: network.n_trainable]):
        layer, stop = owners.get(id(parameter)), start + values.size
        if layer is not None:
            yield from _plain_jobs(done, start, network.n_weights)
            for rows in spans(len(values), max(TILE // layer.n_out, LEAST_ROWS)):
                part = slice(start + rows.start * layer.n_out, start + rows.stop * layer.n_out)
                yield _Job(part, True, layer, rows)
            done = stop
        start = stop
    yield from _plain_jobs(done, start, network.n_weights)


def _plain_jobs(start: int, stop: int, n_weights: int) -> Iterator[_Job]:
    edges = {*range(start, stop, TILE), stop, min(max(n_weights, start), stop)}
    for first, last in pairwise(sorted(edges)):
        yield _Job(slice(first, last), first < n_weights, None, slice(0))


def _pieces(n: int) -> Iterator[slice]:
    for start in range(0, n, PIECE):
        yield slice(start, start + PIECE)
