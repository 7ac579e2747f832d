"""The kernels that have a name: functions of the dot product of two rows and of their squares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.layers.layer import Array


@dataclass(frozen=True)
class Shape:
    """The numbers that the shape of a kernel depends on.

    Attributes
    ----------
    gamma : float
        What multiplies products of rows, γ.
    degree : int
        The degree of a polynomial.
    coef0 : float
        The constant of a polynomial, c.
    """

    gamma: float
    degree: int
    coef0: float


Kernel = Callable[[Array, Array, Array, Shape], Array]
"""Products (n, m) of rows, which may be overwritten, and the squares (n, 1) and (1, m) of the rows
→ the kernel (n, m)."""


def linear(products: Array, left: Array, right: Array, shape: Shape) -> Array:
    """Return ⟨x, y⟩."""
    return products


def rbf(products: Array, left: Array, right: Array, shape: Shape) -> Array:
    """Return exp(−γ ‖x − y‖²)."""
    products *= -2
    products += left
    products += right
    np.maximum(products, 0, out=products)
    products *= -shape.gamma
    return np.asarray(np.exp(products, out=products))


def polynomial(products: Array, left: Array, right: Array, shape: Shape) -> Array:
    """Return (c + γ ⟨x, y⟩)^degree."""
    products *= shape.gamma
    products += shape.coef0
    if shape.degree == 1:
        return products
    if shape.degree == 2:
        return np.square(products, out=products)
    return np.asarray(np.power(products, shape.degree, out=products))


def arc_cosine(products: Array, left: Array, right: Array, shape: Shape) -> Array:
    r"""Return γ ‖x‖ ‖y‖ (sin θ + (π − θ) cos θ)/π, where θ is the angle between x and y.

    It is that of a layer of infinitely many rectified units with random weights. (Cho and Saul,
    "Kernel methods for deep learning", NIPS 2009, equation 6.)
    """
    lengths = np.sqrt(left) * np.sqrt(right)
    cosines = np.divide(products, lengths, out=products, where=lengths > 0)
    np.clip(cosines, -1, 1, out=cosines)
    angles = np.arccos(cosines)
    cosines *= np.pi - angles
    cosines += np.sin(angles, out=angles)
    lengths *= shape.gamma / np.pi
    cosines *= lengths
    return np.asarray(cosines)


KERNELS: dict[str, Kernel] = {
    "linear": linear,
    "rbf": rbf,
    "polynomial": polynomial,
    "arc-cosine": arc_cosine,
}
