from __future__ import annotations

import copy
import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from data import ParameterError
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
    Views,
)
from features.colors.color_spaces import COLOR_SPACES, ColorSpace
from features.extractor import Features, Images


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


@pytest.mark.parametrize(
    ("extractor", "change", "side"),
    [
        (ColorHistogram(), {"bins": 200}, 8),
        (ColorHistogram(grid=(4, 4)), {}, 2),
        (CoOccurrence(levels=4), {"levels": 256, "distances": list(range(1, 100))}, 8),
        (LocalBinaryPatterns(), {"n_points": 25, "method": "ror"}, 8),
        (HOG(pixels_per_cell=(4, 4)), {"cells_per_block": 3}, 8),
        (BagOfVisualWords(n_words=2, patch_size=4), {"grid": (9, 9)}, 8),
        (VLAD(n_words=2), {"grid": (9, 9)}, 8),
        (FisherVector(n_components=2), {"grid": (9, 9)}, 8),
        (ConvolutionalKernelNetwork(n_filters=(2,), subsampling=(2,)), {"whitening_size": 2}, 8),
        (Views(RawPixels(), shift=1), {"extractor": HOG(pixels_per_cell=(9, 9))}, 8),
    ],
    ids=repr,
)
def test_what_failed_to_fit_is_not_fitted(
    extractor: ImageExtractor, change: dict[str, Any], side: int
) -> None:
    extractor = clone(extractor)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    extractor.fit(images)
    check_is_fitted(extractor)
    learned = extractor.learned()
    extractor.set_params(**change)
    smaller = images[:, :side, :side]
    for again in (extractor.fit, lambda few: extractor.restore(few.shape[1:], learned)):
        with pytest.raises(ValueError, match=r".+"):
            again(smaller)
        with pytest.raises(NotFittedError):
            extractor.transform(smaller)
        with pytest.raises(NotFittedError):
            check_is_fitted(extractor)


def test_a_colour_space_of_more_channels_is_refused_until_the_next_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two = ColorSpace(
        channels=("red", "green"),
        ranges=((0, 256), (0, 256)),
        to_rgb=lambda colors: colors,
        from_rgb=lambda pixels: np.moveaxis(pixels[..., :2], -1, 0).astype(float),
    )
    monkeypatch.setitem(COLOR_SPACES, "two", two)
    images = np.full((1, 4, 4, 3), 255, np.uint8)
    histogram = ColorHistogram(color_space="two").fit(images).set_params(color_space="rgb")
    for draw in (histogram.transform, histogram.pictures, histogram.bin_of_pixels):
        with pytest.raises(ValueError, match=r"color_space was 'two' .* is 'rgb' now; fit again"):
            draw(images)


def test_equal_parameters_of_any_kind_are_the_same() -> None:
    class Scaled(RawPixels):
        def __init__(self, *, scale: Any = None, n_jobs: int | None = None) -> None:
            super().__init__(n_jobs=n_jobs)
            self.scale = scale

    images = np.zeros((1, 4, 4, 3), np.uint8)
    for scale in (0.1, [np.float64(1), (2, HOG())]):
        Scaled(scale=scale).fit(images).set_params(scale=copy.deepcopy(scale)).transform(images)
    scaled = Scaled(scale=np.ones(2)).fit(images)
    scaled.set_params(scale=np.ones(2)).transform(images)
    for other in (np.ones(3), np.zeros(2), [[1]], None):
        with pytest.raises(ValueError, match="scale was array"):
            scaled.set_params(scale=other).transform(images)
    rng = np.random.default_rng(0)
    words = BagOfVisualWords(n_words=2, random_state=rng).fit(np.zeros((1, 9, 9, 3), np.uint8))
    pickle.loads(pickle.dumps(words)).transform(np.zeros((1, 9, 9, 3), np.uint8))


def test_options_are_stored_as_given() -> None:
    grid = [[1, 1], [2, 2]]
    histogram = ColorHistogram(grid=grid)
    histogram.fit(np.zeros((1, 4, 4, 3), dtype=np.uint8))
    assert histogram.get_params()["grid"] is grid


class MeanOfChannels(ImageExtractor):
    def __init__(self, axes: tuple[int, ...]) -> None:
        self.axes = axes
        self.n_jobs = None

    def _learn(self, images: Images) -> None:
        pass

    def _features(self, images: Images) -> Features:
        means: Features = images.mean(axis=self.axes, dtype=np.float32)
        return means if len(self.axes) < 3 else means[..., None]

    def _names(self) -> list[str]:
        return ["red", "green", "blue"]


@pytest.mark.parametrize("axes", [(0, 1), (0, 1, 2), (1, 2, 3)])
def test_features_of_another_shape_are_refused_and_not_spread(axes: tuple[int, ...]) -> None:
    images = np.zeros((4, 8, 8, 3), np.uint8)
    assert MeanOfChannels((1, 2)).fit_transform(images).shape == (4, 3)
    with pytest.raises(ParameterError, match=r"_features must return an array \(\d+, 3\) for"):
        MeanOfChannels(axes).fit_transform(images)


@pytest.mark.parametrize(
    ("many", "few"),
    [
        (BagOfVisualWords(n_words=8, n_samples=500), {"n_words": 3}),
        (VLAD(n_words=8, n_samples=500), {"n_words": 3}),
        (FisherVector(n_components=8, n_samples=500), {"n_components": 3}),
    ],
    ids=repr,
)
def test_what_another_number_of_words_has_learned_is_refused(
    many: ImageExtractor, few: dict[str, int]
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    learned = clone(many).set_params(**few).fit(images).learned()
    with pytest.raises(ValueError, match="must be"):
        many.restore((16, 16, 3), learned)
