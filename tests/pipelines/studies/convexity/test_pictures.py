from __future__ import annotations

from pipelines.studies.convexity import experiment as study
from pipelines.studies.convexity.pictures import pictures


def test_the_picture_names_both(result: study.Valleys) -> None:
    (picture,) = pictures(result)
    assert "linear: random secants" in picture.markup
    assert "network: between solutions" in picture.markup
    assert f"all end in {result.ends.mean():.3f}" in picture.markup
