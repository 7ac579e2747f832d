"""Layers of which every unit sees one square of its input, with weights of its own."""

from __future__ import annotations

import numpy as np

from models.errors import ModelError
from models.layers.initializers import Initializer, glorot_uniform
from models.layers.layer import Array, Layer, Parameter
from models.layers.local.receptive_fields import ReceptiveFields, by_field
from models.layers.products import share


class _OfFields(Layer):
    """Products with a matrix for each receptive field, :math:`y_f = x_f W_f`."""

    def __init__(self, n_out: int, fields: ReceptiveFields) -> None:
        self.n_out = n_out
        self.fields = fields

    def build(self, n_in: int) -> int:
        """Return the columns of the output, those of one field after the other."""
        if n_in != np.prod(self.fields.grid):
            raise ModelError(f"receptive fields of {self.fields.grid} cannot see {n_in} columns")
        return len(self.fields) * self.n_out

    def _each(self, weights: Array) -> Array:
        """Return weights as a view (fields, values, n_out)."""
        return weights.reshape(len(self.fields), -1, self.n_out)

    def _jobs(self, n: int) -> list[slice]:
        return self.fields.parts(n * len(self.fields) * self.fields.n_values * self.n_out)

    def _products(self, name: str, x: Array, weights: Array) -> tuple[Array, Array]:
        """Return what fields see of x, (fields, n, values), and its products with weights."""
        fields, each = self.fields, self._each(weights)
        y = self.buffer(f"products of {name}", (len(x), len(fields) * self.n_out), x.dtype)
        outputs, memory = by_field(y, len(fields)), self._memory(name, x)

        def multiply(some: slice) -> None:
            np.matmul(fields.taken(x, memory, some), each[some], out=outputs[some])

        share(multiply, self._jobs(len(x)))
        return (by_field(x, len(fields)) if fields.alone else memory), y

    def _products_back(self, dy: Array, weights: Array, out: Array) -> Array:
        """Write Σ dy Wᵀ over fields into `out` (n, n_in)."""
        each, outputs = self._each(weights).transpose(0, 2, 1), by_field(dy, len(self.fields))
        alone = self.fields.alone
        back = by_field(out, len(self.fields)) if alone else self._memory("back", dy)

        def multiply(some: slice) -> None:
            np.matmul(outputs[some], each[some], out=back[some])

        share(multiply, self._jobs(len(dy)))
        return out if alone else self.fields.put_back(back, out)

    def _memory(self, name: str, like: Array) -> Array:
        """Return memory for what all fields see of as many rows."""
        n, values = (0, 0) if self.fields.alone else (len(like), self.fields.n_values)
        size = len(self.fields) * n * values
        return self.buffer(name, (size,), like.dtype).reshape(len(self.fields), n, values)


class WhitenedFields(_OfFields):
    r"""Each receptive field turned onto principal components of its own.

    What `Whiten` does to whole rows. The matrices are fixed, and neighbours still lie beside each
    other: the output is a grid of fields, with their components as channels.

    Parameters
    ----------
    matrix : ndarray (fields · values, n_components)
        The matrix of each field, one below the other.
    fields : ReceptiveFields
        What they see.
    """

    def __init__(self, matrix: Array, fields: ReceptiveFields) -> None:
        super().__init__(matrix.shape[1], fields)
        self.matrix = matrix

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Compute x W in each field."""
        self.shape = x.shape
        return self._products("seen", x, self.matrix)[1]

    def backward(self, dy: Array) -> Array:
        """Compute dy Wᵀ, summed over fields."""
        return self._products_back(dy, self.matrix, np.empty(self.shape, dy.dtype))

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute ẋ W in each field."""
        return self._products("seen_dot", x_dot, self.matrix)[1]

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Compute dẏ Wᵀ, summed over fields."""
        return self.backward(dy_dot)


class LocallyConnected(_OfFields):
    r"""A linear map of each receptive field f, :math:`y_f = x_f W_f + b_f`.

    It is a `Linear` layer of which most weights are zero and stay zero: those between a unit and
    what lies outside of its field. Fields share no weights, as they would in a convolution. What
    is learned at one place is not known at another.

    Parameters
    ----------
    n_out : int
        Units of each field.
    fields : ReceptiveFields
        What they see.
    initializer : callable, default glorot_uniform
        Writes the first weights and biases of one field after the other: a function (weight, bias,
        rng).
    at_once : bool, default False
        Whether the initializer writes those of all fields in one call.

    Attributes
    ----------
    weight : Parameter (fields · values, n_out)
        The :math:`W_f`, one below the other.
    bias : Parameter (fields · n_out,)
        The :math:`b_f`, in the order of the output.

    References
    ----------
    LeCun, "Generalization and network design strategies", 1989, on networks with local connections
    and without shared weights; Neyshabur, "Towards learning convolutions from scratch", 2020.

    Examples
    --------
    Two fields of one pixel each:

    >>> import numpy as np
    >>> layer = LocallyConnected(1, ReceptiveFields((1, 2, 1), side=1, step=1))
    >>> layer.build(2)
    2
    >>> layer.weight.value[:] = [[2.0], [3.0]]
    >>> layer.forward(np.array([[1.0, 10.0]]))
    array([[ 2., 30.]])
    """

    def __init__(
        self,
        n_out: int,
        fields: ReceptiveFields,
        initializer: Initializer = glorot_uniform,
        *,
        at_once: bool = False,
    ) -> None:
        super().__init__(n_out, fields)
        self.initializer = initializer
        self.at_once = at_once

    def build(self, n_in: int) -> int:
        """Create the weights and biases of all fields."""
        n_columns = super().build(n_in)
        self.weight = Parameter((len(self.fields) * self.fields.n_values, self.n_out))
        self.bias = Parameter((n_columns,), role="bias")
        return n_columns

    def initialize(self, rng: np.random.Generator) -> None:
        """Let the initializer write the weights of each field in turn, or all at once."""
        if self.at_once:
            self.initializer(self.weight.value, self.bias.value, rng)
            return
        biases = self.bias.value.reshape(len(self.fields), -1)
        for weight, bias in zip(self._each(self.weight.value), biases, strict=True):
            self.initializer(weight, bias, rng)

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Compute y = x W + b in each field, and keep what the fields see."""
        self.shape = x.shape
        self.seen, y = self._products("seen", x, self.weight.value)
        y += self.bias.value
        return y

    def backward(self, dy: Array) -> Array:
        """Compute dx, summed over fields, and write dW = xᵀ dy and db = Σ dy."""
        self.dy = dy
        np.sum(dy, axis=0, out=self.bias.gradient)
        self._weight_gradient(self.seen, dy, self.weight.gradient)
        if not self.input_gradient:
            return dy[:, :0]
        dx = self.buffer("dx", self.shape, dy.dtype)
        return self._products_back(dy, self.weight.value, dx)

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute ẏ = ẋ W + x Ẇ + ḃ, by the product rule."""
        self.seen_dot, y_dot = self._products("seen_dot", x_dot, self.weight.value)
        along = np.matmul(self.seen, self._each(self.weight.direction))
        by_field(y_dot, len(self.fields))[:] += along
        return np.asarray(y_dot + self.bias.direction)

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Apply the product rule again, to dy Wᵀ and to xᵀ dy."""
        change = np.empty_like(self.weight.gradient_direction)
        self._weight_gradient(self.seen, dy_dot, change)
        self._weight_gradient(self.seen_dot, self.dy, self.weight.gradient_direction)
        self.weight.gradient_direction += change
        self.bias.gradient_direction[:] = dy_dot.sum(axis=0)
        dx_dot, along = (np.empty(self.shape, dy_dot.dtype) for _ in range(2))
        self._products_back(dy_dot, self.weight.value, dx_dot)
        self._products_back(self.dy, self.weight.direction, along)
        return np.asarray(dx_dot + along)

    def _weight_gradient(self, seen: Array, dy: Array, out: Array) -> None:
        each, outputs = self._each(out), by_field(dy, len(self.fields))

        def multiply(some: slice) -> None:
            np.matmul(seen[some].transpose(0, 2, 1), outputs[some], out=each[some])

        share(multiply, self._jobs(len(dy)))
