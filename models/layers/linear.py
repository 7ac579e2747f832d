"""The linear layer: every output is a weighted sum of all inputs."""

from __future__ import annotations

import numpy as np

from models.layers.initializers import Initializer, glorot_uniform
from models.layers.layer import Array, Layer, Parameter
from models.layers.products import matrix_product


class Linear(Layer):
    r"""A matrix product and a shift, :math:`y = xW + b`.

    With :math:`L` a function of y and :math:`dy = \partial L/\partial y`, write
    :math:`dL = \langle dy,\, dx\,W + x\,dW + db\rangle` and read off the factors:

    .. math:: \frac{\partial L}{\partial x} = dy\,W^T,\qquad
              \frac{\partial L}{\partial W} = x^T dy,\qquad
              \frac{\partial L}{\partial b} = \sum_i dy_i.

    Parameters
    ----------
    n_out : int
        Number of output columns.
    initializer : callable, default glorot_uniform
        Writes the first weights and biases: a function (weight, bias, rng).

    Examples
    --------
    >>> import numpy as np
    >>> layer = Linear(1)
    >>> layer.build(2)
    1
    >>> layer.weight.value[:] = [[2.0], [3.0]]
    >>> layer.forward(np.array([[1.0, 10.0]]))
    array([[32.]])
    >>> layer.backward(np.array([[1.0]]))
    array([[2., 3.]])
    """

    weight_gradient_later: bool = False
    """Whether ``backward`` leaves out ∂L/∂W, of which `gradient_of_rows` then computes parts."""

    def __init__(self, n_out: int, initializer: Initializer = glorot_uniform) -> None:
        self.n_out = n_out
        self.initializer = initializer

    def build(self, n_in: int) -> int:
        """Create W (n_in, n_out) and b (n_out,)."""
        self.weight = Parameter((n_in, self.n_out))
        self.bias = Parameter((self.n_out,), role="bias")
        return self.n_out

    def initialize(self, rng: np.random.Generator) -> None:
        """Let the initializer write W and b."""
        self.initializer(self.weight.value, self.bias.value, rng)

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Compute y = x W + b."""
        self.x = x
        y = self.buffer("y", (len(x), self.n_out), x.dtype)
        return matrix_product(x, self.weight.value, y, self.bias.value)

    def backward(self, dy: Array) -> Array:
        """Compute dx = dy Wᵀ, and write dW = xᵀ dy and db = Σ dy."""
        self.dy = dy
        if not self.weight_gradient_later:
            matrix_product(self.x.T, dy, self.weight.gradient)
        np.sum(dy, axis=0, out=self.bias.gradient)
        if not self.input_gradient:
            return dy[:, :0]
        dx = self.buffer("dx", self.x.shape, dy.dtype)
        return matrix_product(dy, self.weight.value.T, dx)

    def gradient_of_rows(self, rows: slice, out: Array) -> None:
        """Write ∂L/∂W for some rows of W, after a backward pass.

        Parameters
        ----------
        rows : slice
            The rows of W.
        out : ndarray (rows, n_out)
            The array to write to.
        """
        np.matmul(self.x[:, rows].T, self.dy, out=out)

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute ẏ = ẋ W + x Ẇ + ḃ, by the product rule."""
        self.x_dot = x_dot
        return np.asarray(
            x_dot @ self.weight.value + self.x @ self.weight.direction + self.bias.direction
        )

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Apply the product rule again, to dy Wᵀ and to xᵀ dy."""
        self.weight.gradient_direction[:] = self.x_dot.T @ self.dy + self.x.T @ dy_dot
        self.bias.gradient_direction[:] = dy_dot.sum(axis=0)
        return np.asarray(dy_dot @ self.weight.value.T + self.dy @ self.weight.direction.T)
