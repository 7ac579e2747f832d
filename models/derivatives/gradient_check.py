"""Gradient checks: does backward compute the derivative of forward?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.errors import ModelError
from models.layers.layer import Array
from models.layers.network import Network
from models.losses.loss import Loss


@dataclass(frozen=True)
class GradientCheck:
    r"""The outcome of a gradient check.

    Attributes
    ----------
    error : float
        The largest :math:`|g^Tv - \delta|\,/\,(\|g\|\,\|v\|)` over the directions v, where δ is the
        difference quotient along v.
    redrawn : int
        Directions that were drawn again, since a step along them changed the branch of a ReLU or
        the like: there the quotient is no derivative, and no gradient would match it.
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

    A random direction tests every entry of the gradient at once, so a few of them are enough. The
    quotient is the five-point one,
    :math:`\delta = \frac{8(L_1 - L_{-1}) - (L_2 - L_{-2})}{12h}`, whose error falls as h⁴.
    Masks of dropout are the same in every evaluation.

    Parameters
    ----------
    network : Network
        What is checked, in float64. Its parameters are left as they were.
    loss : Loss
        What follows it.
    x : ndarray (n, n_in)
        A batch.
    targets : ndarray (n, n_out)
        Its targets.
    weights : ndarray (n,)
        How much each row counts.
    rng : Generator
        Draws the directions and the masks.
    training : bool, default True
        Whether to check the passes of training, with dropout and the statistics of the batch.
    directions : int, default 4
        How many directions to try.
    step : float, default 1e-4
        The step h of the quotient.

    Returns
    -------
    GradientCheck
        The largest error; ``passed`` says whether it is small enough.

    Raises
    ------
    ModelError
        If the network is not float64, in which the differences would be rounding, or if a
        hundred directions in a row met a kink.

    Examples
    --------
    >>> from models.layers.linear import Linear
    >>> from models.losses import SquaredError
    >>> rng = np.random.default_rng(0)
    >>> net = Network([Linear(2)], n_in=3, dtype=np.float64, rng=rng)
    >>> x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    >>> check_gradient(net, SquaredError(), x, t, np.full(5, 0.2), rng).passed
    True
    """
    if network.dtype != np.float64:
        raise ModelError(f"a gradient check needs a float64 network, got {network.dtype}")
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
                raise ModelError(
                    f"{redrawn} directions met a kink: x lies on one, or step is large"
                )
            continue
        quotient = (8 * (values[1] - values[-1]) - (values[2] - values[-2])) / (12 * step)
        with np.errstate(invalid="ignore"):
            error = abs(float(g @ v) - quotient) / max(float(np.linalg.norm(g)), 1e-300)
        # What is no number is not below anything.
        worst = max(worst, error) if np.isfinite(error) else np.inf
        left -= 1
    return GradientCheck(worst, redrawn)


def _branches(network: Network, loss: Loss) -> Iterator[Array]:
    for branch in (*(layer.branch() for layer in network.walk()), loss.branch()):
        if branch is not None:
            yield branch
