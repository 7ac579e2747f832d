from __future__ import annotations

import numpy as np
import pytest

from features.coding.exponentials import kernel_codes
from features.coding.powers_of_two import LOG2_E, power_of_two
from features.extraction.compiled import compiled

SMALLEST = 2.0**-149


def test_powers_are_right_over_the_whole_range() -> None:
    exponents = np.linspace(-126.499, 127.4, 2001, dtype=np.float32)
    pairs = [power_of_two(x) for x in exponents]
    exact = np.exp2(exponents.astype(np.float64))
    found = [float(part) * float(scale) for part, scale in pairs]
    np.testing.assert_allclose(found, exact, rtol=3e-7)
    assert all(np.frexp(scale)[0] == 0.5 for _, scale in pairs)


@pytest.mark.parametrize(
    ("exponent", "is_zero"),
    [(-126, False), (-126.5, False), (-126.50001, True), (-127, True), (-300, True), (-1e30, True)],
)
def test_what_is_too_small_is_zero_and_no_wrapped_exponent(exponent: float, is_zero: bool) -> None:
    part, scale = power_of_two(np.float32(exponent))
    assert scale == (0 if is_zero else np.float32(2.0**-126))
    assert 0.7 < part < 1.5


@pytest.mark.parametrize("length", [1, 0.37, 7])
def test_machine_code_near_the_smallest_numbers(length: float) -> None:
    """From normal numbers through the smallest ones down to zero, and with a factor."""
    exponents = np.linspace(-85, -91, 2000).reshape(-1, 16)
    # The codes are length · exp((v / length - 1) · scale).
    products = ((exponents + 1) * length).astype(np.float32)
    lengths = np.full(len(products), length, dtype=np.float32)
    codes = products.copy()
    compiled(kernel_codes)(codes, lengths, np.float32(1))
    given = products * (LOG2_E / lengths[0]) - LOG2_E
    exact = length * np.exp2(given.astype(np.float64))
    # An exponent may be rounded otherwise there, and so be next to the edge on its other side.
    away = np.abs(given + 126.5) > 2e-5
    exact[given < -126.5] = 0
    np.testing.assert_allclose(codes[away], exact[away], rtol=2e-5, atol=SMALLEST)
    assert (codes >= 0).all()
    assert ((codes > 0) & (codes < 2.0**-126)).any() == (length <= 1)
    assert (codes == 0).any()
