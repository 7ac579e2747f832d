"""The plane of the study of space warping, folded by networks with a penalty on the gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models import MLPClassifier
from models.layers.functions.activations import ReLU
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import LogisticCrossEntropy
from pipelines.studies.space_warping.net import HALF, Net
from pipelines.studies.space_warping.points import Points, moons

Array = npt.NDArray[np.float64]

N_HIDDEN, N_POINTS, BATCH = 20, 200, 10


@dataclass(frozen=True)
class Warp:
    """Networks trained with one λ, each on points of its own: means, and the first of them.

    Parameters
    ----------
    penalty
        λ.
    gradient
        Length of ∂L/∂θ, mean over batches of ten with as many points of each class.
    folding
        By how much the score's slope changes across all folds, Σₖ |vₖ|·‖wₖ‖.
    slope
        Length of the score's gradient in the plane, mean over the square.
    length
        Of the boundary in the square.
    training, fresh
        Share right of the points that were trained on, and of fresh ones.
    net, points
        The first network, and what it was trained on.
    """

    penalty: float
    gradient: float
    folding: float
    slope: float
    length: float
    training: float
    fresh: float
    net: Net
    points: Points


def warped(penalty: float, used: float, n_draws: int, n_epochs: int, seed: int) -> Warp:
    """Train networks with λ = used on several draws of overlapping moons, the same for every λ."""
    figures, nets, drawn = [], [], []
    for draw in range(n_draws):
        rng = np.random.default_rng([seed, draw])
        points, fresh = moons(N_POINTS, rng), moons(4000, rng)
        net = trained(points, used, n_epochs, seed + draw)
        figures.append(
            (
                gradient_length(net, points),
                folding(net),
                slope(net),
                net.boundary_length(),
                net.accuracy(points),
                net.accuracy(fresh),
            )
        )
        nets.append(net)
        drawn.append(points)
    gradient, folds, steep, length, training, unseen = map(float, np.mean(figures, axis=0))
    return Warp(
        penalty, gradient, folds, steep, length, training, unseen, net=nets[0], points=drawn[0]
    )


def trained(points: Points, penalty: float, n_epochs: int, seed: int) -> Net:
    """Return a network after Adam on small batches: only there does the gradient not vanish."""
    model = MLPClassifier(
        (N_HIDDEN,),
        alpha=0.0,
        batch_size=BATCH,
        learning_rate_init=0.01,
        learning_rate="cosine",
        max_iter=n_epochs,
        n_iter_no_change=n_epochs,
        gradient_penalty=penalty,
        standardize=False,
        random_state=seed,
    )
    model.fit(points.x, points.y)
    (W, v), (b, c) = model.coefs_, model.intercepts_
    return Net(W, b, v[:, 0], float(c[0]), folds=True)


def folding(net: Net) -> float:
    """Return Σₖ |vₖ|·‖wₖ‖: across the line of unit k the score's slope changes by vₖ wₖ."""
    return float(np.abs(net.v) @ np.linalg.norm(net.W, axis=0))


def slope(net: Net) -> float:
    """How steep the score is, mean over the square."""
    axis = np.linspace(-HALF, HALF, 61)
    square = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    gradient = (net.moved(square) > 0) * net.v @ net.W.T
    return float(np.hypot(*gradient.T).mean())


def gradient_length(net: Net, points: Points) -> float:
    """Length of the loss's gradient with respect to all weights, mean over batches."""
    hidden, out = Linear(N_HIDDEN), Linear(1)
    network = Network([hidden, ReLU(), out], n_in=2, dtype=np.float64, rng=np.random.default_rng(0))
    hidden.weight.value[:], hidden.bias.value[:] = net.W, net.b
    out.weight.value[:], out.bias.value[:] = net.v[:, None], net.c
    weights, lengths = np.full(BATCH, 1 / BATCH), []
    for start in range(0, len(points.y), BATCH):
        rows = slice(start, start + BATCH)
        targets = points.y[rows, None].astype(np.float64)
        network.loss_and_gradient(LogisticCrossEntropy(), points.x[rows], targets, weights)
        lengths.append(float(np.linalg.norm(network.gradient)))
    return float(np.mean(lengths))
