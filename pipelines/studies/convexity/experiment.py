"""Measure losses along lines through the space of weights, and where descents end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from data import Dataset
from features import HOG
from models.layers.functions.activations import ReLU
from models.layers.layer import Layer
from models.layers.linear import Linear
from pipelines.studies.convexity.loss import N_TICKS, Array, Loss, line_between, lines_between
from pipelines.studies.sample import cell_of, sample
from pipelines.studies.study import Finding

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
                "random weights to the end of another descent, the smallest second difference of "
                f"the linear classifier's loss is {self.least_bend:.1e} of it: below zero the loss "
                f"bends down. For the network, on the {self.n_down}, it is "
                f"{self.network_least_bend:.1e}.",
                self.network_least_bend < -1e-5 and self.least_bend > -1e-9,
            ),
            Finding(
                f"{len(self.ends)} descents from random starts end in {self.ends.mean():.6f} on "
                f"average, and lie within {self.spread:.0e} of it.",
                self.spread < 1e-5,
            ),
            Finding(
                f"Between one solution of the network and the next, the loss comes to {lowest:.2f} "
                f"above the straight line at least and {self.barriers.max():.2f} at most; the "
                f"solutions themselves have {self.network_ends.min():.3f} to "
                f"{self.network_ends.max():.3f}.",
                lowest > 0.1,
            ),
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
    part = sample(dataset, max(150, round(800 * size)), 1, seed)
    hog = HOG(pixels_per_cell=cell_of(part.image_shape))
    x = hog.fit_transform(part.images_train).astype(np.float64)
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-6)
    targets = np.eye(part.n_classes)[part.labels_train]
    n_starts = max(3, round(8 * size))
    n_classes = targets.shape[1]
    deep: list[Layer] = [Linear(HIDDEN), ReLU(), Linear(n_classes)]
    with threadpool_limits(1, user_api="blas"):
        linear = Loss([Linear(n_classes)] if convex else deep, x, targets, rng)
        secants = np.stack(
            [line_between(linear, *linear.starts(2, rng)) for _ in range(4 * n_starts)]
        )
        starts = linear.starts(n_starts, rng)
        ends, descents = zip(*map(linear.descend, starts), strict=True)
        down = lines_between(linear, starts, (*ends[1:], ends[0]))
        network = Loss(deep if hidden else [Linear(n_classes)], x, targets, rng)
        starts = network.starts(n_starts, rng)
        solutions = [network.descend(start)[0] for start in starts]
        network_down = lines_between(network, starts, (*solutions[1:], solutions[0]))
        between = lines_between(network, solutions[:-1], solutions[1:])
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


def _least_bend(lines: Array) -> float:
    """The smallest second difference on lines (n, n_ticks), relative to the loss there."""
    return float((np.diff(lines, n=2, axis=1) / lines[:, 1:-1]).min())
