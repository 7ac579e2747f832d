"""One step of an optimiser, in pieces that fit the cache, on two cores."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.layer import Array
from models.network import Network
from models.optimizers import Optimizer

PIECE = 16_384
"""Parameters of a piece: four float32 arrays of them lie in the second-level cache."""


@dataclass(frozen=True)
class _Piece:
    theta: Array
    gradient: Array
    slots: dict[str, Array]
    average: Array | None
    is_weight: bool


class Update:
    r"""Everything that happens between the gradient and the next forward pass.

    In this order: the penalty's gradient :math:`g \mathrel{+}= \lambda\theta` (weights only),
    clipping to a norm c, :math:`g \mathrel{*}= \min(1, c/\|g\|)`, decoupled decay, the
    optimiser's rule, and the moving average
    :math:`\bar\theta \leftarrow d\,\bar\theta + (1-d)\,\theta`.
    Each is elementwise but for the norm, whose parts are added in a fixed order; so pieces and
    threads change nothing, not even the last bit.

    Parameters
    ----------
    slots
        The optimiser's memory, arrays like ``network.theta[:n_trainable]``.
    average
        The moving average θ̄, or None.
    helper
        A thread that takes half of the pieces, or None.
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
        helper: Executor | None = None,
    ) -> None:
        self.optimizer = optimizer
        self.average_decay = average_decay
        self.clip_norm = clip_norm
        self.helper = helper
        self.pieces = []
        edges = {*range(0, network.n_trainable, PIECE), network.n_weights, network.n_trainable}
        ordered = sorted(edges)
        for start, stop in pairwise(ordered):
            part = slice(start, stop)
            self.pieces.append(
                _Piece(
                    network.theta[part],
                    network.gradient[part],
                    {name: slot[part] for name, slot in slots.items()},
                    None if average is None else average[part],
                    start < network.n_weights,
                )
            )
        self.squares = np.zeros((2, len(self.pieces)))
        self.scratch = [np.empty(PIECE, network.dtype) for _ in range(2)]
        half = len(self.pieces) // 2
        self.halves = (range(half), range(half, len(self.pieces)))

    def step(self, learning_rate: float, step: int, l2: float, *, norm: bool = False) -> float:
        """Change θ; return ½λ‖W‖² as it was before. ``norm`` measures the gradient's norm."""
        self.learning_rate, self.count, self.l2 = learning_rate, step, l2
        self.factor, self.measure = 1.0, norm
        if self.clip_norm is not None:
            self._share(self._penalize_pieces)
            self.factor = min(1.0, self.clip_norm / max(self.gradient_norm, 1e-30))
        self._share(self._update_pieces)
        return 0.5 * float(self.squares[0].sum())

    @property
    def gradient_norm(self) -> float:
        """‖g‖ of the latest step that measured it, before clipping."""
        return float(np.sqrt(self.squares[1].sum()))

    def _share(self, work: object) -> None:
        assert callable(work)
        if self.helper is None or len(self.pieces) < 8:
            work(range(len(self.pieces)), self.scratch[0])
            return
        other = self.helper.submit(work, self.halves[1], self.scratch[1])
        work(self.halves[0], self.scratch[0])
        other.result()

    def _penalize(self, index: int, scratch: Array) -> None:
        piece = self.pieces[index]
        if self.l2 and piece.is_weight:
            np.multiply(piece.theta, self.l2, out=scratch)
            self.squares[0, index] = np.einsum("i,i->", piece.theta, scratch)
            np.add(piece.gradient, scratch, out=piece.gradient)
        if self.measure or self.clip_norm is not None:
            self.squares[1, index] = np.einsum("i,i->", piece.gradient, piece.gradient)

    def _penalize_pieces(self, indices: Sequence[int], scratch: Array) -> None:
        for index in indices:
            self._penalize(index, scratch[: piece_size(self.pieces[index])])

    def _update_pieces(self, indices: Sequence[int], scratch: Array) -> None:
        shrink = 1.0 - self.learning_rate * self.optimizer.weight_decay
        for index in indices:
            piece = self.pieces[index]
            free = scratch[: piece_size(piece)]
            if self.clip_norm is None:
                self._penalize(index, free)
            elif self.factor < 1.0:
                np.multiply(piece.gradient, self.factor, out=piece.gradient)
            if shrink != 1.0 and piece.is_weight:
                np.multiply(piece.theta, shrink, out=piece.theta)
            self.optimizer.update(
                piece.theta, piece.gradient, piece.slots, self.learning_rate, self.count, free
            )
            if piece.average is not None:
                np.subtract(piece.theta, piece.average, out=free)
                free *= 1.0 - self.average_decay
                np.add(piece.average, free, out=piece.average)


def piece_size(piece: _Piece) -> int:
    """Parameters in a piece; the last before an edge may be smaller."""
    return int(piece.theta.size)
