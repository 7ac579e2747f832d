from __future__ import annotations

from pipelines.studies.twenty_lines.experiment import TwoDescents
from pipelines.studies.twenty_lines.pictures import pictures

SIZE = 0.1


def test_the_picture_shows_both(found: TwoDescents) -> None:
    (picture,) = pictures(found)
    assert picture.markup.startswith("<svg")
    assert "the loop" in picture.markup
    assert "the layers" in picture.markup
    assert "mathdefault" not in picture.markup
    assert picture.caption
