"""How numbers are written: what rounding must not say."""

from __future__ import annotations

import pytest

from pipelines.reporting.texts.numbers import at_most, percent


@pytest.mark.parametrize("digits", [0, 1, 2])
def test_only_none_and_all_are_written_as_such(digits: int) -> None:
    n = 10_000
    for k in (*range(200), *range(n - 200, n + 1)):
        written = float(percent(k / n, digits))
        assert (written == 0, written == 100) == (k == 0, k == n)
        assert abs(written - 100 * k / n) <= 0.5 * 10.0**-digits + 1e-9


def test_what_is_rounding_is_not_a_part() -> None:
    assert percent(1 - 2**-53) == "100.0"
    assert percent(1e-17) == "0.0"


def test_rounded_up_it_is_never_less_and_less_than_a_tenth_more() -> None:
    for k in range(1000):
        off = float(at_most(k / 7000)) - 100 * k / 7000
        assert -1e-9 < off < 0.1
        assert at_most(k / 1000) == f"{k / 10:.1f}"
