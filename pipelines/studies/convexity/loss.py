"""A network's loss as a function of its weights: its value, its gradient, descents and lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from models.layers.layer import Layer
from models.layers.network import Network
from models.losses import SoftmaxCrossEntropy

Array = npt.NDArray[np.float64]

ALPHA = 1e-2
"""Strength of the L2 penalty."""

N_TICKS = 41
"""Places on a line at which the loss is computed, both ends included."""


class Loss:
    """Mean cross-entropy and ½α‖θ‖² of a network, as a function of its parameters θ."""

    def __init__(
        self,
        layers: Sequence[Layer],
        x: Array,
        targets: Array,
        rng: np.random.Generator,
    ) -> None:
        self.net = Network(list(layers), n_in=x.shape[1], dtype=np.float64, rng=rng)
        self.batch = x, targets, np.full(len(x), 1 / len(x))

    def __call__(self, theta: Array) -> float:
        """Return the loss at these parameters."""
        self.net.theta[:] = theta
        value = self.net.loss_and_gradient(SoftmaxCrossEntropy(), *self.batch)
        return float(value) + 0.5 * ALPHA * float(theta @ theta)

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return the loss at these parameters, and its gradient."""
        value = self(theta)
        return value, np.asarray(self.net.gradient + ALPHA * theta)

    def starts(self, n: int, rng: np.random.Generator) -> list[Array]:
        """Return random parameters, some near the origin and some far."""
        spread = rng.uniform(0.02, 0.3, n)
        return [s * rng.standard_normal(self.net.theta.size) for s in spread]

    def descend(self, start: Array) -> tuple[Array, Array]:
        """Return the end of a descent by L-BFGS, and the loss at each step, (n_steps,)."""
        losses = [self(start)]
        found = minimize(
            self.value_and_gradient,
            start,
            method="L-BFGS-B",
            jac=True,
            callback=lambda intermediate_result: losses.append(float(intermediate_result.fun)),
            options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-12, "gtol": 1e-6},
        )
        return np.asarray(found.x), np.array(losses)


def line_between(loss: Loss, a: Array, b: Array) -> Array:
    """Return the loss on the way from a to b, (n_ticks,)."""
    return np.array([loss((1 - t) * a + t * b) for t in np.linspace(0, 1, N_TICKS)])


def lines_between(loss: Loss, starts: Sequence[Array], ends: Sequence[Array]) -> Array:
    """Return the loss on the way from each start to its end, (n, n_ticks)."""
    return np.stack([line_between(loss, a, b) for a, b in zip(starts, ends, strict=True)])
