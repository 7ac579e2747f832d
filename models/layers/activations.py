"""Activations: without a bend between them, two linear layers are one."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from scipy.special import erf, expit

from models.layers.layer import Array, Layer


class Activation(Layer):
    r"""An elementwise function, :math:`y_{ij} = f(x_{ij})`.

    Its Jacobian is diagonal, so the chain rule is a product:
    :math:`dx = f'(x)\,dy`, and once more for second derivatives:
    :math:`\dot y = f'\dot x`, :math:`d\dot x = f' d\dot y + f''\dot x\,dy`.

    A new one writes three functions; the last serves second derivatives only. ``self.x`` and
    ``self.y`` hold the latest input and output.
    """

    def value(self, x: Array, out: Array) -> None:
        """Write f(x)."""
        raise NotImplementedError

    def slope(self, x: Array, out: Array) -> None:
        """Write f'(x)."""
        raise NotImplementedError

    def curvature(self, x: Array) -> Array | float:
        """Return f''(x); zero wherever f is straight."""
        return 0.0

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Y = f(x)."""
        self.x = x
        self.y = self.buffer("y", x.shape, x.dtype)
        self.value(x, self.y)
        return self.y

    def backward(self, dy: Array) -> Array:
        """Dx = f'(x) dy."""
        self.dy = dy
        dx = self.buffer("dx", dy.shape, dy.dtype)
        self.slope(self.x, dx)
        dx *= dy
        return dx

    def forward_tangent(self, x_dot: Array) -> Array:
        """Ẏ = f'(x) ẋ."""
        self.x_dot = x_dot
        self.f_prime = np.empty_like(self.x)
        self.slope(self.x, self.f_prime)
        return np.asarray(self.f_prime * x_dot)

    def backward_tangent(self, dy_dot: Array) -> Array:
        """f'(x) dẏ + f''(x) ẋ dy."""
        return np.asarray(self.f_prime * dy_dot + self.curvature(self.x) * self.x_dot * self.dy)


class Identity(Activation):
    """f(x) = x, f' = 1."""

    def value(self, x: Array, out: Array) -> None:
        """X."""
        np.copyto(out, x)

    def slope(self, x: Array, out: Array) -> None:
        """One."""
        out.fill(1.0)


class ReLU(Activation):
    """f(x) = max(x, 0), f' = 1 for x > 0, else 0. The gradient passes or stops."""

    def value(self, x: Array, out: Array) -> None:
        """The positive part."""
        np.maximum(x, 0, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """[x > 0], read off y ≥ 0, whose sign is 0 or 1."""
        np.sign(self.y, out=out)

    def branch(self) -> Array:
        """The sign of x."""
        return np.asarray(self.x > 0)


class LeakyReLU(Activation):
    """f(x) = max(x, a·x), f' = 1 for x > 0, else a: no unit is ever quite dead."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def value(self, x: Array, out: Array) -> None:
        """X, or a·x where x is negative."""
        np.multiply(x, self.negative_slope, out=out)
        np.maximum(x, out, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """1 or a."""
        np.greater(x, 0, out=out)
        out *= 1.0 - self.negative_slope
        out += self.negative_slope

    def branch(self) -> Array:
        """The sign of x."""
        return np.asarray(self.x > 0)


class ELU(Activation):
    """f(x) = x for x > 0, else a(eˣ − 1); f' = 1 or a·eˣ = f + a; f'' = 0 or a·eˣ."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def value(self, x: Array, out: Array) -> None:
        """max(x, 0) + a(e^min(x, 0) − 1)."""
        np.minimum(x, 0, out=out)
        np.expm1(out, out=out)
        out *= self.alpha
        np.add(out, x, out=out, where=self._positive(x))

    def slope(self, x: Array, out: Array) -> None:
        """1 or f + a."""
        np.add(self.y, self.alpha, out=out)
        np.copyto(out, 1.0, where=self._positive(x))

    def curvature(self, x: Array) -> Array:
        """0 or a·eˣ."""
        return np.where(x > 0, 0.0, self.alpha * np.exp(np.minimum(x, 0)))

    def _positive(self, x: Array) -> Array:
        return np.greater(x, 0, out=self.buffer("positive", x.shape, bool))

    def branch(self) -> Array:
        """The sign of x."""
        return np.asarray(self.x > 0)


class GELU(Activation):
    """f(x) = x·Φ(x) with the normal law Φ; f' = Φ + x·φ; f'' = φ·(2 − x²). (Hendrycks 2016.)"""

    def value(self, x: Array, out: Array) -> None:
        """X·½(1 + erf(x/√2))."""
        self._cumulative(x, out)
        out *= x

    def slope(self, x: Array, out: Array) -> None:
        """Φ(x) + x·φ(x)."""
        np.square(x, out=out)
        out *= -0.5
        np.exp(out, out=out)
        out *= 1 / sqrt(2 * pi)
        out *= x
        cumulative = self.buffer("cumulative", x.shape, x.dtype)
        self._cumulative(x, cumulative)
        out += cumulative

    def curvature(self, x: Array) -> Array:
        """φ(x)(2 − x²)."""
        return np.asarray(np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi) * (2 - x**2))

    @staticmethod
    def _cumulative(x: Array, out: Array) -> None:
        np.multiply(x, sqrt(0.5), out=out)
        erf(out, out=out)
        out += 1.0
        out *= 0.5


class SiLU(Activation):
    """f(x) = x·σ(x); f' = σ + f·(1 − σ); f'' = σ(1 − σ)(2 + x(1 − 2σ)). Also called swish."""

    def value(self, x: Array, out: Array) -> None:
        """X·σ(x)."""
        expit(x, out=out)
        out *= x

    def slope(self, x: Array, out: Array) -> None:
        """σ + f·(1 − σ) = σ·(1 − f) + f."""
        expit(x, out=out)
        weighted = self.buffer("weighted", x.shape, x.dtype)
        np.multiply(out, self.y, out=weighted)
        out -= weighted
        out += self.y

    def curvature(self, x: Array) -> Array:
        """σ(1 − σ)(2 + x(1 − 2σ))."""
        s = expit(x)
        return np.asarray(s * (1 - s) * (2 + x * (1 - 2 * s)))


class Logistic(Activation):
    """f(x) = σ(x) = 1/(1 + e⁻ˣ); f' = f(1 − f), at most ¼; f'' = f(1 − f)(1 − 2f)."""

    def value(self, x: Array, out: Array) -> None:
        """σ(x)."""
        expit(x, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """f·(1 − f)."""
        np.subtract(1.0, self.y, out=out)
        out *= self.y

    def curvature(self, x: Array) -> Array:
        """f(1 − f)(1 − 2f)."""
        return np.asarray(self.y * (1 - self.y) * (1 - 2 * self.y))


class Tanh(Activation):
    """f(x) = tanh x; f' = 1 − f²; f'' = −2f(1 − f²)."""

    def value(self, x: Array, out: Array) -> None:
        """Tanh x."""
        np.tanh(x, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """1 − f²."""
        np.square(self.y, out=out)
        np.subtract(1.0, out, out=out)

    def curvature(self, x: Array) -> Array:
        """−2f(1 − f²)."""
        return np.asarray(-2 * self.y * (1 - self.y**2))


class Softplus(Activation):
    """f(x) = ln(1 + eˣ), a ReLU without the kink; f' = σ(x); f'' = σ(1 − σ)."""

    def value(self, x: Array, out: Array) -> None:
        """ln(e⁰ + eˣ), which cannot overflow."""
        np.logaddexp(0.0, x, out=out)

    def slope(self, x: Array, out: Array) -> None:
        """σ(x)."""
        expit(x, out=out)

    def curvature(self, x: Array) -> Array:
        """σ(1 − σ)."""
        s = expit(x)
        return np.asarray(s * (1 - s))
