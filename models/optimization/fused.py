"""Adam in one pass over memory, compiled by numba.

NumPy writes every intermediate result of Adam's ten operations to memory. That takes longer than
the matrix products of the step; compiled, the operations take a sixth of it. The operations and
their order are those of `optimizers.Adam`, and so is every bit of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from data.system.machine_code import machine_code
from models.layers.layer import Array
from models.optimization.optimizer import Optimizer
from models.optimization.optimizers import Adam

Change: TypeAlias = Callable[[Array, Array, Mapping[str, Array]], float]
"""``change(theta, gradient, state)``: adds l2·θ to the gradient, does what `Optimizer.update` does,
and returns ‖θ‖² as it was before, or 0 where l2 is 0."""

CompiledRule: TypeAlias = Callable[[float, int, float], Change]
"""``rule(learning_rate, step, l2)``: what one step does to each part of θ."""

_IN_FIRST_CACHE = 2048
"""Parameters that are read for ‖θ‖² and again for the update, from the first-level cache."""


def compiled_rule(optimizer: Optimizer, dtype: np.dtype[np.floating]) -> CompiledRule | None:
    """Return an optimiser's update in one pass; None where there is no kernel for it."""
    if not isinstance(optimizer, Adam) or type(optimizer).update != Adam.update:
        return None
    kernel = _kernel(dtype)

    def rule(learning_rate: float, step: int, l2: float) -> Change:
        epsilon, rate = optimizer.scaled(learning_rate, step)
        wanted = (optimizer.beta_1, optimizer.beta_2, epsilon, rate, l2)
        figures = [dtype.type(figure) for figure in wanted]

        def change(theta: Array, gradient: Array, state: Mapping[str, Array]) -> float:
            return kernel(theta, gradient, state["mean"], state["square"], *figures)

        return change

    return rule


@cache
def _kernel(dtype: np.dtype[np.floating]) -> Callable[..., float]:
    """Return the machine code of `step` for a dtype; it is kept on disk where that is possible."""
    from numba import types

    _make_callable()
    number = types.float32 if dtype == np.float32 else types.float64
    array = types.Array(number, 1, "C")
    signature = types.float64(*[array] * 4, *[number] * 5)
    kernel: Callable[..., float] = machine_code(step, signature)
    return kernel


@cache
def _make_callable() -> None:
    """Let `step` call the two others when it is compiled."""
    from numba.extending import register_jitable

    register_jitable(error_model="numpy")(adam)
    # Only the sum may be taken in another order, as NumPy's is; elsewhere that would change bits.
    register_jitable(fastmath={"reassoc"})(square_sum)


def adam(
    theta: Array,
    gradient: Array,
    mean: Array,
    square: Array,
    beta_1: Any,
    beta_2: Any,
    epsilon: Any,
    rate: Any,
    l2: Any,
) -> None:
    """Update parameters and moments (n,) in place."""
    for i in range(theta.size):
        g = gradient[i] + theta[i] * l2
        m = mean[i] * beta_1 + g
        v = square[i] * beta_2 + g * g
        mean[i] = m
        square[i] = v
        theta[i] -= m / (np.sqrt(v) + epsilon) * rate


def square_sum(theta: Array) -> Any:
    """Return ‖θ‖² of parameters (n,)."""
    total = theta[0] - theta[0]
    for i in range(theta.size):
        total += theta[i] * theta[i]
    return total


def step(
    theta: Array,
    gradient: Array,
    mean: Array,
    square: Array,
    beta_1: Any,
    beta_2: Any,
    epsilon: Any,
    rate: Any,
    l2: Any,
) -> float:
    """Update a part of the parameters in place; return its ‖θ‖² before, or 0 where l2 is 0."""
    total = 0.0
    for start in range(0, theta.size, _IN_FIRST_CACHE):
        part = slice(start, start + _IN_FIRST_CACHE)
        if l2 != 0:
            total += square_sum(theta[part])
        adam(
            theta[part],
            gradient[part],
            mean[part],
            square[part],
            beta_1,
            beta_2,
            epsilon,
            rate,
            l2,
        )
    return total
