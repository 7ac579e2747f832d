from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from features import RawPixels


def test_every_byte_becomes_its_share_of_255() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    out = RawPixels().fit_transform(images)
    np.testing.assert_array_equal(out, (np.arange(256, dtype=np.float32) / 255)[None])


@pytest.mark.parametrize("n", [1, 3, 200])
def test_few_and_many_images_are_divided_to_the_same_bits(n: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
    expected = images.reshape(n, -1).astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(RawPixels(n_jobs=1).fit_transform(images), expected)


def test_names_follow_the_order_of_the_values() -> None:
    images = np.zeros((1, 2, 2, 3), dtype=np.uint8)
    images[0, 1, 0, 2] = 255
    raw = RawPixels()
    out = raw.fit_transform(images)
    assert list(raw.get_feature_names_out()[out[0] > 0]) == ["row1_column0_blue"]
    raw.fit(images[..., :1])
    assert raw.get_feature_names_out()[1] == "row0_column1_grey"


def test_a_subclass_with_features_of_its_own_has_these() -> None:
    class Halved(RawPixels):
        def _features(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            return super()._features(images) * np.float32(0.5)

    images = np.full((3, 8, 8, 3), 255, np.uint8)
    np.testing.assert_array_equal(
        Halved().fit_transform(images), np.full((3, 192), 0.5, np.float32)
    )
