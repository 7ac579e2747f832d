"""Send gradients back through gates, a vector and a product of matrices."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from data import Dataset
from models.layers.functions.activations import ReLU
from pipelines.reporting.texts.numbers import size as in_units
from pipelines.studies.backpropagation.gates import GATES, Passed, pass_back
from pipelines.studies.backpropagation.product import (
    Array,
    Product,
    through_jacobian,
    through_product,
    worked_product,
)
from pipelines.studies.study import Finding

LARGEST = 64
LAYER = (64, 4096, 4096)  # samples, inputs, outputs


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
    product = worked_product(local_gradients=local_gradients)
    largest = max(8, round(LARGEST * size**0.25))
    sizes = tuple(int(n) for n in np.unique(np.geomspace(4, largest, 9).round()))
    rng = np.random.default_rng(seed)
    pairs = [rng.standard_normal((2, n, n)) for n in sizes]
    usual = through_product if implicit else through_jacobian
    return Backpropagation(
        tuple(pass_back(gate, local_gradients=local_gradients) for gate in GATES),
        *_rectified(local_gradients=local_gradients),
        product,
        sizes,
        tuple(_most_bytes(usual, dy, w) for dy, w in pairs),
        tuple(_most_bytes(through_jacobian, dy, w) for dy, w in pairs),
    )


def _rectified(*, local_gradients: bool) -> tuple[Array, Array, Array]:
    """Return the gradient of ReLU from the layer, from its Jacobian, and the Jacobian."""
    x, dy = np.array([2.0, -1.0, 0.5, -3.0]), np.array([1.0, 4.0, -2.0, 5.0])
    layer = ReLU()
    layer.forward(x[None])
    jacobian = np.diag(np.where(x > 0, 1.0, 0.0))
    return layer.backward(dy[None])[0] if local_gradients else dy, jacobian.T @ dy, jacobian


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
