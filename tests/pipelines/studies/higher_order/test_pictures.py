from __future__ import annotations

from xml.etree import ElementTree

import pytest

from pipelines.studies.higher_order import experiment as study
from pipelines.studies.higher_order.pictures import pictures

pytestmark = pytest.mark.slow


def test_the_pictures_say_what_they_show(result: study.CurvatureForLess) -> None:
    cost, planes, penalty = pictures(result)
    for picture in (cost, planes, penalty):
        svg = ElementTree.fromstring(picture.markup)
        assert svg.tag == "svg"
        assert len(svg.attrib["aria-label"]) > 60
        assert picture.caption.endswith(".")
        assert "mathdefault" not in picture.markup
    assert "the whole Hessian" in cost.markup
    assert f"folded by {result.penalised.folding:.0f}" in planes.markup
    assert "fresh points" in penalty.markup
