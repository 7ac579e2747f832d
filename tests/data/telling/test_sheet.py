"""Images of each class as HTML."""

from __future__ import annotations

import numpy as np

from data.telling.sheet import sheet


def test_large_images_are_shrunk_to_what_is_shown() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 480, 240, 3), np.uint8)
    labels = np.array([0, 0, 1, 1])
    large = sheet(images, labels, ["cat", "dog"], side_px=48)
    small = sheet(images[:, :48, :24], labels, ["cat", "dog"], side_px=48)
    assert len(large) < 1.2 * len(small)
