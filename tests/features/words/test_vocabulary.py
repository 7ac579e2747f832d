from __future__ import annotations

import numpy as np

from features import BagOfVisualWords

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 14, 12, 3), dtype=np.uint8)


def test_a_bag_is_its_vocabularies_side_by_side() -> None:
    bag = BagOfVisualWords(n_words=5, patch_size=[4, 6], n_samples=400, encoding="two-sided")
    out = bag.fit_transform(IMAGES)
    first, second = bag.vocabularies_
    np.testing.assert_array_equal(
        out, np.concatenate([first.features(IMAGES), second.features(IMAGES)], axis=1)
    )
    assert len(first.names()) == out.shape[1] / 2
    names = [f"size4_{name}" for name in first.names()]
    names += [f"size6_{name}" for name in second.names()]
    assert names == bag.get_feature_names_out().tolist()
