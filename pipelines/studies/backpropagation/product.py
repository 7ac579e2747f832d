"""A product of matrices, and the gradient of its input with and without the Jacobian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.layers.linear import Linear

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Product:
    """The product y = x w, the gradient of its output, and that of x found in two ways."""

    x: Array
    w: Array
    dy: Array
    dx: Array
    dx_by_jacobian: Array
    dx_by_layer: Array
    jacobian: Array


def worked_product(*, local_gradients: bool) -> Product:
    """Return the product that the study works out by hand, with its gradients."""
    x = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -1.0]])
    w = np.array([[3.0, 2.0, 1.0, -1.0], [1.0, -4.0, -2.0, 2.0], [-1.0, 4.0, 2.0, 1.0]])
    dy = np.array([[2.0, 3.0, -3.0, 9.0], [1.0, -4.0, 0.0, 2.0]])
    layer = Linear(w.shape[1])
    layer.build(w.shape[0])
    layer.weight.value[:] = w
    layer.forward(x)
    dx = through_product(dy, w if local_gradients else np.ones_like(w))
    by_jacobian = through_jacobian(dy, w)
    return Product(x, w, dy, dx, by_jacobian, layer.backward(dy), jacobian_of_product(len(x), w))


def through_product(dy: Array, w: Array) -> Array:
    """Return ∂L/∂x of y = x w, without its Jacobian."""
    return dy @ w.T


def through_jacobian(dy: Array, w: Array) -> Array:
    """Return ∂L/∂x of y = x w as Jᵀ ∂L/∂y, with all of J."""
    n_rows = len(dy)
    dx = jacobian_of_product(n_rows, w).T @ dy.ravel()
    return dx.reshape(n_rows, len(w))


def jacobian_of_product(n_rows: int, w: Array) -> Array:
    """Return ∂y/∂x of y = x w, (N·M) × (N·D): wᵀ in a block for each row, zero elsewhere."""
    n_in, n_out = w.shape
    jacobian = np.zeros((n_rows, n_out, n_rows, n_in))
    each = np.arange(n_rows)
    jacobian[each, :, each, :] = w.T
    return jacobian.reshape(n_rows * n_out, n_rows * n_in)
