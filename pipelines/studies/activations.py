"""Activation functions: what bends a network, and how much gradient the bend lets through.

Without a bend between them two linear layers are one. Which bend is chosen decides how much of the
gradient comes back: a layer multiplies it by the derivative at each unit, and layer upon layer by
the product of them all,

    ∂L/∂x₀ = J₁ᵀ J₂ᵀ … J_Lᵀ ∂L/∂x_L,   J_l = diag f'(a_l) W_lᵀ

The sigmoid σ(a) = 1/(1 + e⁻ᵃ) has all that was once asked for: it is smooth, it ends between 0 and
1 and so can be read as a rate of firing, and its derivative costs nothing more, σ' = σ(1 − σ). But
σ' is at most 1/4, and nearly nothing where |a| is large: units there are saturated and stop
learning, and what is left of the gradient vanishes with depth. ReLU passes it on whole, or not at
all.

Source: Stanford CS231n, "Neural networks and backpropagation"; Glorot and Bengio, "Understanding
the difficulty of training deep feedforward neural networks", AISTATS 2010; He and others, "Delving
deep into rectifiers", ICCV 2015, for the scale of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from data import Dataset
from models.layers.linear import Linear
from models.layers.maxout import Maxout
from models.layers.network import Network
from models.losses import SquaredError
from models.perceptron.architecture import ACTIVATIONS
from pipelines.reporting.figure import ACCENT, MUTED, SERIES, draw
from pipelines.studies.study import Finding, Picture

Array = npt.NDArray[np.float64]

REACH = 6.0
N_POINTS = 601
DEPTHS = (1, 2, 4, 8, 12, 16, 20)
WIDTH, N_SAMPLES = 64, 128
SATURATED = 0.01


@dataclass(frozen=True)
class Curve:
    """One activation over an interval.

    Parameters
    ----------
    x, value, slope : ndarray (n,)
        f and f' by backpropagation. Maxout takes the larger of x and −x/2 here.
    """

    x: Array
    value: Array
    slope: Array

    @property
    def output_range(self) -> tuple[float, float]:
        """Smallest and largest value over the interval."""
        return float(self.value.min()), float(self.value.max())

    @property
    def steepest(self) -> float:
        """The largest derivative."""
        return float(np.abs(self.slope).max())

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
        Largest distance of the sigmoid's slope from σ(1 − σ).
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
        alive = sum(values[-1] > 0.01 for values in self.arriving.values())
        return [
            Finding(
                f"The sigmoid stays between {low:.3f} and {high:.3f} on ±{REACH:g}, rises "
                f"everywhere, and its slope is σ(1 − σ) to {self.sigmoid_error:.0e}.",
                bool(low > 0 and high < 1 and sigmoid.slope.min() > 0)
                and self.sigmoid_error < 1e-12,
            ),
            Finding(
                f"It saturates: its slope is {sigmoid.steepest:.2f} at most, and below "
                f"{SATURATED:g} on {sigmoid.saturated:.0%} of ±{REACH:g}. ReLU's is "
                f"{relu.steepest:.0f} wherever the unit is on.",
                sigmoid.steepest < 0.2501 and sigmoid.saturated > 0.1 and relu.steepest == 1,
            ),
            Finding(
                f"Through {deepest} hidden layers, {left:.0e} of the gradient reaches the first "
                f"with sigmoids and {through:.2f} with ReLUs.",
                left < 1e-6 and through > 0.05,
            ),
            Finding(
                f"With weights on the scale that suits ReLU, {alive} of the "
                f"{len(self.arriving)} let more than a hundredth of it through.",
                1 < alive < len(self.arriving),
            ),
        ]

    def pictures(self) -> Sequence[Picture]:
        """Every curve with its derivative, and the gradient against depth."""

        def curves(figure: Figure) -> None:
            panels = figure.subplots(2, -(-len(self.curves) // 2), sharex=True).ravel()
            for axes in panels[len(self.curves) :]:
                axes.set_axis_off()
            for axes, (name, curve) in zip(panels, self.curves.items(), strict=False):
                axes.plot(curve.x, curve.value, color=ACCENT, lw=1.6)
                axes.plot(curve.x, curve.slope, color=SERIES[0], lw=1.1, ls="--")
                low, high = curve.output_range
                axes.set_title(f"{name}  {low:.2g} … {high:.2g}", fontsize=9.5)
                axes.set_ylim(-2, 3)

        def depth(figure: Figure) -> None:
            axes = figure.subplots()
            for i, (name, values) in enumerate(self.arriving.items()):
                colour, dashes = (*SERIES, *SERIES)[i], "-" if i < len(SERIES) else "--"
                axes.plot(self.depths, np.log10(values), dashes, color=colour, label=name)
            axes.axhline(0, color=MUTED, lw=0.8)
            axes.set_xticks(self.depths)
            axes.set_xlabel("hidden layers")
            axes.set_ylabel("part of the gradient that arrives, power of ten")
            axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower left")

        ends = ", ".join(f"{name} {values[-1]:.0e}" for name, values in self.arriving.items())
        return [
            Picture(
                f"Each function on ±{REACH:g} (solid), its derivative (dashed), and its range",
                draw(
                    "activations-curves",
                    (760, 330),
                    curves,
                    says="Curves of " + ", ".join(self.curves) + ", each with its derivative.",
                ),
            ),
            Picture(
                "What is left of the gradient at the first layer, as depth grows",
                draw(
                    "activations-depth",
                    (640, 400),
                    depth,
                    says=f"Part of the gradient that arrives through {self.depths[-1]} layers: "
                    f"{ends}.",
                ),
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
    x = curves["logistic"].x
    sigmoid = 1 / (1 + np.exp(-x))
    depths = DEPTHS if deep else (1,) * len(DEPTHS)
    rng = np.random.default_rng(seed)
    seeds = rng.integers(2**32, size=max(3, round(20 * size)))
    arriving = {
        name: tuple(float(np.median([_arriving(name, d, int(s)) for s in seeds])) for d in depths)
        for name in ACTIVATIONS
    }
    error = float(np.abs(curves["logistic"].slope - sigmoid * (1 - sigmoid)).max())
    return Activations(curves, depths, arriving, error)


def _curve(name: str) -> Curve:
    """An activation and its derivative, by a forward and a backward pass."""
    x = np.linspace(-REACH, REACH, N_POINTS)
    layer = ACTIVATIONS[name]()
    layer.build(2 if isinstance(layer, Maxout) else 1)
    if isinstance(layer, Maxout):
        value = layer.forward(np.stack([x, -x / 2], axis=1)).ravel().copy()
        back = np.array(layer.backward(np.ones((N_POINTS, 1))))
        return Curve(x, value, back[:, 0] - back[:, 1] / 2)
    value = np.array(layer.forward(x[:, None])).ravel()
    return Curve(x, value, np.array(layer.backward(np.ones((N_POINTS, 1)))).ravel())


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
