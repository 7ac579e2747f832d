from __future__ import annotations

import pytest

from pipelines.record.claims.tolerance import of_sum, standard_error, tolerance


@pytest.mark.parametrize(
    ("off_by", "seeded", "same_choice", "allowed"),
    [
        (3, False, True, True),  # a convex fit, measured between processors
        (14, False, True, False),
        (14, True, True, True),  # a network, measured between processors
        (26, True, True, True),  # and where the rounding of the code was another
        (50, True, True, False),
        (41, False, False, True),  # neighbours, where another number of them was chosen
        (60, False, False, False),
    ],
)
def test_what_was_measured_is_allowed_and_not_much_more(
    off_by: int, seeded: bool, same_choice: bool, allowed: bool
) -> None:
    most = tolerance(500, 1000, seeded=seeded, same_choice=same_choice)
    assert (off_by <= most) is allowed


def test_the_tolerance_is_in_standard_errors() -> None:
    parts = [tolerance(n // 2, n, seeded=True) / n for n in (100, 10_000)]
    assert parts[0] / parts[1] == pytest.approx(10, rel=0.05)
    # Of ten images nobody may be three away, and a tie that fell the other way is one.
    assert tolerance(5, 10, seeded=False) == 1
    assert tolerance(10, 10, seeded=False) == 1
    assert standard_error(1.0, 10) > 0


def test_what_moves_together_adds_up_and_the_rest_partly_cancels() -> None:
    assert of_sum([1.0] * 4, "abcd") == 2
    assert of_sum([1.0] * 4, "aaaa") == 4
    assert of_sum([], []) == 0
