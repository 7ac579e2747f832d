"""The scale that intervals are drawn on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.reporting.figures.scale import Scale


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=6))
def test_scale_holds_all_values_with_few_round_ticks(values: list[float]) -> None:
    scale = Scale.over(values)
    assert all(0 <= scale.at(value) <= 100 for value in values)
    assert 2 <= len(scale.ticks) <= 7
    assert scale.at(scale.ticks[0]) == 0
    assert scale.at(scale.ticks[-1]) == 100


def test_scale_by_hand() -> None:
    scale = Scale.over([21.5, 76.1])
    assert scale.ticks == (20, 40, 60, 80)
    assert scale.at(50) == 50


def test_scale_of_one_value_has_ticks_that_read_differently() -> None:
    scale = Scale.over([50.0])
    assert len({f"{tick:g}" for tick in scale.ticks}) == len(scale.ticks) >= 2
    assert scale.at(50.0) == 50.0


def test_scale_of_nothing_still_is_one() -> None:
    assert Scale.over([]).ticks[0] == 0.0
