"""What a run must do so that models can be saved."""

from __future__ import annotations

from pipelines.running.units import Wishes


def test_the_best_of_several_is_chosen_by_held_out_images() -> None:
    assert Wishes.of(2) == Wishes()
    assert Wishes.of(2, validated=True) == Wishes(validated=True)
    assert Wishes.of(1, best=True) == Wishes(models=True)
    assert Wishes.of(2, best=True) == Wishes(validated=True, models=True)
    assert Wishes.of(2, every=True) == Wishes(models=True)
