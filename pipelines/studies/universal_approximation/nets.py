"""Networks with one input: bumps written down, networks trained, and both as broken lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.layers.functions.activations import Identity, ReLU
from models.layers.initializers import Initializer, given, scikit_learn
from models.layers.layer import Layer
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import SquaredError
from models.optimization.optimizers import Adam
from models.optimization.schedules import Cosine
from models.training.loop import Settings, first_state, train
from models.training.stream import Stream

Array: TypeAlias = NDArray[np.float64]

EVERYWHERE = np.linspace(-1, 1, 2**13 + 1)  # where errors are measured


@dataclass(frozen=True)
class Target:
    """A function on [−1, 1], the exponent of its Hölder condition, and the constant."""

    name: str
    f: Callable[[Array], Array]
    exponent: float
    constant: float


TARGETS = (
    Target("sine", lambda x: np.sin(np.pi * x), 1.0, np.pi),
    Target("corner", lambda x: np.abs(x - 0.3), 1.0, 1.0),
    Target("root", lambda x: np.sqrt(np.abs(x)), 0.5, 1.0),
    Target("chirp", lambda x: np.sin(np.pi * (x + 1) ** 2), 1.0, 4 * np.pi),
)


def bumps(heights: Array, *, kinks: bool = True) -> Network:
    """Four hidden units for each height, on equal cells of [−1, 1], written down by hand.

    Flanks are half a cell wide and centred on the cells' borders, so that where one bump falls its
    neighbour rises; those at the two ends lie outside.
    """
    n_cells = len(heights)
    border = np.linspace(-1, 1, n_cells + 1)
    half = 0.5 / n_cells  # of a flank
    begins, ends = border - half, border + half
    begins[0], ends[0] = -1 - 2 * half, -1.0
    begins[-1], ends[-1] = 1.0, 1 + 2 * half
    corners = np.stack([begins[:-1], ends[:-1], begins[1:], ends[1:]], axis=1)  # s₁ … s₄
    slopes = heights[:, None] * [1.0, -1.0, -1.0, 1.0] / (2 * half)
    first = (np.ones((1, 4 * n_cells)), -corners.ravel())
    return _network(
        given((first[0], slopes.reshape(-1, 1)), (first[1], np.zeros(1))), n_cells, kinks
    )


def trained(x: Array, y: Array, n_cells: int, n_steps: int, seed: int, *, kinks: bool) -> Network:
    """A network of as many units as that many bumps have, after Adam on the squared error."""
    shuffler = np.random.RandomState(seed)
    net = _network(scikit_learn(shuffler), n_cells, kinks)
    stream = Stream(x[:, None], y[:, None], np.ones(len(x)), batch_size=min(32, len(x)))
    n_epochs = -(-n_steps // -(-len(x) // stream.batch_size))
    state = first_state(net, Adam(), np.random.default_rng(seed), shuffler)
    settings = Settings(n_epochs=n_epochs, learning_rate=0.005, schedule=Cosine())
    for _ in train(net, SquaredError(), Adam(), stream, state, settings):
        pass
    return net


def _network(initializer: Initializer, n_cells: int, kinks: bool) -> Network:
    bend = ReLU() if kinks else Identity()
    layers: list[Layer] = [Linear(4 * n_cells, initializer), bend, Linear(1, initializer)]
    return Network(layers, n_in=1, dtype=np.float64, rng=np.random.default_rng(0))


def net_values(net: Network) -> Array:
    """What a network gives EVERYWHERE."""
    return net.scores(EVERYWHERE[:, None])[:, 0]


def slope_change(values: Array) -> float:
    """How much the slope of a function goes up and down in all, from its values EVERYWHERE."""
    step = EVERYWHERE[1] - EVERYWHERE[0]
    return float(np.abs(np.diff(values, 2)).sum() / step)


@dataclass(frozen=True)
class Fit:
    """A network of 4K units beside its target, EVERYWHERE: values, error, and where it bends.

    A unit v·r(wx + b) changes the slope at x = −b/w, from left to right by |w|·v.
    """

    n_cells: int
    values: Array
    error: float
    places: Array
    bends: Array

    @classmethod
    def of(cls, net: Network, n_cells: int, target: Target, *, kinks: bool) -> Fit:
        """Measure a network."""
        values = net_values(net)
        error = float(np.abs(values - target.f(EVERYWHERE)).max())
        first, _, second = net.layers
        assert isinstance(first, Linear)
        assert isinstance(second, Linear)
        w, b, v = first.weight.value[0], first.bias.value, second.weight.value[:, 0]
        places = np.divide(-b, w, out=np.full_like(b, np.inf), where=w != 0)
        inside = (np.abs(places) < 1) & kinks
        return cls(n_cells, values, error, places[inside], (np.abs(w) * v)[inside])
