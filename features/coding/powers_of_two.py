"""Powers of two in float32, by a polynomial: many times as fast as `exp`, and in loops of vectors.

The power of x is 2^n · 2^p, with a whole number n and a part p from -1/2 to 1/2. The polynomial
gives 2^p, and 2^n is a number whose bits are known.
"""

from __future__ import annotations

import numpy as np

# The polynomial that is nearest to 2^x from -1/2 to 1/2, least squares of its relative error, which
# is below 1e-7.
_FACTORS = tuple(
    np.float32(x)
    for x in (1.00000007, 0.69314695, 0.24022122, 0.05550743, 0.00967546, 0.00132669704)
)

LOG2_E = np.float32(1.442695)
"""The power of two with exponent x · log2(e) is exp(x)."""

# Below, a power of two is no normal number.
_LEAST_EXPONENT = np.float32(-126)


def power_of_two(exponent: np.float32) -> tuple[np.float32, np.float32]:
    """Return 2^p and 2^n, whose product is 2^x, right to 3e-7 of itself.

    Where x is below -126.5, 2^n is zero. They are two numbers because a caller may have a factor,
    which goes to 2^n first: then not even the smallest numbers lose a digit twice.

    Parameters
    ----------
    exponent : float32
        The exponent x, below 127.5.

    Examples
    --------
    >>> part, whole = power_of_two(np.float32(-3))
    >>> print(part, whole)
    1.0000001 0.125
    """
    whole = np.floor(exponent + np.float32(0.5))
    part = exponent - whole
    power = _FACTORS[5]
    power = power * part + _FACTORS[4]
    power = power * part + _FACTORS[3]
    power = power * part + _FACTORS[2]
    power = power * part + _FACTORS[1]
    power = power * part + _FACTORS[0]
    # The bits of 2^n, for a whole number n, are those of (n + 127) · 2^23 as an integer.
    bits = np.int32((max(whole, _LEAST_EXPONENT) + np.float32(127)) * np.float32(2**23))
    scale = bits.view(np.float32)
    return power, scale if whole >= _LEAST_EXPONENT else np.float32(0)


HELPERS = (power_of_two,)
