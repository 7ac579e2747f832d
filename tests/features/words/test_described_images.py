from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features import VLAD, FisherVector
from features.words.described_images import DescribedImages
from features.words.descriptors.descriptor import make_descriptor
from features.words.learning.whitening import fit_pca

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 12, 14, 3), dtype=np.uint8)
SMALL: dict[str, Any] = {"descriptor": "patches", "patch_size": 4, "n_dimensions": 5}


def both(**options: Any) -> list[DescribedImages]:
    return [VLAD(n_words=2, **SMALL | options), FisherVector(n_components=2, **SMALL | options)]


def test_both_shorten_descriptors_by_the_components_of_all_of_them() -> None:
    vectors = make_descriptor("patches", 4, 1, 10.0)(IMAGES).reshape(-1, 48)
    expected = fit_pca(vectors, 5)
    for extractor in both():
        extractor.fit(IMAGES)
        np.testing.assert_array_equal(extractor.projection_.mean, expected.mean)
        np.testing.assert_array_equal(extractor.projection_.matrix, expected.matrix)


def test_both_take_the_same_sample() -> None:
    vlad, fisher = (extractor.fit(IMAGES).learned() for extractor in both(n_samples=50))
    np.testing.assert_array_equal(vlad["matrix"], fisher["matrix"])


def test_both_are_restored_from_components_of_their_own_shape_alone() -> None:
    for extractor in both():
        learned = extractor.fit(IMAGES).learned()
        again = type(extractor)(**extractor.get_params()).restore((12, 14, 3), learned)
        np.testing.assert_array_equal(again.transform(IMAGES), extractor.transform(IMAGES))
        with pytest.raises(ValueError, match=r"matrix must be float32 \(48, 5\), got"):
            again.restore((12, 14, 3), learned | {"matrix": learned["matrix"][:, :4]})
