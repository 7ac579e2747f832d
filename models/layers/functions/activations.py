"""Activations: the functions between linear layers, without which two of these would be one."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from scipy.special import erf, expit

from models.layers.functions.activation import Activation
from models.layers.layer import Array
from models.layers.loops import loop, rectified, rectified_backward


class Identity(Activation):
    """The identity f(x) = x, with f' = 1."""

    def value(self, x: Array, out: Array) -> None:
        """Write x."""
        np.copyto(out, x)

    def slope(self, x: Array, out: Array) -> None:
        """Write 1."""
        out.fill(1.0)

    def curvature(self, x: Array) -> Array | float:
        """Return 0."""
        return 0.0


class ReLU(Activation):
    """The rectifier f(x) = max(x, 0), with f' = 1 for x > 0, else 0.

    The gradient passes or stops.

    Examples
    --------
    >>> layer = ReLU()
    >>> layer.forward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]])
    >>> layer.backward(np.array([[5.0, 5.0]]))
    array([[0., 5.]])
    """

    def value(self, x: Array, out: Array) -> None:
        """Write the positive part of x."""
        compiled = loop(rectified, x, out)
        if compiled is not None:
            compiled(x.ravel(), out.ravel())
        else:
            np.maximum(x, 0, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """Write the sign of y, which is 1 for x > 0, else 0."""
        np.sign(self.y, out=out)

    def backward(self, dy: Array) -> Array:
        """Compute dx, which is dy where x > 0, else 0."""
        dx = self.buffer("dx", dy.shape, dy.dtype)
        compiled = loop(rectified_backward, self.y, dy, dx)
        if compiled is None:
            return super().backward(dy)
        self.dy = dy
        compiled(self.y.ravel(), dy.ravel(), dx.ravel())
        return dx

    def curvature(self, x: Array) -> Array | float:
        """Return 0: each part is straight."""
        return 0.0

    def branch(self) -> Array:
        """Say where x is positive."""
        return np.asarray(self.x > 0)


class LeakyReLU(Activation):
    """The leaky rectifier f(x) = max(x, a·x), with f' = 1 for x > 0, else a.

    So no unit stops learning. (Maas, Hannun and Ng 2013.)

    Parameters
    ----------
    negative_slope : float, default 0.01
        The slope a for negative x.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def value(self, x: Array, out: Array) -> None:
        """Write x, or a·x where x is negative."""
        np.multiply(x, self.negative_slope, out=out)
        np.maximum(x, out, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """Write 1, or a where x is negative."""
        np.greater(x, 0, out=out)
        out *= 1.0 - self.negative_slope
        out += self.negative_slope

    def curvature(self, x: Array) -> Array | float:
        """Return 0: each part is straight."""
        return 0.0

    def branch(self) -> Array:
        """Say where x is positive."""
        return np.asarray(self.x > 0)


class ELU(Activation):
    """The exponential linear unit f(x) = x for x > 0, else a(eˣ − 1).

    Its derivatives are f' = 1 or a·eˣ = f + a, and f'' = 0 or a·eˣ. (Clevert and others 2016.)

    Parameters
    ----------
    alpha : float, default 1
        The value −a that f tends to for negative x.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def value(self, x: Array, out: Array) -> None:
        """Write max(x, 0) + a(e^min(x, 0) − 1)."""
        np.minimum(x, 0, out=out)
        np.expm1(out, out=out)
        out *= self.alpha
        np.add(out, x, out=out, where=self._positive(x))

    def slope(self, x: Array, out: Array) -> None:
        """Write 1, or f + a where x is negative."""
        np.add(self.y, self.alpha, out=out)
        np.copyto(out, 1.0, where=self._positive(x))

    def curvature(self, x: Array) -> Array:
        """Compute 0, or a·eˣ where x is negative."""
        return np.where(x > 0, 0.0, self.alpha * np.exp(np.minimum(x, 0)))

    def _positive(self, x: Array) -> Array:
        return np.greater(x, 0, out=self.buffer("positive", x.shape, bool))

    def branch(self) -> Array:
        """Say where x is positive."""
        return np.asarray(self.x > 0)


class GELU(Activation):
    """The Gaussian error linear unit f(x) = x·Φ(x), with the normal law Φ and its density φ.

    Its derivatives are f' = Φ + x·φ and f'' = φ·(2 − x²). (Hendrycks and Gimpel 2016.)
    """

    def value(self, x: Array, out: Array) -> None:
        """Write x·½(1 + erf(x/√2))."""
        self._cumulative(x, out)
        out *= x

    def slope(self, x: Array, out: Array) -> None:
        """Write Φ(x) + x·φ(x)."""
        np.square(x, out=out)
        out *= -0.5
        np.exp(out, out=out)
        out *= 1 / sqrt(2 * pi)
        out *= x
        cumulative = self.buffer("cumulative", x.shape, x.dtype)
        self._cumulative(x, cumulative)
        out += cumulative

    def curvature(self, x: Array) -> Array:
        """Compute φ(x)(2 − x²)."""
        return np.asarray(np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi) * (2 - x**2))

    @staticmethod
    def _cumulative(x: Array, out: Array) -> None:
        np.multiply(x, sqrt(0.5), out=out)
        erf(out, out=out)
        out += 1.0
        out *= 0.5


class SiLU(Activation):
    """The sigmoid linear unit f(x) = x·σ(x), also called swish.

    Its derivatives are f' = σ + f·(1 − σ) and f'' = σ(1 − σ)(2 + x(1 − 2σ)).
    """

    def value(self, x: Array, out: Array) -> None:
        """Write x·σ(x)."""
        expit(x, out=out)
        out *= x

    def slope(self, x: Array, out: Array) -> None:
        """Write σ + f·(1 − σ) = σ·(1 − f) + f."""
        expit(x, out=out)
        weighted = self.buffer("weighted", x.shape, x.dtype)
        np.multiply(out, self.y, out=weighted)
        out -= weighted
        out += self.y

    def curvature(self, x: Array) -> Array:
        """Compute σ(1 − σ)(2 + x(1 − 2σ))."""
        s = expit(x)
        return np.asarray(s * (1 - s) * (2 + x * (1 - 2 * s)))


class Logistic(Activation):
    """The logistic function f(x) = σ(x) = 1/(1 + e⁻ˣ).

    Its derivatives are f' = f(1 − f), at most ¼, and f'' = f(1 − f)(1 − 2f).
    """

    def value(self, x: Array, out: Array) -> None:
        """Write σ(x)."""
        expit(x, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """Write f·(1 − f)."""
        np.subtract(1.0, self.y, out=out)
        out *= self.y

    def curvature(self, x: Array) -> Array:
        """Compute f(1 − f)(1 − 2f)."""
        return np.asarray(self.y * (1 - self.y) * (1 - 2 * self.y))


class Tanh(Activation):
    """The hyperbolic tangent f(x) = tanh x, with f' = 1 − f² and f'' = −2f(1 − f²)."""

    def value(self, x: Array, out: Array) -> None:
        """Write tanh x."""
        np.tanh(x, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """Write 1 − f²."""
        np.square(self.y, out=out)
        np.subtract(1.0, out, out=out)

    def curvature(self, x: Array) -> Array:
        """Compute −2f(1 − f²)."""
        return np.asarray(-2 * self.y * (1 - self.y**2))


class Softplus(Activation):
    """The softplus f(x) = ln(1 + eˣ), a ReLU without the kink; f' = σ(x) and f'' = σ(1 − σ)."""

    def value(self, x: Array, out: Array) -> None:
        """Write ln(e⁰ + eˣ), which cannot overflow."""
        np.logaddexp(0.0, x, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """Write σ(x)."""
        expit(x, out=out)

    def curvature(self, x: Array) -> Array:
        """Compute σ(1 − σ)."""
        s = expit(x)
        return np.asarray(s * (1 - s))
