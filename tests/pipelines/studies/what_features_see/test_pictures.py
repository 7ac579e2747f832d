from __future__ import annotations

from pipelines.studies.what_features_see.changes import SHUFFLED
from pipelines.studies.what_features_see.experiment import (
    EDGES,
    WhatFeaturesSee,
)
from pipelines.studies.what_features_see.pictures import pictures


def test_the_pictures_say_what_they_show(seen: WhatFeaturesSee) -> None:
    changes, movement, accuracy, words = pictures(seen)
    assert changes.markup.count("<image") == 4
    assert "patches moved" in changes.markup
    assert f"HoG: pixels shuffled {seen.change[EDGES, SHUFFLED]:.2f}" in movement.markup
    assert "colours rotated" in movement.markup
    assert f"pixels shuffled {100 * seen.accuracy[EDGES, SHUFFLED]:.0f}" in accuracy.markup
    assert words.markup.count("<image") == 2
