"""What every layer is: a forward, the backward that transposes it, and their two tangents."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any, Literal, Self, TypeAlias

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
    shape : tuple of int
        The shape of the value and of its gradient.
    role : {"weight", "bias", "statistic"}, default "weight"
        ``"weight"`` is penalised by weight decay, ``"bias"`` (every shift and scale) is not,
        ``"statistic"`` is measured in the forward pass and has no gradient.

    Attributes
    ----------
    value, gradient : ndarray
        θ and ∂L/∂θ.
    direction, gradient_direction : ndarray
        The tangent θ̇ that forward mode moves θ along, and the change of ∂L/∂θ along it.
    """

    __slots__ = ("direction", "gradient", "gradient_direction", "role", "shape", "value")

    value: Array
    gradient: Array
    direction: Array
    gradient_direction: Array

    def __init__(self, shape: tuple[int, ...], role: Role = "weight") -> None:
        self.shape = shape
        self.role = role

    def __getattr__(self, name: str) -> Array:
        """Return zeros for an array that was not set: most are views of the network's vectors."""
        if name not in Parameter.__annotations__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        zeros = np.zeros(self.shape)
        setattr(self, name, zeros)
        return zeros


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
    serve second derivatives. Here ``dy`` is short for ∂L/∂y, an array of the shape of y.

    Examples
    --------
    A layer of one's own, which halves its input:

    >>> class Half(Layer):
    ...     def forward(self, x, rng=None):
    ...         return x / 2
    ...
    ...     def backward(self, dy):
    ...         return dy / 2
    >>> Half().forward(np.array([[1.0, 2.0]]))
    array([[0.5, 1. ]])
    """

    input_gradient: bool = True
    """Whether what ``backward`` returns is used; for a network's first layer it is not."""

    columns_per_unit: int = 1
    """Columns that an activation takes for each that it returns; several for maxout."""

    def build(self, n_in: int) -> int:
        """Create the parameters for inputs of so many columns.

        Parameters
        ----------
        n_in : int
            Columns of the input.

        Returns
        -------
        int
            Columns of the output.
        """
        return n_in

    def initialize(self, rng: np.random.Generator) -> None:
        """Set the first values of the parameters.

        Parameters
        ----------
        rng : Generator
            Draws them.
        """

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Compute the output y, and keep what `backward` needs.

        Parameters
        ----------
        x : ndarray (n, n_in)
            The input, of float32 or float64.
        rng : Generator or None, default None
            In training, what dropout draws from; None in prediction.

        Returns
        -------
        ndarray (n, n_out)
            The output; the next `forward` may overwrite it.
        """
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """Compute ∂L/∂x from ∂L/∂y, and write the gradients of the parameters.

        Parameters
        ----------
        dy : ndarray (n, n_out)
            The gradient ∂L/∂y.

        Returns
        -------
        ndarray (n, n_in)
            The gradient ∂L/∂x; the next `backward` may overwrite it.
        """
        raise NotImplementedError

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute the change of the output along a direction of the input and the parameters.

        Parameters
        ----------
        x_dot : ndarray (n, n_in)
            The direction ẋ of the input. Those of the parameters are in ``direction``.

        Returns
        -------
        ndarray (n, n_out)
            The change ẏ of the output.
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward mode")

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Compute the change of ∂L/∂x, and write that of the gradients of the parameters.

        Parameters
        ----------
        dy_dot : ndarray (n, n_out)
            The change dẏ of ∂L/∂y.

        Returns
        -------
        ndarray (n, n_in)
            The change dẋ of ∂L/∂x.
        """
        raise NotImplementedError(f"{type(self).__name__} has no second derivatives")

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters, in the order in which they were created.

        Yields
        ------
        Parameter
            One after the other.
        """
        yield from (value for value in vars(self).values() if isinstance(value, Parameter))

    def branch(self) -> Array | None:
        """Say on which of its straight pieces the layer was at every value, if it has kinks.

        Returns
        -------
        ndarray or None
            A number for each piece; None for a layer without kinks.
        """
        return None

    def walk(self) -> Iterator[Layer]:
        """Yield the layer itself, or the layers that it is made of.

        Yields
        ------
        Layer
            One after the other.
        """
        yield self

    def twin(self) -> Self:
        """Return a layer of the same parameters that another thread can pass rows through.

        Returns
        -------
        Self
            What its passes write is its own, and what a layer holds beside is the same.
        """
        other = copy(self)
        for name, value in vars(other).items():
            if isinstance(value, Layer):
                setattr(other, name, value.twin())
            elif isinstance(value, list) and all(isinstance(each, Layer) for each in value):
                setattr(other, name, [each.twin() for each in value])
        return other

    def buffer(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return an array that lasts: a later batch that is no larger gets the same memory again.

        Parameters
        ----------
        name : str
            A name that is the layer's own.
        shape : tuple of int
            Rows first.
        dtype : dtype
            Of its values, which are not initialised.

        Returns
        -------
        ndarray
            The array, of that shape.
        """
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
