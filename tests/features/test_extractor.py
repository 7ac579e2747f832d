from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from features import (
    HOG,
    VLAD,
    BagOfVisualWords,
    ColorHistogram,
    ConvolutionalKernelNetwork,
    CoOccurrence,
    FisherVector,
    ImageExtractor,
    LocalBinaryPatterns,
    RawPixels,
)


@pytest.mark.parametrize(
    "extractor",
    [
        RawPixels(),
        ColorHistogram(),
        ColorHistogram(color_space="lab", soft=True, grid=(2, 2)),
        HOG(),
        HOG(transform_sqrt=True),
        BagOfVisualWords(n_words=256, codebook="sampled", n_samples=2000, encoding="nearest"),
        ConvolutionalKernelNetwork(n_filters=(16, 32), n_samples=2000, n_iterations=2),
        FisherVector(n_components=8, n_samples=2000, n_iterations=2),
        VLAD(n_words=8, n_samples=2000, n_iterations=2),
        LocalBinaryPatterns(radius=[1, 3], n_points=[8, 24]),
        CoOccurrence(levels=64, grid=(2, 2)),
    ],
    ids=repr,
)
@pytest.mark.parametrize("side", [32, 96])
def test_memory_is_the_output_and_a_few_tiles(extractor: ImageExtractor, side: int) -> None:
    """What is allowed beside the output does not grow with the number of images."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20 if side > 32 else 200, side, side, 3), dtype=np.uint8)
    extractor.set_params(n_jobs=2).fit(images)
    tracemalloc.start()
    try:
        out = extractor.transform(images)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < out.nbytes + 150 * 2**20


def test_options_are_stored_as_given() -> None:
    grid = [[1, 1], [2, 2]]
    histogram = ColorHistogram(grid=grid)
    histogram.fit(np.zeros((1, 4, 4, 3), dtype=np.uint8))
    assert histogram.get_params()["grid"] is grid
