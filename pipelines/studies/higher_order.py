"""Backpropagation can be differentiated too: a Hessian times a vector costs a few gradients.

The gradient says which way is down; the Hessian says how the gradient changes on the way. For P
weights it has P² entries, too many to write down, but its product with one direction is only one
more derivative, and the backward pass is a program like any other. Forward mode laid over both
passes gives, at once and exactly,

    H v = d/dε ∇L(θ + ε v)  at ε = 0

With v = ∇L this is the gradient of ½‖∇L‖², so that flatness itself can be trained for:

    ∇(L + ½ λ ‖∇L‖²) = ∇L + λ H ∇L

which keeps a network where its loss changes little when its weights do; its space is warped less.

Source: Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6(1), 1994;
gradient-norm penalties as in Zhao, Zhang and Hu, "Penalizing gradient norm for efficiently
improving generalization in deep learning", ICML 2022.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from threadpoolctl import threadpool_limits

from data import Dataset
from models import MLPClassifier
from models.activations import Tanh
from models.linear import Linear
from models.losses import SoftmaxCrossEntropy
from models.network import Network
from models.second_order import hessian_vector_product
from pipelines.reporting.figure import ACCENT, INK, MUTED, RULE, SERIES, draw
from pipelines.studies.study import Finding, Picture

Array = npt.NDArray[np.float64]

N_IN, N_OUT, N_SAMPLES = 20, 5, 64
WIDTH, BATCH = 64, 15
PENALTY = 1.0
REACH = 2.2
N_GRID = 61


@dataclass(frozen=True)
class CurvatureForLess:
    """What a Hessian-vector product costs, and what a penalty on the gradient's norm does.

    Parameters
    ----------
    n_weights : tuple of int
        Of nets of growing width.
    product_s, hessian_s : tuple of float
        Seconds for one product, and for as many as the Hessian has columns.
    gradients_a_product : tuple of float
        A product's time in gradients.
    error : float
        Largest distance of H v from a central difference of gradients, relative to its length.
    asymmetry : float
        Largest of the whole Hessian of the smallest net, relative to its largest entry.
    gradient_norm : tuple of float
        Mean ‖∂L/∂θ‖ over the batches of a net trained without and with the penalty.
    slope : tuple of float
        Mean steepness of the classes' log-probabilities over the plane, for both.
    accuracy : tuple of float
        On new points, for both.
    planes : tuple of ndarray (3, n, n)
        Probability of each class over the plane, for both.
    points, labels : ndarray
        What they were trained on.
    """

    n_weights: tuple[int, ...]
    product_s: tuple[float, ...]
    hessian_s: tuple[float, ...]
    gradients_a_product: tuple[float, ...]
    error: float
    asymmetry: float
    gradient_norm: tuple[float, float]
    slope: tuple[float, float]
    accuracy: tuple[float, float]
    planes: tuple[Array, Array]
    points: Array
    labels: npt.NDArray[np.int64]

    def findings(self) -> Sequence[Finding]:
        """That it is right, what it costs, and what the penalty does."""
        flatter = self.gradient_norm[0] / max(self.gradient_norm[1], 1e-300)
        calmer = self.slope[0] / max(self.slope[1], 1e-300)
        return [
            Finding(
                f"H v is within {self.error:.0e} of a central difference of gradients, and the "
                f"Hessian put together from {self.n_weights[0]:,} such products is symmetric to "
                f"{self.asymmetry:.0e}.",
                self.error < 1e-6 and self.asymmetry < 1e-9,
            ),
            Finding(
                f"One product takes the time of {max(self.gradients_a_product):.1f} gradients at "
                f"most; the whole Hessian of {self.n_weights[-1]:,} weights would take "
                f"{self.n_weights[-1]:,} of them and {8 * self.n_weights[-1] ** 2 / 2**30:.1f} "
                f"GiB, {self.hessian_s[-1]:,.0f} s against {self.product_s[-1]:.4f} s.",
                max(self.gradients_a_product) < 15,
            ),
            Finding(
                f"Trained with the penalty, the gradient is {flatter:.1f} times shorter and the "
                f"log-probabilities {calmer:.1f} times less steep over the plane; "
                f"{self.accuracy[1]:.1%} of new points are right, against "
                f"{self.accuracy[0]:.1%}.",
                flatter > 1.15 and calmer > 1.15,
            ),
        ]

    def pictures(self) -> Sequence[Picture]:
        """Cost against size, and the warped plane with and without the penalty."""

        def costs(figure: Figure) -> None:
            axes = figure.subplots()
            axes.loglog(
                self.n_weights, self.hessian_s, "o-", color=ACCENT, label="the whole Hessian"
            )
            axes.loglog(
                self.n_weights, self.product_s, "o-", color=SERIES[1], label="one product H v"
            )
            axes.set_xlabel("weights")
            axes.set_ylabel("seconds")
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter("{x:,g}")
                axis.set_minor_formatter(NullFormatter())
            axes.legend(frameon=False)

        def planes(figure: Figure) -> None:
            ticks = np.linspace(-REACH, REACH, N_GRID)
            for axes, plane, title in zip(
                figure.subplots(1, 2, sharey=True),
                self.planes,
                ("without the penalty", f"with λ = {PENALTY:g}"),
                strict=True,
            ):
                for label, colour in enumerate(SERIES[:3]):
                    levels = np.linspace(0.1, 0.9, 9)
                    axes.contour(
                        ticks, ticks, plane[label], levels=levels, colors=MUTED, linewidths=0.6
                    )
                    axes.contour(
                        ticks, ticks, plane[label], levels=[0.5], colors=INK, linewidths=1.6
                    )
                    chosen = self.points[self.labels == label]
                    axes.plot(*chosen.T, "o", ms=3, color=colour, mec=RULE, mew=0.3)
                axes.set_title(title)
                axes.set_aspect("equal")
                axes.grid(visible=False)

        return [
            Picture(
                "Seconds for one product, and for the whole Hessian, column by column",
                draw(
                    "higher-order-cost",
                    (560, 340),
                    costs,
                    says="Seconds against weights, both axes logarithmic; the Hessian's line "
                    "rises faster by one power.",
                ),
            ),
            Picture(
                "The same points, a tenth of their labels wrong: lines of equal probability",
                draw(
                    "higher-order-planes",
                    (680, 360),
                    planes,
                    says="Lines of equal probability over the plane: crowded and bent without "
                    "the penalty, far apart and smoother with it.",
                ),
            ),
        ]


def run(
    dataset: Dataset, size: float = 1.0, seed: int = 0, *, penalised: bool = True
) -> CurvatureForLess:
    """Time products and check them, then train with and without a penalty.

    Parameters
    ----------
    dataset
        Not looked at: the points are made here.
    size
        The part of the nets and epochs that is run, from 0.1 to 1.
    seed
        Decides weights, points and directions.
    penalised
        Without it the penalty is zero, and so is its effect.
    """
    rng = np.random.default_rng(seed)
    widths = [8, 32, 128, 512] if size >= 0.5 else [8, 32]
    n_weights, product_s, in_gradients, errors = [], [], [], []
    asymmetry = 0.0
    with threadpool_limits(1, user_api="blas"):
        for width in widths:
            problem = _Problem(width, rng)
            v = rng.standard_normal(problem.n)
            errors.append(problem.distance_from_difference(v))
            if width == widths[0]:
                hessian = np.stack([problem.product(row) for row in np.eye(problem.n)])
                asymmetry = float(np.abs(hessian - hessian.T).max() / np.abs(hessian).max())
            spent = _best_s(partial(problem.product, v))
            n_weights.append(problem.n)
            product_s.append(spent)
            in_gradients.append(spent / _best_s(problem.gradient))
        points, labels = _points(150, seed)
        new, truth = _points(2000, seed + 1, wrong=0.0)
        nets = [
            _trained(points, labels, penalty, seed, n_epochs=max(100, round(400 * size)))
            for penalty in (0.0, PENALTY if penalised else 0.0)
        ]
    norms, slopes, accuracies, planes = [], [], [], []
    for net in nets:
        norms.append(_gradient_norm(net, points, labels))
        plane, slope = _plane(net)
        planes.append(plane)
        slopes.append(slope)
        accuracies.append(float(net.score(new, truth)))
    return CurvatureForLess(
        n_weights=tuple(n_weights),
        product_s=tuple(product_s),
        hessian_s=tuple(n * s for n, s in zip(n_weights, product_s, strict=True)),
        gradients_a_product=tuple(in_gradients),
        error=max(errors),
        asymmetry=asymmetry,
        gradient_norm=(norms[0], norms[1]),
        slope=(slopes[0], slopes[1]),
        accuracy=(accuracies[0], accuracies[1]),
        planes=(planes[0], planes[1]),
        points=points,
        labels=labels,
    )


class _Problem:
    """A net of one hidden layer with its loss on random samples."""

    def __init__(self, width: int, rng: np.random.Generator) -> None:
        layers = [Linear(width), Tanh(), Linear(N_OUT)]
        self.net = Network(layers, n_in=N_IN, dtype=np.float64, rng=rng)
        self.loss = SoftmaxCrossEntropy()
        self.batch = (
            rng.standard_normal((N_SAMPLES, N_IN)),
            np.eye(N_OUT)[rng.integers(N_OUT, size=N_SAMPLES)],
            np.full(N_SAMPLES, 1 / N_SAMPLES),
        )
        self.n = self.net.n_trainable

    def gradient(self) -> Array:
        self.net.loss_and_gradient(self.loss, *self.batch)
        return np.array(self.net.gradient)

    def product(self, v: Array) -> Array:
        return hessian_vector_product(self.net, self.loss, *self.batch, v)

    def distance_from_difference(self, v: Array, step: float = 1e-5) -> float:
        """How far H v is from (∇L(θ + εv) − ∇L(θ − εv)) / 2ε, relative to its length."""
        exact = self.product(v)
        theta = self.net.theta.copy()
        sides = []
        for sign in (1, -1):
            self.net.theta[: self.n] = theta[: self.n] + sign * step * v
            sides.append(self.gradient())
        self.net.theta[:] = theta
        difference = (sides[0] - sides[1]) / (2 * step)
        return float(np.linalg.norm(exact - difference) / np.linalg.norm(exact))


def _best_s(work: Callable[[], object], n_times: int = 7) -> float:
    """The shortest of several times, which other programs disturbed least."""
    spent = []
    for _ in range(n_times):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return min(spent)


def _points(n: int, seed: int, wrong: float = 0.1) -> tuple[Array, npt.NDArray[np.int64]]:
    """Three arms of a spiral around the origin, some points with another arm's label."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=n)
    radius = rng.uniform(0.2, 2.0, n)
    angle = 2 * np.pi * labels / 3 + 1.5 * radius + 0.3 * rng.standard_normal(n)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    flipped = rng.random(n) < wrong
    return points, np.where(flipped, (labels + 1) % 3, labels)


def _trained(
    points: Array, labels: npt.NDArray[np.int64], penalty: float, seed: int, *, n_epochs: int
) -> MLPClassifier:
    net = MLPClassifier(
        (WIDTH,),
        activation="tanh",
        alpha=0.0,
        batch_size=BATCH,
        learning_rate_init=0.01,
        max_iter=n_epochs,
        learning_rate="cosine",
        gradient_penalty=penalty,
        n_iter_no_change=n_epochs,
        random_state=seed,
    )
    return net.fit(points, labels)


def _gradient_norm(net: MLPClassifier, points: Array, labels: npt.NDArray[np.int64]) -> float:
    """Mean length of the loss's gradient over batches as it was trained on."""
    layers = [Linear(WIDTH), Tanh(), Linear(3)]
    network = Network(layers, n_in=2, dtype=np.float64, rng=np.random.default_rng(0))
    parts = [*net.coefs_, *net.intercepts_]
    network.theta[:] = np.concatenate([np.ravel(part) for part in parts])
    targets, weights = np.eye(3)[labels], np.full(BATCH, 1 / BATCH)
    norms = []
    for start in range(0, len(points) - BATCH + 1, BATCH):
        rows = slice(start, start + BATCH)
        network.loss_and_gradient(SoftmaxCrossEntropy(), points[rows], targets[rows], weights)
        norms.append(float(np.linalg.norm(network.gradient)))
    return float(np.mean(norms))


def _plane(net: MLPClassifier) -> tuple[Array, float]:
    """Probabilities (3, n, n) over the plane, and the mean steepness of their logarithms."""
    ticks = np.linspace(-REACH, REACH, N_GRID)
    grid = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    probability = net.predict_proba(grid).T.reshape(3, N_GRID, N_GRID)
    logarithms = np.log(np.clip(probability, 1e-12, None))
    down, across = np.gradient(logarithms, ticks, ticks, axis=(1, 2))
    return probability, float(np.hypot(down, across).mean())
