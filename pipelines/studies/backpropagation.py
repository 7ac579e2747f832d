"""A gradient is found gate by gate, each knowing only itself, and no Jacobian is ever written down.

A computation is a graph of gates. Forward, each gate turns its inputs into an output. Backward,
each is told how the loss changes with its output (the upstream gradient) and passes on how it
changes with its inputs: upstream times local, the chain rule. Four gates do most of the work, and
each directs the traffic in its own way:

    add         a + b        both inputs get the upstream gradient: it distributes
    multiply    a · b        each gets it times the other's value: it swaps
    copy        a, a         the upstream gradients of the copies are added
    max         max(a, b)    the largest gets it all (local gradient 1), the others 0: it routes

With vectors the local gradient is a matrix, the Jacobian, and with matrices it is larger still. For
a product of an N×D and a D×M matrix, y = x w, it has one entry for each pair of an output and an
input:

    ∂L/∂x = Jᵀ ∂L/∂y,    J of shape (N·M) × (N·D), almost all zeros

Nobody writes it down. Row i of x takes part in row i of y only, each time multiplied by w, so the
whole of Jᵀ ∂L/∂y is one more product of small matrices, and likewise for w:

    ∂L/∂x = ∂L/∂y wᵀ        ∂L/∂w = xᵀ ∂L/∂y

One entry by hand: x₁,₁ reaches the loss through the first row of y, so its gradient is the first
row of ∂L/∂y times the first row of w:

    ∂L/∂x₁,₁ = 3·2 + 2·3 + 1·(−3) + (−1)·9 = 0

Source: Stanford CS231n, "Neural networks and backpropagation"; Rumelhart, Hinton and Williams 1986,
"Learning representations by back-propagating errors", Nature 323.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data import Dataset
from models.layers.activations import ReLU
from models.layers.linear import Linear
from pipelines.reporting.numbers import size as in_units
from pipelines.studies import backpropagation_pictures as drawn
from pipelines.studies.study import Finding, Picture

Array: TypeAlias = NDArray[np.float64]
Values: TypeAlias = tuple[float, ...]

STEP = 0.25  # a power of two: the quotients below are then without rounding
LARGEST = 64
LAYER = (64, 4096, 4096)  # samples, inputs, outputs


@dataclass(frozen=True)
class Gate:
    """Forward: inputs to outputs. Backward: inputs and upstream gradients to theirs."""

    name: str
    forward: Callable[[Values], Values]
    backward: Callable[[Values, Values], Values]
    inputs: Values
    upstream: Values


GATES = (
    Gate(
        "add", lambda x: (x[0] + x[1],), lambda x, d: (d[0], d[0]),
        inputs=(3, -1), upstream=(4,),
    ),
    Gate(
        "multiply", lambda x: (x[0] * x[1],), lambda x, d: (d[0] * x[1], d[0] * x[0]),
        inputs=(2, -3), upstream=(5,),
    ),
    Gate(
        "copy", lambda x: (x[0], x[0]), lambda x, d: (d[0] + d[1],),
        inputs=(6,), upstream=(3, -1),
    ),
    Gate(
        "max", lambda x: (max(x),), lambda x, d: tuple(d[0] * (each == max(x)) for each in x),
        inputs=(1, 7), upstream=(8,),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Passed:
    """What a gate passes on to its inputs, and what difference quotients say it should."""

    gate: Gate
    passed: Values
    measured: Values


@dataclass(frozen=True)
class Product:
    """The product y = x w, the gradient of its output, and that of x found in two ways."""

    x: Array
    w: Array
    dy: Array
    dx: Array
    dx_by_jacobian: Array
    dx_by_layer: Array
    jacobian: Array


@dataclass(frozen=True)
class Backpropagation:
    """Gradients by rule and by measurement, and what they take.

    Parameters
    ----------
    gates
        What each passes on, by its rule and measured.
    rectified, by_diagonal, rectifier
        The gradient of ReLU on a vector, from the layer and from its Jacobian, and that Jacobian.
    product
        The worked product.
    sizes, bytes_implicit, bytes_jacobian
        For products of two n×n matrices: n, and the most memory that each way held at a time.
    """

    gates: tuple[Passed, ...]
    rectified: Array
    by_diagonal: Array
    rectifier: Array
    product: Product
    sizes: tuple[int, ...]
    bytes_implicit: tuple[int, ...]
    bytes_jacobian: tuple[int, ...]

    def growth(self, held: tuple[int, ...]) -> float:
        """The power of n with which memory grows, over the larger half of the sizes."""
        half = len(self.sizes) // 2
        return float(np.polyfit(np.log(self.sizes[half:]), np.log(held[half:]), 1)[0])

    def findings(self) -> list[Finding]:
        """Whether the rules are right, and what going without the Jacobian saves."""
        right = [each for each in self.gates if each.passed == each.measured]
        rules = "; ".join(f"{each.gate.name} {_listed(each.passed)}" for each in self.gates)
        worked = self.product
        same = (worked.dx == worked.dx_by_jacobian) & (worked.dx == worked.dx_by_layer)
        rows, columns = worked.jacobian.shape
        n, less, more = self.sizes[-1], self.bytes_implicit[-1], self.bytes_jacobian[-1]
        implicit, jacobian = map(self.growth, (self.bytes_implicit, self.bytes_jacobian))
        layer_bytes = 4 * (LAYER[0] * LAYER[1]) * (LAYER[0] * LAYER[2])
        return [
            Finding(
                f"{len(right)} of {len(self.gates)} gates pass on exactly what difference "
                f"quotients measure: {rules}.",
                len(right) == len(self.gates),
            ),
            Finding(
                f"The worked entry ∂L/∂x₁,₁ is {worked.dx[0, 0]:g}, and {same.sum()} of "
                f"{same.size} entries are the same to the last bit from the product, from the "
                f"{rows}×{columns} Jacobian, of which {(worked.jacobian == 0).sum()} entries are "
                "zero, and from the project's linear layer.",
                worked.dx[0, 0] == 0 and bool(same.all()),
            ),
            Finding(
                f"For two {n}×{n} matrices the Jacobian takes {in_units(more)}, the product "
                f"{in_units(less)}: {more / less:,.0f} times as much. The one grows as "
                f"n^{jacobian:.1f}, the other as n^{implicit:.1f}. A layer of {LAYER[1]:,} units "
                f"at {LAYER[0]} samples would need {in_units(layer_bytes)} in float32.",
                more / less > n and jacobian > implicit + 1,
            ),
            Finding(
                f"ReLU on a vector of {self.rectified.size} passes on {_listed(self.rectified)}; "
                f"its Jacobian, {(self.rectifier == 0).sum()} of {self.rectifier.size} entries "
                f"zero, gives {_listed(self.by_diagonal)}.",
                np.array_equal(self.rectified, self.by_diagonal),
            ),
        ]

    def pictures(self) -> list[Picture]:
        """The gates, the worked product, and memory against size."""
        return [
            drawn.gates(self.gates),
            drawn.product(self.product),
            drawn.memory(self.sizes, self.bytes_implicit, self.bytes_jacobian),
        ]


def run(
    dataset: Dataset,
    size: float = 1.0,
    seed: int = 0,
    *,
    local_gradients: bool = True,
    implicit: bool = True,
) -> Backpropagation:
    """Send gradients back through gates, a vector and matrices; the images are not used.

    Parameters
    ----------
    dataset
        Ignored.
    size
        Share of the largest Jacobian, that of 64×64 matrices, which is written down.
    seed
        Of the matrices whose memory is measured.
    local_gradients
        False takes every local gradient for one, so that gates pass on what they are told.
    implicit
        False writes the Jacobian down in either case.
    """
    product = _worked_product(local_gradients=local_gradients)
    largest = max(8, round(LARGEST * size**0.25))
    sizes = tuple(int(n) for n in np.unique(np.geomspace(4, largest, 9).round()))
    rng = np.random.default_rng(seed)
    pairs = [rng.standard_normal((2, n, n)) for n in sizes]
    usual = through_product if implicit else through_jacobian
    return Backpropagation(
        tuple(_passed(gate, local_gradients=local_gradients) for gate in GATES),
        *_rectified(local_gradients=local_gradients),
        product,
        sizes,
        tuple(_most_bytes(usual, dy, w) for dy, w in pairs),
        tuple(_most_bytes(through_jacobian, dy, w) for dy, w in pairs),
    )


def through_product(dy: Array, w: Array) -> Array:
    """Return ∂L/∂x of y = x w, without its Jacobian."""
    return dy @ w.T


def through_jacobian(dy: Array, w: Array) -> Array:
    """Return ∂L/∂x of y = x w as Jᵀ ∂L/∂y, with all of J."""
    n_rows = len(dy)
    dx = jacobian_of_product(n_rows, w).T @ dy.ravel()
    return dx.reshape(n_rows, len(w))


def jacobian_of_product(n_rows: int, w: Array) -> Array:
    """Return ∂y/∂x of y = x w, (N·M) × (N·D): wᵀ in a block for each row, zero elsewhere."""
    n_in, n_out = w.shape
    jacobian = np.zeros((n_rows, n_out, n_rows, n_in))
    each = np.arange(n_rows)
    jacobian[each, :, each, :] = w.T
    return jacobian.reshape(n_rows * n_out, n_rows * n_in)


def _passed(gate: Gate, *, local_gradients: bool) -> Passed:
    """Compare what a gate passes on with central differences of upstream · outputs."""

    def loss(inputs: Values) -> float:
        return sum(d * y for d, y in zip(gate.upstream, gate.forward(inputs), strict=True))

    measured = []
    for i in range(len(gate.inputs)):
        ahead, behind = (
            tuple(x + s * STEP * (i == j) for j, x in enumerate(gate.inputs)) for s in (1, -1)
        )
        measured.append((loss(ahead) - loss(behind)) / (2 * STEP))
    told = gate.backward(gate.inputs, gate.upstream)
    if not local_gradients:
        told = tuple(gate.upstream[0] for _ in gate.inputs)
    return Passed(gate, told, tuple(measured))


def _rectified(*, local_gradients: bool) -> tuple[Array, Array, Array]:
    """Return the gradient of ReLU from the layer, from its Jacobian, and the Jacobian."""
    x, dy = np.array([2.0, -1.0, 0.5, -3.0]), np.array([1.0, 4.0, -2.0, 5.0])
    layer = ReLU()
    layer.forward(x[None])
    jacobian = np.diag(np.where(x > 0, 1.0, 0.0))
    return layer.backward(dy[None])[0] if local_gradients else dy, jacobian.T @ dy, jacobian


def _worked_product(*, local_gradients: bool) -> Product:
    x = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -1.0]])
    w = np.array([[3.0, 2.0, 1.0, -1.0], [1.0, -4.0, -2.0, 2.0], [-1.0, 4.0, 2.0, 1.0]])
    dy = np.array([[2.0, 3.0, -3.0, 9.0], [1.0, -4.0, 0.0, 2.0]])
    layer = Linear(w.shape[1])
    layer.build(w.shape[0])
    layer.weight.value[:] = w
    layer.forward(x)
    dx = through_product(dy, w if local_gradients else np.ones_like(w))
    by_jacobian = through_jacobian(dy, w)
    return Product(x, w, dy, dx, by_jacobian, layer.backward(dy), jacobian_of_product(len(x), w))


def _listed(values: Iterable[float]) -> str:
    return ", ".join(f"{value + 0.0:g}" for value in values).replace("-", "−")


def _most_bytes(compute: Callable[[Array, Array], Array], dy: Array, w: Array) -> int:
    """Return the most memory that a computation held at a time."""
    tracemalloc.start()
    try:
        compute(dy, w)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
