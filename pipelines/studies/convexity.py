"""A linear classifier's loss is a single valley; a network's is not.

The softmax's loss is convex in the scores, and the scores are linear in W: so along any line
through the space of weights the loss only ever bends upwards, and every descent ends in the same
value, wherever it starts. A hidden layer breaks that: the order of its units alone makes
many solutions out of one, and half-way between two solutions there need not be a third.

    L((1 − t) A + t B) ≤ (1 − t) L(A) + t L(B)      for all A, B and 0 ≤ t ≤ 1: convex
    barrier = maxₜ [ L((1 − t) A + t B) − (1 − t) L(A) − t L(B) ]     above 0: not convex

Source: Stanford CS231n, "Neural networks and backpropagation"; Boyd and Vandenberghe, Convex
Optimization, section 3.1; lines between solutions as in Goodfellow, Vinyals and Saxe,
"Qualitatively characterizing neural network optimization problems", ICLR 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from data import Dataset
from features import HOG
from models.layers.activations import ReLU
from models.layers.layer import Layer
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import SoftmaxCrossEntropy
from pipelines.reporting.figures.svg import ACCENT, INK, SERIES, draw
from pipelines.studies.study import Finding, Picture

Array = npt.NDArray[np.float64]

ALPHA = 1e-2
N_TICKS = 41
HIDDEN = 16


@dataclass(frozen=True)
class Valleys:
    """Losses along lines, and where descents end.

    Parameters
    ----------
    secants : ndarray (n_secants, n_ticks)
        The linear classifier's loss between random pairs of weights.
    n_down : int
        Further secants, from random weights to the end of another descent.
    least_bend, network_least_bend : float
        The smallest second difference, relative to the loss, of the linear classifier on all of
        these secants, and of the network on the latter; above −1e-9, up to rounding, if convex.
    ends : ndarray (n_starts,)
        The loss in which the linear classifier's descents end.
    gradient_norm : float
        The longest gradient there.
    descents : tuple of ndarray (n_steps,)
        The loss on the way there, start and end among it.
    between : ndarray (n_pairs, n_ticks)
        The network's loss between pairs of its solutions.
    network_ends : ndarray (n_starts,)
        The network's loss at its solutions.
    """

    secants: Array
    n_down: int
    least_bend: float
    network_least_bend: float
    ends: Array
    gradient_norm: float
    descents: tuple[Array, ...]
    between: Array
    network_ends: Array

    @property
    def spread(self) -> float:
        """Between the ends of the linear classifier's descents, relative to their mean."""
        return float(np.ptp(self.ends) / self.ends.mean())

    @property
    def barriers(self) -> Array:
        """How far the network's loss rises above the straight line between two solutions."""
        t = np.linspace(0, 1, N_TICKS)
        chords = self.between[:, :1] * (1 - t) + self.between[:, -1:] * t
        return np.asarray((self.between - chords).max(axis=1))

    def findings(self) -> Sequence[Finding]:
        """What bends which way, and where descents end."""
        lowest = float(self.barriers.min())
        return [
            Finding(
                f"On {len(self.secants)} secants between random weights, and {self.n_down} from "
                "random weights to the end of another descent, the linear classifier's loss never "
                f"bends down: the smallest second difference is {self.least_bend:.1e} of the loss. "
                f"On the latter that of the network does, by {-self.network_least_bend:.1e}.",
                self.network_least_bend < -1e-5 and self.least_bend > -1e-9,
            ),
            Finding(
                f"{len(self.ends)} descents from random starts all end in "
                f"{self.ends.mean():.6f}, to within {self.spread:.0e} of it.",
                self.spread < 1e-5,
            ),
            Finding(
                f"Between two solutions of the network the loss rises, by {lowest:.2f} above the "
                f"straight line at least and {self.barriers.max():.2f} at most; the solutions "
                f"themselves have {self.network_ends.min():.3f} to {self.network_ends.max():.3f}.",
                lowest > 0.1,
            ),
        ]

    def pictures(self) -> Sequence[Picture]:
        """Losses along secants, on the way down, and between solutions, side by side."""
        t = np.linspace(0, 1, N_TICKS)

        def paint(figure: Figure) -> None:
            left, middle, right = figure.subplots(1, 3)
            for line in self.secants[:12]:
                left.plot(t, line, color=SERIES[1], lw=1.1)
            for descent in self.descents:
                middle.plot(np.arange(len(descent)) + 1, descent, color=SERIES[1], lw=1.1)
            middle.axhline(float(self.ends.mean()), color=INK, lw=0.9, ls=(0, (2, 2)))
            middle.set_xscale("log")
            middle.set_yscale("log")
            middle.set_yticks([0.5, 1, 2, 5, 10])
            for axis in (middle.xaxis, middle.yaxis):
                axis.set_major_formatter("{x:g}")
                axis.set_minor_formatter(NullFormatter())
            for line in self.between:
                right.plot(t, line, color=ACCENT, lw=1.3)
            left.set_title("linear: random secants")
            middle.set_title(f"linear: {len(self.descents)} descents")
            right.set_title("network: between solutions")
            left.set_ylabel("loss")
            middle.set_xlabel("step")
            for axes in (left, right):
                axes.set_xlabel("from weights A (0) to B (1)")
                axes.set_xticks([0, 0.5, 1], ["0", "½", "1"])
                axes.set_ylim(bottom=0)

        says = (
            "Loss along lines: the linear classifier's curves all bend upwards, and its descents "
            f"all end in {self.ends.mean():.3f}; the network's curves start and end low and rise "
            f"between, by {self.barriers.max():.2f} at most."
        )
        return [
            Picture(
                "Left: the linear classifier's loss between random weights, never above the chord. "
                "Middle: on the way down from random weights, always to the same value. Right: "
                "the network's loss between the ends of its descents, a hill between every two "
                "valleys.",
                draw("convexity", (860, 320), paint, says=says),
            )
        ]


def run(
    dataset: Dataset,
    size: float = 1.0,
    seed: int = 0,
    *,
    convex: bool = True,
    hidden: bool = True,
) -> Valleys:
    """Look along secants, descend from many starts, and look between the ends.

    Parameters
    ----------
    dataset
        Its training images are described by HoG.
    size
        The part of images, secants and starts, from 0.1 to 1.
    seed
        Decides the images, the lines and the starts.
    convex
        False gives the linear classifier a hidden layer, too.
    hidden
        False takes it from the network: one valley again.
    """
    rng = np.random.default_rng(seed)
    n = min(dataset.n_train, max(150, round(800 * size)))
    rows = rng.permutation(dataset.n_train)[:n]
    x = HOG().fit_transform(dataset.images_train[rows]).astype(np.float64)
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-6)
    targets = np.eye(len(dataset.class_names))[dataset.labels_train[rows]]
    n_starts = max(3, round(8 * size))
    n_classes = targets.shape[1]
    deep: list[Layer] = [Linear(HIDDEN), ReLU(), Linear(n_classes)]
    with threadpool_limits(1, user_api="blas"):
        linear = _Loss([Linear(n_classes)] if convex else deep, x, targets, rng)
        secants = np.stack([_line(linear, *linear.starts(2, rng)) for _ in range(4 * n_starts)])
        starts = linear.starts(n_starts, rng)
        ends, descents = zip(*map(linear.descend, starts), strict=True)
        down = _lines(linear, starts, (*ends[1:], ends[0]))
        network = _Loss(deep if hidden else [Linear(n_classes)], x, targets, rng)
        starts = network.starts(n_starts, rng)
        solutions = [network.descend(start)[0] for start in starts]
        network_down = _lines(network, starts, (*solutions[1:], solutions[0]))
        between = _lines(network, solutions[:-1], solutions[1:])
    return Valleys(
        secants=secants,
        n_down=len(down),
        least_bend=_least_bend(np.concatenate([secants, down])),
        network_least_bend=_least_bend(network_down),
        ends=np.array([linear(end) for end in ends]),
        gradient_norm=max(float(np.linalg.norm(linear.value_and_gradient(end)[1])) for end in ends),
        descents=tuple(descents),
        between=between,
        network_ends=np.array([network(end) for end in solutions]),
    )


class _Loss:
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
        self.net.theta[:] = theta
        value = self.net.loss_and_gradient(SoftmaxCrossEntropy(), *self.batch)
        return float(value) + 0.5 * ALPHA * float(theta @ theta)

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        value = self(theta)
        return value, np.asarray(self.net.gradient + ALPHA * theta)

    def starts(self, n: int, rng: np.random.Generator) -> list[Array]:
        """Random parameters, some near the origin and some far."""
        spread = rng.uniform(0.02, 0.3, n)
        return [s * rng.standard_normal(self.net.theta.size) for s in spread]

    def descend(self, start: Array) -> tuple[Array, Array]:
        """The end of a descent by L-BFGS, and the loss at each step, (n_steps,)."""
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


def _line(loss: _Loss, a: Array, b: Array) -> Array:
    """The loss on the way from a to b, (n_ticks,)."""
    return np.array([loss((1 - t) * a + t * b) for t in np.linspace(0, 1, N_TICKS)])


def _lines(loss: _Loss, starts: Sequence[Array], ends: Sequence[Array]) -> Array:
    """The loss on the way from each to each, (n, n_ticks)."""
    return np.stack([_line(loss, a, b) for a, b in zip(starts, ends, strict=True)])


def _least_bend(lines: Array) -> float:
    """The smallest second difference on lines (n, n_ticks), relative to the loss there."""
    return float((np.diff(lines, n=2, axis=1) / lines[:, 1:-1]).min())
