"""What an activation is: a function of each value, with its derivative."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array, Layer


class Activation(Layer):
    r"""An elementwise function, :math:`y_{ij} = f(x_{ij})`.

    Its Jacobian is diagonal, so the chain rule is a product:
    :math:`dx = f'(x)\,dy`, and once more for second derivatives:
    :math:`\dot y = f'\dot x`, :math:`d\dot x = f' d\dot y + f''\dot x\,dy`.

    A new activation writes ``value``, ``slope`` and ``curvature``; the last serves second
    derivatives only. ``self.x`` and ``self.y`` hold the latest input and output.

    Examples
    --------
    >>> class Square(Activation):
    ...     def value(self, x, out):
    ...         np.square(x, out=out)
    ...
    ...     def slope(self, x, out):
    ...         np.multiply(x, 2, out=out)
    >>> layer = Square()
    >>> layer.forward(np.array([[1.0, 3.0]]))
    array([[1., 9.]])
    >>> layer.backward(np.array([[1.0, 1.0]]))
    array([[2., 6.]])
    """

    def value(self, x: Array, out: Array) -> None:
        """Write f(x).

        Parameters
        ----------
        x : ndarray (n, d)
            The input.
        out : ndarray (n, d)
            The array to write to.
        """
        raise NotImplementedError

    def slope(self, x: Array, out: Array) -> None:
        """Write f'(x).

        Parameters
        ----------
        x : ndarray (n, d)
            The input.
        out : ndarray (n, d)
            The array to write to.
        """
        raise NotImplementedError

    def curvature(self, x: Array) -> Array | float:
        """Compute f''(x), which is zero wherever f is straight.

        Only a gradient penalty, and what else asks for second derivatives, needs it.

        Parameters
        ----------
        x : ndarray (n, d)
            The input.

        Returns
        -------
        ndarray (n, d) or float
            The second derivative.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no curvature: a gradient penalty needs f''(x)"
        )

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Compute y = f(x)."""
        self.x = x
        self.y = self.buffer("y", x.shape, x.dtype)
        self.value(x, self.y)
        return self.y

    def backward(self, dy: Array) -> Array:
        """Compute dx = f'(x) dy."""
        self.dy = dy
        dx = self.buffer("dx", dy.shape, dy.dtype)
        self.slope(self.x, dx)
        dx *= dy
        return dx

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute ẏ = f'(x) ẋ."""
        self.x_dot = x_dot
        self.f_prime = np.empty_like(self.x)
        self.slope(self.x, self.f_prime)
        return np.asarray(self.f_prime * x_dot)

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Compute the change of dx, f'(x) dẏ + f''(x) ẋ dy."""
        return np.asarray(self.f_prime * dy_dot + self.curvature(self.x) * self.x_dot * self.dy)
