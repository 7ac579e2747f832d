"""Gradient checks: does backward say what forward does?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.layers.layer import Array
from models.layers.network import Network
from models.losses.loss import Loss


@dataclass(frozen=True)
class GradientCheck:
    r"""The outcome: the worst relative error, and how many directions met a kink.

    Attributes
    ----------
    error
        The largest :math:`|g^Tv - \delta|\,/\,(\|g\|\,\|v\|)` over the directions v, where δ is the
        difference quotient along v.
    redrawn
        Directions that were drawn again, since a step along them changed the branch of a ReLU or
        the like: there the quotient is no derivative, and nobody's gradient would match.
    """

    error: float
    redrawn: int

    @property
    def passed(self) -> bool:
        """Whether the error is under 1e-7."""
        return self.error < 1e-7


def check_gradient(
    network: Network,
    loss: Loss,
    x: Array,
    targets: Array,
    weights: Array,
    rng: np.random.Generator,
    *,
    training: bool = True,
    directions: int = 4,
    step: float = 1e-4,
) -> GradientCheck:
    r"""Compare ∂L/∂(x, θ) with differences along random directions.

    One random direction meets every entry of the gradient at once, so a few do for all of them.
    The quotient is the five-point one,
    :math:`\delta = \frac{8(L_1 - L_{-1}) - (L_2 - L_{-2})}{12h}`, whose error falls as h⁴.
    Masks of dropout are the same in every evaluation.

    Raises
    ------
    ValueError
        If the network is not float64, in which the differences would be rounding, or if a
        hundred directions in a row met a kink.
    """
    if network.dtype != np.float64:
        raise ValueError(f"a gradient check needs a float64 network, got {network.dtype}")
    seed = int(rng.integers(2**31))
    free = network.n_trainable

    def value(x_now: Array) -> float:
        masks = np.random.default_rng(seed) if training else None
        return loss.forward(network.forward(x_now, masks), targets, weights)

    theta = network.theta.copy()
    network.read_input_gradient(True)
    value(x)
    dx = np.array(network.backward(loss.backward()))
    network.read_input_gradient(False)
    g = np.concatenate([dx.ravel(), network.gradient])
    branches = list(_branches(network, loss))
    worst, redrawn, left = 0.0, 0, directions
    while left:
        v = rng.standard_normal(g.size)
        v /= np.linalg.norm(v)
        values, kink = {}, False
        for k in (-2, -1, 1, 2):
            network.theta[:] = theta
            network.theta[:free] += k * step * v[dx.size :]
            values[k] = value(x + k * step * v[: dx.size].reshape(x.shape))
            pairs = zip(branches, _branches(network, loss), strict=True)
            kink = kink or any(not np.array_equal(a, b) for a, b in pairs)
        network.theta[:] = theta
        if kink:
            redrawn += 1
            if redrawn >= 100 * directions:
                raise ValueError(
                    f"{redrawn} directions met a kink: x lies on one, or step is large"
                )
            continue
        quotient = (8 * (values[1] - values[-1]) - (values[2] - values[-2])) / (12 * step)
        worst = max(worst, abs(float(g @ v) - quotient) / max(float(np.linalg.norm(g)), 1e-300))
        left -= 1
    return GradientCheck(worst, redrawn)


def _branches(network: Network, loss: Loss) -> Iterator[Array]:
    for branch in (*(layer.branch() for layer in network.walk()), loss.branch()):
        if branch is not None:
            yield branch
