from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from features import BagOfVisualWords
from features.words import pictures as drawing
from features.words.pictures import codebook_sheet, drawn_from_words
from features.words.vocabulary import Vocabulary

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 14, 12, 3), dtype=np.uint8)


def vocabulary(**options: object) -> Vocabulary:
    given = {"n_words": 6, "patch_size": 4, "n_samples": 500} | options
    return BagOfVisualWords(**given).fit(IMAGES).vocabularies_[0]  # type: ignore[arg-type]


def test_a_sheet_may_be_cut_short() -> None:
    words = vocabulary()
    whole, four = (codebook_sheet(words, 3, zoom=1, n_words=n) for n in (None, 4))
    assert whole.shape == (2 * 6 - 2, 3 * 6 - 2, 3)
    assert four.shape == (2 * 6 - 2, 2 * 6 - 2, 3)
    np.testing.assert_array_equal(four[:4, :10], whole[:4, :10])


def test_images_are_drawn_as_the_mean_of_the_words_over_each_pixel() -> None:
    words = vocabulary(stride=3, contrast=None)
    assert words.whitening is not None
    vectors = words.descriptor(IMAGES)
    n, rows, columns, _ = vectors.shape
    sums, times = np.zeros(IMAGES.shape), np.zeros(IMAGES.shape)
    inverse = np.linalg.pinv(words.whitening.matrix.astype(np.float64))
    for image in range(n):
        for i in range(rows):
            for j in range(columns):
                z = words.whitening(vectors[image, i, j][None])
                nearest = np.linalg.norm(words.words - z, axis=1).argmin()
                pixels = words.words[nearest] @ inverse + words.whitening.mean
                inside = np.s_[image, 3 * i : 3 * i + 4, 3 * j : 3 * j + 4]
                sums[inside] += pixels.reshape(4, 4, 3)
                times[inside] += 1
    for drawn, summed, counted in zip(drawn_from_words(words, IMAGES), sums, times, strict=True):
        covered = counted > 0
        mean = np.where(covered, summed / np.maximum(counted, 1), sums.sum() / times.sum())
        low, high = np.percentile(mean, [1, 99])
        expected = 255 * np.clip((mean - low) / (high - low), 0, 1)
        np.testing.assert_allclose(drawn[covered], expected[covered], atol=0.51)
        assert len(np.unique(drawn[~covered])) == 1


def test_pictures_take_no_memory_for_the_codes_of_all_positions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "_POSITIONS_AT_ONCE", 256)
    images = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3), dtype=np.uint8)
    given: dict[str, Any] = {"n_words": 512, "patch_size": 4, "codebook": "sampled"}
    bag = BagOfVisualWords(**given, encoding="two-sided").fit(images)
    codes = 45 * 45 * bag.vocabularies_[0].encoder.n_codes * 4
    tracemalloc.start()
    try:
        bag.pictures(images)
        assert tracemalloc.get_traced_memory()[1] < codes / 2
    finally:
        tracemalloc.stop()


def test_words_of_gradients_draw_no_image() -> None:
    assert drawn_from_words(vocabulary(descriptor="hog"), IMAGES) == []
