"""Run one descent twice: written out by hand, and built from layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from threadpoolctl import threadpool_limits

from data import Dataset
from models.layers.functions.activations import Logistic
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import SumOfSquares
from pipelines.studies.study import Finding

Array = NDArray[np.float64]

N, D_IN, H, D_OUT = 64, 1000, 100, 10
LEARNING_RATE = 1e-4
N_STEPS = 2000
AGREEMENT = 1e-10
N_DIRECTIONS, STEP = 8, 1e-5


@dataclass(frozen=True)
class TwoDescents:
    """The losses of the same descent, written by hand and built from layers.

    Parameters
    ----------
    by_hand, by_layers
        The loss before each step.
    slopes_by_hand, slopes_measured
        How the loss changes along a few random directions, at the start: what the written-out
        gradient says, and what a difference quotient measures.
    """

    by_hand: Array
    by_layers: Array
    slopes_by_hand: Array
    slopes_measured: Array

    @property
    def apart(self) -> float:
        """The largest difference between the two losses, at any step."""
        return float(np.abs(self.by_hand - self.by_layers).max())

    @property
    def slope_error(self) -> float:
        """The largest relative error of the slopes."""
        scale = np.abs(self.slopes_measured).max()
        return float(np.abs(self.slopes_by_hand - self.slopes_measured).max() / scale)

    def findings(self) -> list[Finding]:
        """Whether the two agree, whether the gradient is one, and whether it is of use."""
        first, last = float(self.by_hand[0]), float(self.by_hand[-1])
        return [
            Finding(
                f"At each of {len(self.by_hand):,} steps the loop and the layers have the same "
                f"loss: {self.apart:.1g} is the most that they are apart, of losses from "
                f"{first:,.0f} down to {last:,.3g}.",
                self.apart < AGREEMENT,
            ),
            Finding(
                f"The gradient written out is the slope of the loss: along "
                f"{len(self.slopes_measured)} random directions it differs from a difference "
                f"quotient by {self.slope_error:.0e} of the steepest.",
                self.slope_error < 1e-6,
            ),
            Finding(
                f"Whoever follows it goes from a loss of {first:,.3g} to one of {last:,.3g}.",
                last < first / 3,
            ),
        ]


def run(
    dataset: Dataset, size: float = 1.0, seed: int = 0, *, with_slope: bool = True
) -> TwoDescents:
    """Run the two descents from the same weights; the images are not used.

    Parameters
    ----------
    dataset
        Ignored: inputs and targets are random.
    size
        Part of the 2,000 steps.
    seed
        Of inputs, targets and weights.
    with_slope
        False forgets the slope of the sigmoid, h (1 − h), in the loop.
    """
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((N, D_IN)), rng.standard_normal((N, D_OUT))
    w1, w2 = rng.standard_normal((D_IN, H)), rng.standard_normal((H, D_OUT))
    n_steps = max(20, round(N_STEPS * size))
    with threadpool_limits(1, "blas"):
        slopes = _slopes(x, y, w1, w2, rng, with_slope=with_slope)
        by_layers = _by_layers(x, y, w1, w2, n_steps)
        by_hand = _by_hand(x, y, w1.copy(), w2.copy(), n_steps, with_slope=with_slope)
    return TwoDescents(by_hand, by_layers, *slopes)


def _by_hand(x: Array, y: Array, w1: Array, w2: Array, n_steps: int, *, with_slope: bool) -> Array:
    """Change the weights in place, and return the losses: the network in twenty lines."""
    losses = []
    for _ in range(n_steps):
        h = 1 / (1 + np.exp(-x @ w1))
        y_hat = h @ w2
        losses.append(np.square(y_hat - y).sum())

        grad_y_hat = 2 * (y_hat - y)
        grad_w2 = h.T @ grad_y_hat
        grad_h = grad_y_hat @ w2.T
        grad_a = grad_h * h * (1 - h) if with_slope else grad_h
        grad_w1 = x.T @ grad_a

        w1 -= LEARNING_RATE * grad_w1
        w2 -= LEARNING_RATE * grad_w2
    return np.array(losses)


def _by_layers(x: Array, y: Array, w1: Array, w2: Array, n_steps: int) -> Array:
    """Return the losses of the network of layers, from the same weights.

    The loop has no biases. A network keeps its weights before its biases in one vector, so to move
    the first part alone leaves every bias at the zero it starts from.
    """
    first, second = Linear(H), Linear(D_OUT)
    net = Network(
        [first, Logistic(), second], n_in=D_IN, dtype=np.float64, rng=np.random.default_rng(0)
    )
    first.weight.value[:], second.weight.value[:] = w1, w2
    first.bias.value[:], second.bias.value[:] = 0.0, 0.0
    weights = slice(net.n_weights)
    losses = []
    for _ in range(n_steps):
        losses.append(net.loss_and_gradient(SumOfSquares(), x, y, np.ones(N)))
        net.theta[weights] -= LEARNING_RATE * net.gradient[weights]
    return np.array(losses)


def _slopes(
    x: Array, y: Array, w1: Array, w2: Array, rng: np.random.Generator, *, with_slope: bool
) -> tuple[Array, Array]:
    """Return the slopes of the loss along random directions: as the loop has them, and measured.

    One step of the loop tells its gradient: it is what the weights moved by, over the learning
    rate.
    """
    moved1, moved2 = w1.copy(), w2.copy()
    _by_hand(x, y, moved1, moved2, 1, with_slope=with_slope)
    grad_w1, grad_w2 = (w1 - moved1) / LEARNING_RATE, (w2 - moved2) / LEARNING_RATE
    written, measured = [], []
    for _ in range(N_DIRECTIONS):
        v1, v2 = rng.standard_normal(w1.shape), rng.standard_normal(w2.shape)
        ahead, behind = (_loss(x, y, w1 + s * STEP * v1, w2 + s * STEP * v2) for s in (1, -1))
        written.append(np.vdot(grad_w1, v1) + np.vdot(grad_w2, v2))
        measured.append((ahead - behind) / (2 * STEP))
    return np.array(written), np.array(measured)


def _loss(x: Array, y: Array, w1: Array, w2: Array) -> float:
    return float(np.square(expit(x @ w1) @ w2 - y).sum())
