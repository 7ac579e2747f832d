"""Adam in one pass over memory, compiled by numba where that is installed.

NumPy writes every intermediate result of Adam's ten operations to memory, which takes longer
than the matrix products of the step; compiled, they take a sixth of that. The operations and
their order are those of `optimizers.Adam`, and so is every bit of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from models.layer import Array
from models.optimizers import Adam, Optimizer

Rule: TypeAlias = Callable[[Array, Array, Mapping[str, Array], float, int, Array], None]
"""What `Optimizer.update` takes and does."""


def compiled_rule(optimizer: Optimizer) -> Rule | None:
    """The optimiser's update in one pass; None where there is no compiler or no such kernel."""
    kernel = _kernels().get("adam")
    if kernel is None or not isinstance(optimizer, Adam) or type(optimizer).update != Adam.update:
        return None

    def update(
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        number = theta.dtype.type
        epsilon, rate = optimizer.scaled(learning_rate, step)
        kernel(
            theta,
            gradient,
            state["mean"],
            state["square"],
            number(optimizer.beta_1),
            number(optimizer.beta_2),
            number(epsilon),
            number(rate),
        )

    return update


def compiled_penalty() -> Callable[[Array, Array, Any], float] | None:
    """``penalty(theta, gradient, l2)``: adds l2·θ to the gradient and returns ‖θ‖²."""
    return _kernels().get("penalize")


@cache
def _kernels() -> dict[str, Any]:
    try:
        from numba import njit
    except ImportError:
        return {}

    def adam(theta, gradient, mean, square, beta_1, beta_2, epsilon, rate):  # type: ignore[no-untyped-def]
        for i in range(theta.size):
            g = gradient[i]
            m = mean[i] * beta_1 + g
            v = square[i] * beta_2 + g * g
            mean[i] = m
            square[i] = v
            theta[i] -= m / (np.sqrt(v) + epsilon) * rate

    def penalize(theta, gradient, l2):  # type: ignore[no-untyped-def]
        total = l2 - l2
        for i in range(theta.size):
            gradient[i] += theta[i] * l2
            total += theta[i] * theta[i]
        return total

    return {
        "adam": njit(adam, nogil=True, error_model="numpy"),
        # Only the sum may be reordered: nothing else here could be.
        "penalize": njit(penalize, nogil=True, error_model="numpy", fastmath={"reassoc"}),
    }
