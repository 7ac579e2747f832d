from __future__ import annotations

from pipelines.studies.backpropagation.experiment import Backpropagation
from pipelines.studies.backpropagation.pictures import pictures


def test_the_pictures_say_what_they_show(found: Backpropagation) -> None:
    gates, product, memory = pictures(found)
    assert all(each.markup.startswith("<svg") for each in (gates, product, memory))
    assert "multiply swaps" in gates.markup
    assert "3·2 + 2·3 + 1·(−3) + (−1)·9 = 0" in product.caption
    assert "1 GiB" in memory.markup
    assert "2 PiB" in memory.caption
