"""Schedules: where they start, peak and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.optimization.schedules import (
    Constant,
    Cosine,
    InverseScaling,
    OneCycle,
    Recorded,
    Schedule,
    Step,
)

ALL: list[Schedule] = [
    Constant(),
    InverseScaling(100),
    Step(),
    Cosine(),
    Cosine(3),
    OneCycle(),
    Recorded((1.0, 0.5)),
]


@pytest.mark.parametrize("schedule", ALL, ids=repr)
@given(done=st.floats(0, 1), n_epochs=st.integers(1, 500))
def test_factors_are_parts_of_one(schedule: Schedule, done: float, n_epochs: int) -> None:
    assert 0 <= schedule(done * n_epochs, n_epochs) <= 1


def test_their_shapes() -> None:
    assert [Step()(e, 8) for e in (0, 3.9, 4, 6)] == pytest.approx([1, 1, 0.1, 0.01])
    assert [Cosine()(e, 8) for e in (0, 4, 8)] == pytest.approx([1, 0.5, 0])
    assert [Cosine(2)(e, 10) for e in (0, 1, 2, 6, 10)] == pytest.approx([0, 0.5, 1, 0.5, 0])
    assert [OneCycle()(e, 10) for e in (0, 3, 10)] == pytest.approx([0.04, 1, 0])
    assert [InverseScaling(99)(e, 9) for e in (0, 0.9, 1)] == pytest.approx([1, 1, 0.1])
    assert [Recorded((1.0, 0.2))(e, 9) for e in (0, 1.5, 7)] == [1.0, 0.2, 0.2]
