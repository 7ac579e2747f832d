"""Layers in a row, and a row with a short cut, which the chain rule makes one layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from models.errors import ModelError
from models.layers.layer import Array, Layer, Parameter


class Sequential(Layer):
    r"""One layer after the other, :math:`y = f_k(\dots f_2(f_1(x)))`.

    The Jacobian of a chain is the product of the layers' Jacobians, so gradients pass through their
    transposes in reverse order: :math:`dx = J_1^T J_2^T \dots J_k^T dy`.

    Parameters
    ----------
    layers : sequence of Layer
        In order.

    Examples
    --------
    >>> from models.layers.functions.activations import ReLU
    >>> from models.layers.standardize import Standardize
    >>> halved = Standardize(np.zeros(2), np.full(2, 0.5))
    >>> chain = Sequential([halved, ReLU()])
    >>> chain.build(2)
    2
    >>> chain.forward(np.array([[-2.0, 4.0]]))
    array([[0., 2.]])
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)

    def build(self, n_in: int) -> int:
        """Build each layer for the columns that the one before it returns."""
        for layer in self.layers:
            n_in = layer.build(n_in)
        return n_in

    def initialize(self, rng: np.random.Generator) -> None:
        """Initialise the layers in order."""
        for layer in self.layers:
            layer.initialize(rng)

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Pass through the layers, first to last."""
        for layer in self.layers:
            x = layer.forward(x, rng)
        return x

    def backward(self, dy: Array) -> Array:
        """Pass back through the layers, as far as gradients are used."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
            if not layer.input_gradient:
                break
        return dy

    def forward_tangent(self, x_dot: Array) -> Array:
        """Pass through the layers, first to last."""
        for layer in self.layers:
            x_dot = layer.forward_tangent(x_dot)
        return x_dot

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Pass back through the layers, as far as gradients are used."""
        for layer in reversed(self.layers):
            dy_dot = layer.backward_tangent(dy_dot)
            if not layer.input_gradient:
                break
        return dy_dot

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters of the layers, in order."""
        for layer in self.layers:
            yield from layer.parameters()

    def walk(self) -> Iterator[Layer]:
        """Yield the layers, and those of blocks one by one."""
        for layer in self.layers:
            yield from layer.walk()


class Residual(Sequential):
    r"""Layers with a short cut around them, :math:`y = x + f(x)`.

    The gradient goes both ways back: :math:`dx = dy + J_f^T dy`. Even where the layers pass no
    gradient, the short cut does. (He, Zhang, Ren and Sun 2016.)
    """

    def build(self, n_in: int) -> int:
        """Build the layers, which must return as many columns as they take."""
        n_out = super().build(n_in)
        if n_out != n_in:
            raise ModelError(f"a residual block must keep its {n_in} columns, got {n_out}")
        return n_out

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Compute x + f(x)."""
        return np.add(x, super().forward(x, rng), out=self.buffer("y", x.shape, x.dtype))

    def backward(self, dy: Array) -> Array:
        """Compute dy + J_fᵀ dy."""
        return np.add(dy, super().backward(dy), out=self.buffer("dx", dy.shape, dy.dtype))

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute ẋ + ḟ."""
        return np.asarray(x_dot + super().forward_tangent(x_dot))

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Compute dẏ + the change of J_fᵀ dy."""
        return np.asarray(dy_dot + super().backward_tangent(dy_dot))
