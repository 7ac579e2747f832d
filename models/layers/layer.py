"""What every layer is: a forward, the backward that transposes it, and their two tangents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Role: TypeAlias = Literal["weight", "bias", "statistic"]


class Parameter:
    """An array that training changes, with its gradient beside it.

    A network lays the arrays of all its layers end to end in one vector and makes these views of
    it, so that an optimiser, a checkpoint or an average sees one vector and a layer its own shape.

    Parameters
    ----------
    shape
        The shape of the value and of its gradient.
    role
        ``"weight"`` is penalised by weight decay, ``"bias"`` (every shift and scale) is not,
        ``"statistic"`` is measured in the forward pass and has no gradient.

    Attributes
    ----------
    value, gradient
        θ and ∂L/∂θ.
    direction, gradient_direction
        The tangent θ̇ that forward mode moves θ along, and the change of ∂L/∂θ along it.
    """

    __slots__ = ("direction", "gradient", "gradient_direction", "role", "shape", "value")

    def __init__(self, shape: tuple[int, ...], role: Role = "weight") -> None:
        self.shape = shape
        self.role = role
        self.value: Array = np.zeros(shape)
        self.gradient: Array = np.zeros(shape)
        self.direction: Array = np.zeros(shape)
        self.gradient_direction: Array = np.zeros(shape)


class Layer:
    r"""A differentiable map of a batch, :math:`y = f(x; \theta)`, one row a sample.

    The four passes, with L any scalar that follows and a dot for "the change along a direction":

    ====================  ===========================================  =======================
    ``forward``           :math:`x \mapsto y`                          keeps what backward needs
    ``backward``          :math:`dy \mapsto dx = (\partial y/\partial  writes :math:`\partial
                          x)^T dy`                                     L/\partial\theta`
    ``forward_tangent``   :math:`\dot x \mapsto \dot y = \frac{\partial y}{\partial x}\dot x +
                          \frac{\partial y}{\partial\theta}\dot\theta`
    ``backward_tangent``  :math:`d\dot y \mapsto d\dot x`, the derivative of ``backward`` itself
    ====================  ===========================================  =======================

    They are called in this order. A layer of one's own needs the first two; the tangents only
    serve second derivatives. Here ``dy`` is short for ∂L/∂y, a batch-shaped array.
    """

    input_gradient: bool = True
    """Whether anyone reads what ``backward`` returns: nobody does for a network's first layer."""

    columns_per_unit: int = 1
    """Columns that an activation takes for each that it returns; several for maxout."""

    def build(self, n_in: int) -> int:
        """Create the parameters for inputs of ``n_in`` columns and return the output's columns."""
        return n_in

    def initialize(self, rng: np.random.Generator) -> None:
        """Set the parameters' first values."""

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Return y; a generator, which dropout draws from, means training, None prediction."""
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """Return ∂L/∂x given ∂L/∂y, and write the parameters' gradients."""
        raise NotImplementedError

    def forward_tangent(self, x_dot: Array) -> Array:
        """Return ẏ given ẋ and the parameters' directions."""
        raise NotImplementedError(f"{type(self).__name__} has no forward mode")

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Return the change of ∂L/∂x, and write that of the parameters' gradients."""
        raise NotImplementedError(f"{type(self).__name__} has no second derivatives")

    def parameters(self) -> Iterator[Parameter]:
        """The layer's parameters, in the order in which they were created."""
        return (value for value in vars(self).values() if isinstance(value, Parameter))

    def branch(self) -> Array | None:
        """Which straight piece every value was on, for layers with kinks, or None."""
        return None

    def walk(self) -> Iterator[Layer]:
        """The layer itself, or the layers that it is made of."""
        yield self

    def buffer(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """An uninitialised array that lasts: later, no larger batches get the same memory again."""
        held: dict[str, Array] = self.__dict__.setdefault("_buffers", {})
        array = held.get(name)
        if (
            array is None
            or array.dtype != dtype
            or array.shape[1:] != shape[1:]
            or len(array) < shape[0]
        ):
            array = held[name] = np.empty(shape, dtype)
        return array[: shape[0]]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_buffers"}
