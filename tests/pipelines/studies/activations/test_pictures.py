from __future__ import annotations

from models.layers.names import ACTIVATIONS
from pipelines.studies.activations import experiment as study
from pipelines.studies.activations.pictures import pictures


def test_the_pictures_name_all(result: study.Activations) -> None:
    drawn = pictures(result)
    for picture in drawn:
        assert all(name in picture.markup for name in ACTIVATIONS)
        assert picture.caption.endswith(".")
    assert "0 … ∞" in drawn[0].markup
