"""A study holds everything about itself, and what it holds may be imported late."""

from __future__ import annotations

import sys

import pytest

from pipelines.studies.study import Deferred


def test_a_deferred_function_is_imported_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    deferred = Deferred("colorsys:rgb_to_hsv")
    assert "colorsys" not in sys.modules
    assert deferred(0.5, g=0.5, b=0.5) == (0.0, 0.0, 0.5)
    assert "colorsys" in sys.modules


@pytest.mark.parametrize(
    ("place", "error"),
    [("pipelines.studies.gone:run", ModuleNotFoundError), ("json:gone", AttributeError)],
)
def test_what_is_not_there_is_said_when_it_is_called(place: str, error: type[Exception]) -> None:
    deferred = Deferred(place)
    with pytest.raises(error, match="gone"):
        deferred()
