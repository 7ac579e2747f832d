"""Codes of a convolutional kernel network: how near a patch's direction is to each filter."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.distances import _LEAST_EXPONENT, _LOG2_E, _POWERS

Vectors = npt.NDArray[np.float32]


def kernel_codes(products: Vectors, lengths: Vectors, scale: np.float32) -> None:
    """Replace the products of x and filters w by ‖x‖·exp((w·x/‖x‖ - 1)·scale).

    Parameters
    ----------
    products : (n, k), overwritten
    lengths : (n,), the ‖x‖; a vector of no length has no codes
    scale : 1/σ²
    """
    zero, half = np.float32(0), np.float32(0.5)
    unit = scale * _LOG2_E
    for row in range(len(products)):
        length = lengths[row]
        here = products[row]
        by = unit / length if length > zero else zero
        for i in range(len(here)):
            exponent = here[i] * by - unit
            whole = np.floor(exponent + half)
            part = exponent - whole
            power = _POWERS[5]
            power = power * part + _POWERS[4]
            power = power * part + _POWERS[3]
            power = power * part + _POWERS[2]
            power = power * part + _POWERS[1]
            power = power * part + _POWERS[0]
            # The bits of 2^n, for a whole number n, are those of (n + 127) · 2^23 as an integer.
            bits = np.int32((max(whole, _LEAST_EXPONENT) + np.float32(127)) * np.float32(2**23))
            power *= bits.view(np.float32) * length
            here[i] = power if whole >= _LEAST_EXPONENT else zero


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
