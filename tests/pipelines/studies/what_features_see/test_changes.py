from __future__ import annotations

import numpy as np

from pipelines.studies.what_features_see.changes import CHANGES, MOVED, ROTATED, SHUFFLED


def test_the_changes_keep_what_they_say() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 24, 16, 3), dtype=np.uint8)
    shuffled, rotated, moved = (CHANGES[name](images, rng) for name in (SHUFFLED, ROTATED, MOVED))

    def sorted_rows(pixels: np.ndarray) -> list[tuple[int, ...]]:
        return sorted(map(tuple, pixels.reshape(-1, pixels.shape[-1]).tolist()))

    def patches(image: np.ndarray) -> np.ndarray:
        squares = [image[r : r + 4, c : c + 4] for r in range(0, 24, 4) for c in range(0, 16, 4)]
        return np.array([square.ravel() for square in squares])

    for before, after in zip(images, shuffled, strict=True):
        assert sorted_rows(before) == sorted_rows(after)
        assert not np.array_equal(before, after)
    for before, after in zip(images, moved, strict=True):
        assert sorted_rows(patches(before)) == sorted_rows(patches(after))
        assert not np.array_equal(before, after)
    assert np.array_equal(rotated[..., 1], images[..., 0])
