"""Measure every activation function, and the gradient that passes through stacks of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from data import Dataset
from models.layers.functions.maxout import Maxout
from models.layers.linear import Linear
from models.layers.names import ACTIVATIONS
from models.layers.network import Network
from models.losses import SquaredError
from pipelines.studies.study import Finding

Array = npt.NDArray[np.float64]

REACH = 6.0
N_POINTS = 601
DEPTHS = (1, 2, 4, 8, 12, 16, 20)
WIDTH, N_SAMPLES = 64, 128
SATURATED = 0.01
FAR, GROWN = 1e6, 1e3


@dataclass(frozen=True)
class Curve:
    """One activation over an interval.

    Parameters
    ----------
    x, value, slope : ndarray (n,)
        f and f' by backpropagation. Maxout takes the larger of x and −x/2 here.
    far
        f so far out, on both sides, that what ends has ended and what grows has grown.
    """

    x: Array
    value: Array
    slope: Array
    far: tuple[float, float]

    @property
    def output_range(self) -> tuple[float, float]:
        """Lower and upper end of what comes out, infinite where it grows and grows."""
        low, high = (
            end(*self.far, *map(float, (self.value.min(), self.value.max()))) for end in (min, max)
        )
        return (low if low > -GROWN else -inf), (high if high < GROWN else inf)

    @property
    def steepest(self) -> float:
        """The largest derivative."""
        return float(np.abs(self.slope).max())

    @property
    def largest_jump(self) -> float:
        """Of the derivative, from one place to the next: large at a corner."""
        return float(np.abs(np.diff(self.slope)).max())

    @property
    def saturated(self) -> float:
        """The part of the interval where less than a hundredth of a gradient comes through."""
        return float(np.mean(np.abs(self.slope) < SATURATED))


@dataclass(frozen=True)
class Activations:
    """The curves, and the gradient that reaches the first layer.

    Parameters
    ----------
    curves : mapping of str to Curve
    depths : tuple of int
        Hidden layers.
    arriving : mapping of str to tuple of float
        Length of the gradient at the first hidden layer's output over that at the last one's, for
        each depth; median over seeds.
    sigmoid_error : float
        Largest distance of σ(1 − σ) from a difference quotient of the sigmoid.
    """

    curves: Mapping[str, Curve]
    depths: tuple[int, ...]
    arriving: Mapping[str, tuple[float, ...]]
    sigmoid_error: float

    def findings(self) -> Sequence[Finding]:
        """The sigmoid's virtues, its saturation, and what depth does to the gradient."""
        sigmoid, relu = self.curves["logistic"], self.curves["relu"]
        low, high = sigmoid.output_range
        deepest = self.depths[-1]
        left, through = self.arriving["logistic"][-1], self.arriving["relu"][-1]
        by_end = sorted(self.arriving, key=lambda name: -self.arriving[name][-1])
        exploding = [name for name in by_end if self.arriving[name][-1] > 100]
        vanishing = [name for name in by_end if self.arriving[name][-1] < 0.001]
        between = len(by_end) - len(exploding) - len(vanishing)
        return [
            Finding(
                f"The sigmoid has what was asked for: all of its values are from {low:g} to "
                f"{high:g}, it rises everywhere, without a corner, and its slope is σ(1 − σ) to "
                f"{self.sigmoid_error:.0e}.",
                bool((low, high) == (0, 1) and sigmoid.slope.min() > 0)
                and self.sigmoid_error < 1e-8
                and sigmoid.largest_jump < 0.05,
            ),
            Finding(
                f"It saturates: its slope is {sigmoid.steepest:.2f} at most, and below "
                f"{SATURATED:g} on {sigmoid.saturated:.0%} of ±{REACH:g}. ReLU's is "
                f"{relu.steepest:.0f} wherever the unit is on.",
                sigmoid.steepest < 0.2501
                and sigmoid.saturated > 0.1
                and {*relu.slope.tolist()} <= {0.0, 1.0}
                and relu.steepest == 1,
            ),
            Finding(
                f"Of the gradient at the last of {deepest} hidden layers, {left:.0e} reaches the "
                f"first with sigmoids and {through:.2f} with ReLUs.",
                left < 1e-6 and through > 0.05,
            ),
            Finding(
                f"One scale of the weights does not suit all: on the one made for ReLU the "
                f"gradient grows more than a hundredfold with {_listed(exploding)}, shrinks to "
                f"less than a thousandth with {_listed(vanishing)}, and stays between with the "
                f"other {between}.",
                bool(exploding) and bool(vanishing) and between > len(by_end) / 2,
            ),
        ]


def run(dataset: Dataset, size: float = 1.0, seed: int = 0, *, deep: bool = True) -> Activations:
    """Draw every activation that the network has, and send gradients through stacks of them.

    Parameters
    ----------
    dataset
        Not looked at.
    size
        The part of the seeds that is run, from 0.1 to 1.
    seed
        Decides weights and samples.
    deep
        Without it every stack has one layer, and nothing vanishes.
    """
    curves = {name: _curve(name) for name in ACTIVATIONS}
    depths = DEPTHS if deep else (1,) * len(DEPTHS)
    rng = np.random.default_rng(seed)
    seeds = [int(s) for s in rng.integers(2**32, size=max(3, round(10 * size)))]
    with threadpool_limits(1, "blas"):
        arriving = {
            name: tuple(float(np.median([_arriving(name, d, s) for s in seeds])) for d in depths)
            for name in ACTIVATIONS
        }
    return Activations(curves, depths, arriving, _sigmoid_error(curves["logistic"]))


def _curve(name: str) -> Curve:
    """An activation and its derivative, by a forward and a backward pass."""
    layer = ACTIVATIONS[name]()
    # Maxout takes the larger of two numbers: here of x and −x/2.
    ways = np.array([1.0, -0.5]) if isinstance(layer, Maxout) else np.ones(1)
    layer.build(len(ways))
    far = np.array(layer.forward(np.array([[-FAR], [FAR]]) * ways)).ravel()
    x = np.linspace(-REACH, REACH, N_POINTS)
    value = np.array(layer.forward(x[:, None] * ways)).ravel()
    slope = np.array(layer.backward(np.ones((N_POINTS, 1)))) @ ways
    return Curve(x, value, slope, (float(far[0]), float(far[1])))


def _sigmoid_error(sigmoid: Curve, step: float = 1e-5) -> float:
    """How far σ(1 − σ) is from a difference quotient, which knows nothing of the formula."""
    layer = ACTIVATIONS["logistic"]()
    layer.build(1)
    ahead, behind = (np.array(layer.forward(sigmoid.x[:, None] + s * step)) for s in (1, -1))
    measured = (ahead - behind).ravel() / (2 * step)
    return float(np.abs(sigmoid.value * (1 - sigmoid.value) - measured).max())


def _arriving(name: str, depth: int, seed: int) -> float:
    """How long the gradient is at the first hidden layer, over how long at the last."""
    rng = np.random.default_rng(seed)
    layers = []
    for _ in range(depth):
        activation = ACTIVATIONS[name]()
        pieces = 2 if isinstance(activation, Maxout) else 1
        layers += [Linear(WIDTH * pieces), activation]
    net = Network([*layers, Linear(10)], n_in=WIDTH, dtype=np.float64, rng=rng)
    for parameter, view in net.views_of(net.theta):
        del parameter
        if view.ndim == 2:
            view[:] = rng.standard_normal(view.shape) * sqrt(2 / view.shape[0])
        else:
            view[:] = 0.0
    loss = SquaredError()
    x, targets = rng.standard_normal((N_SAMPLES, WIDTH)), rng.standard_normal((N_SAMPLES, 10))
    loss.forward(net.forward(x), targets, np.full(N_SAMPLES, 1 / N_SAMPLES))
    dy, lengths = loss.backward(), []
    for layer in reversed(net.layers):
        if not isinstance(layer, Linear):
            lengths.append(float(np.linalg.norm(dy)))
        dy = layer.backward(dy)
    return lengths[-1] / lengths[0]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "none"
