"""One step of an optimiser, in pieces that stay in the cache from one operation to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
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

TILE = 131_072
"""Parameters of a job. A float32 gradient of them lies in the cache of one core."""

LEAST_ROWS = 64
"""Rows of a weight in a job at least: the product of a few rows mostly copies the other factor."""

SHARED_FROM = 262_144
"""Parameters from which threads share the jobs. To change fewer takes some 0.3 ms."""

COMPILED_FROM = 8_192
"""Parameters from which it pays to compile the update, which takes about half a second."""


@dataclass(frozen=True)
class _Job:
    """A part of θ, and what belongs to it; the layer of a weight whose gradient may wait."""

    theta: Array
    gradient: Array
    slots: dict[str, Array]
    average: Array | None
    is_weight: bool
    layer: Linear | None
    rows: slice


class Update:
    r"""What happens between the gradient and the next forward pass.

    In this order: the penalty's gradient :math:`g \mathrel{+}= \lambda\theta` (weights only),
    clipping to a norm c, :math:`g \mathrel{*}= \min(1, c/\|g\|)`, decoupled decay, the
    optimiser's rule, and the moving average
    :math:`\bar\theta \leftarrow d_t\,\bar\theta + (1-d_t)\,\theta`, with
    :math:`d_t = \min(d, (1+t)/(10+t))` in step t, so that the first weights are soon forgotten. All
    but the norm is elementwise, so that cutting the vectors into pieces changes nothing, not even
    the last bit.

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
        How much of it a step keeps at most, d.
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
        self.average_decay = average_decay
        self.clip_norm = clip_norm
        self.gradient_norm = 0.0
        large = network.n_trainable >= COMPILED_FROM
        self.compiled = compiled_rule(optimizer, network.dtype) if large else None
        self._linear = list(_plain_linear(network))
        self._jobs = [
            _Job(
                network.theta[part],
                network.gradient[part],
                {name: slot[part] for name, slot in slots.items()},
                None if average is None else average[part],
                part.start < network.n_weights,
                layer,
                rows,
            )
            for part, layer, rows in _parts(network, self._linear)
        ]
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
        penalties, squares = [0.0] * len(self._jobs), [0.0] * len(self._jobs)
        factor = 1.0

        def measure(index: int, gradient: Array) -> None:
            job = self._jobs[index]
            penalties[index] = self._penalize(job, gradient, l2)
            squares[index] = float(np.einsum("i,i->", gradient, gradient))

        def take(index: int) -> None:
            job = self._jobs[index]
            self._take_gradient(job, job.gradient)
            measure(index, job.gradient)

        if self.clip_norm is not None:
            self._share(take)
            self._waiting, norm = False, False
            length = float(np.sqrt(sum(squares)))
            factor = self.clip_norm / length if length > self.clip_norm else 1.0
        measured = norm or self.clip_norm is not None
        change = self._changing(learning_rate, step, 0.0 if measured else l2)

        def finish(index: int) -> None:
            job = self._jobs[index]
            gradient = job.gradient
            if self._waiting and job.layer is not None:
                gradient = self._buffer("gradient", gradient)
                self._take_gradient(job, gradient)
            if norm:
                measure(index, gradient)
            if factor < 1.0:
                np.multiply(gradient, factor, out=gradient)
            penalties[index] += change(job, gradient)

        self._share(finish)
        self._waiting = False
        if measured:
            self.gradient_norm = float(np.sqrt(sum(squares)))
        return sum(penalties)

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
        penalty = 0.0
        for piece in _pieces(len(job.theta)):
            theta = job.theta[piece]
            scaled = self._buffer("scratch", theta)
            np.multiply(theta, l2, out=scaled)
            np.add(gradient[piece], scaled, out=gradient[piece])
            penalty += 0.5 * float(np.einsum("i,i->", theta, scaled))
        return penalty

    def _changing(
        self, learning_rate: float, step: int, l2: float
    ) -> Callable[[_Job, Array], float]:
        """Return what changes a part of θ by its gradient, and returns the penalty's value."""
        decay = learning_rate * self.optimizer.weight_decay
        by_weight = decay == 0.0 and l2 > 0.0
        compiled = None
        if self.compiled is not None:
            plain = self.compiled(learning_rate, step, 0.0)
            compiled = self.compiled(learning_rate, step, l2) if by_weight else plain

        def change(job: _Job, gradient: Array) -> float:
            own = l2 if job.is_weight else 0.0
            penalty = 0.0
            if compiled is None or not by_weight:
                penalty = self._penalize(job, gradient, own)
            if decay and job.is_weight:
                np.multiply(job.theta, 1.0 - decay, out=job.theta)
            if compiled is None:
                self._update(job, gradient, learning_rate, step)
            else:
                rule = compiled if job.is_weight else plain
                penalty += 0.5 * own * rule(job.theta, gradient, job.slots)
            if job.average is not None:
                self._average(job.theta, job.average, step)
            return penalty

        return change

    def _update(self, job: _Job, gradient: Array, learning_rate: float, step: int) -> None:
        for piece in _pieces(len(job.theta)):
            theta = job.theta[piece]
            slots = {name: slot[piece] for name, slot in job.slots.items()}
            free = self._buffer("scratch", theta)
            self.optimizer.update(theta, gradient[piece], slots, learning_rate, step, free)

    def _average(self, theta: Array, average: Array, step: int) -> None:
        new = 1.0 - min(self.average_decay, (1 + step) / (10 + step))
        for piece in _pieces(len(theta)):
            away = self._buffer("scratch", theta[piece])
            np.subtract(theta[piece], average[piece], out=away)
            np.multiply(away, new, out=away)
            np.add(average[piece], away, out=average[piece])

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


def _parts(network: Network, linear: list[Linear]) -> Iterator[tuple[slice, Linear | None, slice]]:
    """Yield parts of θ: some rows of a linear layer's weight, or else a part of any parameters."""
    owners = {id(layer.weight): layer for layer in linear}
    done = start = 0
    for parameter, values in network.views_of(network.theta[: network.n_trainable]):
        layer, stop = owners.get(id(parameter)), start + values.size
        if layer is not None:
            yield from _other_parts(done, start, network.n_weights)
            for rows in spans(len(values), max(TILE // layer.n_out, LEAST_ROWS)):
                first, last = start + rows.start * layer.n_out, start + rows.stop * layer.n_out
                yield slice(first, last), layer, rows
            done = stop
        start = stop
    yield from _other_parts(done, start, network.n_weights)


def _other_parts(start: int, stop: int, n_weights: int) -> Iterator[tuple[slice, None, slice]]:
    edges = {*range(start, stop, TILE), stop, min(max(n_weights, start), stop)}
    for first, last in pairwise(sorted(edges)):
        yield slice(first, last), None, slice(0)


def _pieces(n: int) -> Iterator[slice]:
    for start in range(0, n, PIECE):
        yield slice(start, start + PIECE)
