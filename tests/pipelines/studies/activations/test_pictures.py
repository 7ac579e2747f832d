from __future__ import annotations

from models.layers.names import ACTIVATIONS
from pipelines.studies.activations import experiment as study
from pipelines.studies.activations.pictures import pictures


def test_the_pictures_name_all(result: study.Activations) -> None:
    for picture in pictures(result):
        assert all(name in picture.markup for name in ACTIVATIONS)
        assert picture.caption.endswith(".")
    assert "0 … ∞" in pictures(result)[0].markup
