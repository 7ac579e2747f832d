from __future__ import annotations

import tracemalloc

import numpy as np

from features.words.descriptors.patches import Patches
from features.words.descriptors.sampling import sample_descriptors


def numbered_images(n: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Each image has its number in the first channel, its rows and columns in the others."""
    images = np.zeros((n, 6, 6, 3), dtype=np.uint8)
    images[..., 0] = np.arange(n)[:, None, None]
    images[..., 1] = np.arange(6)[:, None]
    images[..., 2] = np.arange(6)
    return images


def test_all_descriptors_come_when_there_are_few() -> None:
    images = numbered_images(3)
    patches = Patches(5, contrast=None)
    out = sample_descriptors(images, patches, 1000, np.random.default_rng(0))
    np.testing.assert_array_equal(out, patches(images).reshape(-1, 75))


def test_samples_are_distinct_and_spread_evenly() -> None:
    images = numbered_images(200)
    out = sample_descriptors(images, Patches(1, contrast=None), 3600, np.random.default_rng(0))
    assert out.shape == (3600, 3)
    assert len(np.unique(out, axis=0)) == 3600
    # Half of all positions: every image about 18 times, every row about 600 times.
    for column, n_values, expected in ((0, 200, 18), (1, 6, 600), (2, 6, 600)):
        counts = np.bincount(out[:, column].astype(int), minlength=n_values)
        assert len(counts) == n_values
        assert np.abs(counts - expected).max() < 5 * np.sqrt(expected / 2) + 1


def test_seed_decides_and_threads_do_not() -> None:
    images = numbered_images(150)

    def draw(seed: int, n_jobs: int) -> object:
        rng = np.random.default_rng(seed)
        return sample_descriptors(images, Patches(3), 500, rng, n_jobs=n_jobs).tolist()

    assert draw(1, 1) == draw(1, 2)
    assert draw(1, 1) != draw(2, 1)


def test_memory_does_not_grow_with_the_number_of_larger_images() -> None:
    """A thread holds the descriptors of few images at a time."""
    images = np.zeros((40, 96, 96, 3), dtype=np.uint8)
    patches = Patches(8)  # all of one image: 6 MB
    tracemalloc.start()
    try:
        sample_descriptors(images, patches, 2000, np.random.default_rng(0), n_jobs=2)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100e6
