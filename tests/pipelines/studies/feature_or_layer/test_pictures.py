from __future__ import annotations

import pytest

from pipelines.studies.feature_or_layer.experiment import (
    BOTH,
    DESIGN,
    FeatureOrLayer,
)
from pipelines.studies.feature_or_layer.pictures import pictures

pytestmark = pytest.mark.slow


def test_the_picture_says_what_it_shows(curves: FeatureOrLayer) -> None:
    (picture,) = pictures(curves)
    at = curves.crossing(BOTH, DESIGN)
    assert f"{BOTH} overtakes {DESIGN} at {at:,.0f} images" in picture.markup
    assert f">{at:,.0f} images<" in picture.markup
    assert "Rings" in picture.caption
