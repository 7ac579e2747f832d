"""What the page says and shows of an extractor is what the extractor draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features import HOG, FisherVector, Picture, RawPixels, Views
from pipelines.reporting.seen import feature_pictures
from tests.pipelines.own import Flat

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)


class Drawn(Flat):
    """A user's own transformer that draws."""

    def pictures(self, images: Any) -> list[Picture]:
        return [Picture("upside down", image[::-1]) for image in images]


def test_an_extractor_draws_its_own_pictures() -> None:
    for extractor in (HOG(), Drawn(), Views(HOG(), n_views=2)):
        drawn = feature_pictures(extractor.fit(IMAGES), IMAGES)
        assert not isinstance(drawn, str)
        for ours, its in zip(drawn, extractor.pictures(IMAGES), strict=True):
            assert ours.caption == its.caption
            assert np.array_equal(ours.image, its.image)


@pytest.mark.parametrize("extractor", [RawPixels(), FisherVector(n_components=1, n_samples=50)])
def test_an_extractor_may_say_that_it_has_none(extractor: Any) -> None:
    assert feature_pictures(extractor.fit(IMAGES), IMAGES) == []


@pytest.mark.parametrize("extractor", [Flat(), Views(Flat(), n_views=2)])
def test_for_one_that_does_not_draw_there_is_a_sentence(extractor: Any) -> None:
    said = feature_pictures(extractor.fit(IMAGES), IMAGES)
    assert said == (
        "Flat draws no pictures of what it sees; "
        "give it a method pictures(images) that returns a list of features.Picture."
    )
