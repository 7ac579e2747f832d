"""Every layer and loss of the project, small networks of them, and an optimiser, for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.layers.dropout import Dropout
from models.layers.functions.activations import (
    ELU,
    GELU,
    Identity,
    LeakyReLU,
    Logistic,
    ReLU,
    SiLU,
    Softplus,
    Tanh,
)
from models.layers.functions.maxout import Maxout
from models.layers.layer import Array, Layer
from models.layers.linear import Linear
from models.layers.local.locally_connected import LocallyConnected, WhitenedFields
from models.layers.local.receptive_fields import ReceptiveFields
from models.layers.network import Network
from models.layers.normalization import BatchNorm, LayerNorm
from models.layers.sequential import Residual, Sequential
from models.layers.standardize import Standardize
from models.layers.whiten import Whiten
from models.losses import (
    LogisticCrossEntropy,
    Loss,
    MulticlassHinge,
    SoftmaxCrossEntropy,
    SquaredError,
    SumOfSquares,
)
from models.optimization.optimizer import Optimizer

LAYERS: dict[str, Callable[[], Layer]] = {
    "linear": lambda: Linear(3),
    "identity": Identity,
    "relu": ReLU,
    "leaky_relu": lambda: LeakyReLU(0.2),
    "elu": lambda: ELU(1.5),
    "gelu": GELU,
    "silu": SiLU,
    "logistic": Logistic,
    "tanh": Tanh,
    "softplus": Softplus,
    "maxout": lambda: Maxout(3),
    "dropout": lambda: Dropout(0.4),
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "standardize": lambda: Standardize(np.arange(6.0), np.linspace(0.5, 2, 6)),
    "whiten": lambda: Whiten(np.random.default_rng(3).standard_normal((6, 4))),
    "locally_connected": lambda: LocallyConnected(2, ReceptiveFields((2, 3, 1), 2, 1)),
    "of single places": lambda: LocallyConnected(3, ReceptiveFields((1, 3, 2), 1, 1)),
    "whitened_fields": lambda: WhitenedFields(
        np.random.default_rng(3).standard_normal((8, 3)), ReceptiveFields((2, 3, 1), 2, 1)
    ),
    "residual": lambda: Residual([Linear(6), Tanh()]),
    "sequential": lambda: Sequential([Linear(8), LayerNorm(), Maxout(2), Linear(2)]),
}

LOSSES: dict[str, Callable[[], Loss]] = {
    "softmax": SoftmaxCrossEntropy,
    "logistic": LogisticCrossEntropy,
    "hinge": MulticlassHinge,
    "rounded hinge": lambda: MulticlassHinge(0.5),
    "squared": SquaredError,
    "sum of squares": SumOfSquares,
}


def network_of(*layers: Layer, n_in: int = 6, seed: int = 0) -> Network:
    rng = np.random.default_rng(seed)
    network = Network(list(layers), n_in, np.float64, rng)
    # Shifts and scales start at 0 and 1, where a mistake in them may not show.
    network.theta[: network.n_trainable] += 0.3 * rng.standard_normal(network.n_trainable)
    return network


def batch_for(network: Network, n: int = 7, seed: int = 1) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    targets = rng.dirichlet(np.ones(max(network.n_out, 2)), n)[:, : network.n_out]
    return rng.standard_normal((n, 6)), targets, rng.dirichlet(np.ones(n))


def deep() -> Network:
    return network_of(
        Standardize(np.zeros(6), np.full(6, 2.0)),
        Dropout(0.2),
        Linear(8),
        BatchNorm(),
        GELU(),
        Residual([LayerNorm(), Linear(8), SiLU(), Dropout(0.3), Linear(8)]),
        Maxout(2),
        Linear(5),
        ELU(),
        Linear(3),
    )


@dataclass(frozen=True)
class Descent(Optimizer):
    """The shortest rule of one's own, which remembers nothing: θ ← θ − η g."""

    def update(
        self,
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        theta -= learning_rate * gradient
