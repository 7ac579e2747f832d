from xml.etree import ElementTree

from pipelines.studies.universal_approximation.experiment import (
    Approximation,
)
from pipelines.studies.universal_approximation.pictures import pictures


def test_the_pictures_say_what_they_show(small: Approximation) -> None:
    drawn = pictures(small)
    assert len(drawn) == 4
    for picture in drawn:
        svg = ElementTree.fromstring(picture.markup)
        assert svg.tag == "svg"
        assert len(svg.attrib["aria-label"]) > 60
        assert picture.caption.endswith(".")
