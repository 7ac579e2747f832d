"""What a product with the Hessian costs, beside a gradient and beside the whole Hessian."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from models.derivatives.second_order import hessian_vector_product
from models.layers.functions.activations import Tanh
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import SoftmaxCrossEntropy

Array = npt.NDArray[np.float64]

N_IN, N_OUT, N_SAMPLES = 20, 5, 64


@dataclass(frozen=True)
class Cost:
    """Of one network: seconds, and how right the products are.

    Parameters
    ----------
    n_weights
        P, biases among them.
    gradient_s, product_s
        Seconds of the processor for one gradient, and for one H v.
    hessian_s
        The same for the whole Hessian; None where it was not put together.
    error
        Distance of H v from a central difference of gradients, relative to its length.
    asymmetry
        Largest |H − Hᵀ| over the largest |H|; None where there is no H.
    """

    n_weights: int
    gradient_s: float
    product_s: float
    hessian_s: float | None
    error: float
    asymmetry: float | None

    @property
    def in_gradients(self) -> float:
        """How many gradients one product takes the time of."""
        return self.product_s / self.gradient_s

    @property
    def hessian_bytes(self) -> int:
        """What the whole Hessian takes in float64."""
        return 8 * self.n_weights**2


def costs(
    widths: Sequence[int], n_whole: int, rng: np.random.Generator, *, products: bool
) -> tuple[Cost, ...]:
    """Return what products cost for nets of rising width, and for the first the whole Hessian.

    Parameters
    ----------
    widths
        Hidden units.
    n_whole
        For so many of them the Hessian is put together, column by column.
    products
        False finds H v the long way: the whole Hessian, times v.
    """
    return tuple(
        _cost(Problem(width, rng), i < n_whole, rng, products=products)
        for i, width in enumerate(widths)
    )


def _cost(problem: Problem, whole: bool, rng: np.random.Generator, *, products: bool) -> Cost:
    v = rng.standard_normal(problem.n)
    product = problem.product if products else problem.product_by_hessian
    hessian_s = asymmetry = None
    if whole:
        begun = time.process_time()
        hessian = problem.hessian()
        hessian_s = time.process_time() - begun
        asymmetry = float(np.abs(hessian - hessian.T).max() / np.abs(hessian).max())
    return Cost(
        problem.n,
        _least_s(problem.gradient, 7),
        _least_s(partial(product, v), 7 if products else 1),
        hessian_s,
        problem.distance_from_difference(v),
        asymmetry,
    )


class Problem:
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
        """Return the gradient ∇L."""
        self.net.loss_and_gradient(self.loss, *self.batch)
        return np.array(self.net.gradient)

    def product(self, v: Array) -> Array:
        """Return H v without forming H."""
        return hessian_vector_product(self.net, self.loss, *self.batch, v)

    def hessian(self) -> Array:
        """Return the Hessian H (n, n), one product a row: it is symmetric."""
        whole, unit = np.empty((self.n, self.n)), np.zeros(self.n)
        for i in range(self.n):
            unit[i] = 1.0
            whole[i] = self.product(unit)
            unit[i] = 0.0
        return whole

    def product_by_hessian(self, v: Array) -> Array:
        """Return H v by way of the whole H."""
        return np.asarray(self.hessian() @ v)

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


def _least_s(work: Callable[[], object], n_times: int) -> float:
    """The shortest of several times of the processor: what other programs disturbed least."""
    spent = []
    for _ in range(n_times):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)
