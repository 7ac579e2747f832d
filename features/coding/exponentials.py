"""Codes of a convolutional kernel network: how near a patch's direction is to each filter."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.powers_of_two import LOG2_E, power_of_two

Vectors = npt.NDArray[np.float32]


def kernel_codes(products: Vectors, lengths: Vectors, scale: np.float32) -> None:
    """Replace the products of x and filters w by ‖x‖·exp((w·x/‖x‖ - 1)·scale).

    Parameters
    ----------
    products : (n, k), overwritten
    lengths : (n,), the ‖x‖; a vector of no length has no codes
    scale : 1/σ²
    """
    zero = np.float32(0)
    unit = scale * LOG2_E
    for row in range(len(products)):
        length = lengths[row]
        here = products[row]
        by = unit / length if length > zero else zero
        for i in range(len(here)):
            power, scale = power_of_two(here[i] * by - unit)
            here[i] = power * (scale * length)


HELPERS = ()


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    return {
        kernel_codes: (
            types.Array(types.float32, 2, "C"),
            types.Array(types.float32, 1, "C", readonly=True),
            types.float32,
        )
    }
