from xml.etree import ElementTree

import pytest

from pipelines.studies.space_warping.experiment import Warping
from pipelines.studies.space_warping.pictures import pictures

pytestmark = pytest.mark.slow


def test_the_pictures_say_what_they_show(small: Warping) -> None:
    drawn = pictures(small)
    assert len(drawn) == 4
    for picture in drawn:
        svg = ElementTree.fromstring(picture.markup)
        assert svg.tag == "svg"
        assert len(svg.attrib["aria-label"]) > 60
        assert picture.caption.endswith(".")


def test_a_plane_that_is_not_folded_can_be_drawn(flat: Warping) -> None:
    assert len(pictures(flat)) == 4
