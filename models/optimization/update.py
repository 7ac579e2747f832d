"""One step of an optimiser, in pieces that stay in the cache from one operation to the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.layers.layer import Array
from models.layers.network import Network
from models.optimization.fused import compiled_rule
from models.optimization.optimizer import Optimizer

PIECE = 16_384
"""Parameters of a piece: five float32 arrays of them lie in the second-level cache."""

COMPILED_PIECE = 65_536
"""The same where the update is one pass, and only the call costs time."""

COMPILED_FROM = 100_000
"""Parameters from which it pays to compile the update, which takes about half a second."""


@dataclass(frozen=True)
class _Piece:
    theta: Array
    gradient: Array
    slots: dict[str, Array]
    average: Array | None
    scratch: Array
    is_weight: bool


class Update:
    r"""What happens between the gradient and the next forward pass.

    In this order: the penalty's gradient :math:`g \mathrel{+}= \lambda\theta` (weights only),
    clipping to a norm c, :math:`g \mathrel{*}= \min(1, c/\|g\|)`, decoupled decay, the
    optimiser's rule, and the moving average
    :math:`\bar\theta \leftarrow d\,\bar\theta + (1-d)\,\theta`. All but the norm is elementwise,
    so that cutting the vectors into pieces changes nothing, not even the last bit.

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
        self.optimizer = optimizer
        self.average_decay = average_decay
        self.clip_norm = clip_norm
        self.gradient_norm = 0.0
        large = network.n_trainable >= COMPILED_FROM
        self.compiled = compiled_rule(optimizer) if large else None
        self.pieces = []
        size = PIECE if self.compiled is None else COMPILED_PIECE
        scratch = np.empty(size, network.dtype)
        edges = {*range(0, network.n_trainable, size), network.n_weights, network.n_trainable}
        for start, stop in pairwise(sorted(edges)):
            part = slice(start, stop)
            piece = _Piece(
                network.theta[part],
                network.gradient[part],
                {name: slot[part] for name, slot in slots.items()},
                None if average is None else average[part],
                scratch[: stop - start],
                start < network.n_weights,
            )
            self.pieces.append(piece)

    def step(self, learning_rate: float, step: int, l2: float, *, norm: bool = False) -> float:
        """Change θ, and return ½λ‖W‖² as it was before; `norm` asks for ``gradient_norm``, too."""
        penalty = squares = 0.0
        factor = 1.0
        if norm or self.clip_norm is not None:
            for piece in self.pieces:
                penalty += self._penalize(piece, l2)
                squares += float(np.einsum("i,i->", piece.gradient, piece.gradient))
            self.gradient_norm = float(np.sqrt(squares))
            if self.clip_norm is not None and self.gradient_norm > self.clip_norm:
                factor = self.clip_norm / self.gradient_norm
            l2 = 0.0
        for piece in self.pieces:
            penalty += self._change(piece, learning_rate, step, l2, factor)
        return penalty

    def _change(
        self, piece: _Piece, learning_rate: float, step: int, l2: float, factor: float
    ) -> float:
        theta, gradient, free = piece.theta, piece.gradient, piece.scratch
        decay = learning_rate * self.optimizer.weight_decay if piece.is_weight else 0.0
        fused = self.compiled is not None and not decay
        penalty = 0.0 if fused else self._penalize(piece, l2)
        if factor < 1.0:
            np.multiply(gradient, factor, out=gradient)
        if decay:
            np.multiply(theta, 1.0 - decay, out=theta)
        if self.compiled is None:
            self.optimizer.update(theta, gradient, piece.slots, learning_rate, step, free)
        else:
            own = l2 if fused and piece.is_weight else 0.0
            square = self.compiled(theta, gradient, piece.slots, learning_rate, step, own)
            penalty += 0.5 * own * square
        if piece.average is not None:
            np.subtract(theta, piece.average, out=free)
            np.multiply(free, 1.0 - self.average_decay, out=free)
            np.add(piece.average, free, out=piece.average)
        return penalty

    def _penalize(self, piece: _Piece, l2: float) -> float:
        if not l2 or not piece.is_weight:
            return 0.0
        np.multiply(piece.theta, l2, out=piece.scratch)
        np.add(piece.gradient, piece.scratch, out=piece.gradient)
        return 0.5 * float(np.einsum("i,i->", piece.theta, piece.scratch))
