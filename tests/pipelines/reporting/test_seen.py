"""What the pictures of features show, on images whose features are known."""

from __future__ import annotations

import numpy as np
import pytest

from features import HOG, BagOfVisualWords, ColorHistogram, RawPixels
from pipelines.reporting.pictures import sample_images
from pipelines.reporting.seen import colours_kept, feature_pictures


def random_images(n: int = 3, side: int = 16, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, side, side, channels), dtype=np.uint8)


def test_glyphs_stand_alone_and_show_the_edge() -> None:
    image = np.zeros((1, 32, 32, 1), dtype=np.uint8)
    image[:, :, 20:] = 255  # an upright edge in the third column of cells
    (picture,) = feature_pictures(HOG(orientations=8).fit(image), image)
    assert picture.image.shape == (128, 128, 3)
    cells = picture.image[..., 0].reshape(4, 32, 4, 32)
    dark = (cells < 128).sum(axis=(1, 3))
    assert dark[:, 2].min() > 20
    assert dark[:, [0, 3]].max() == 0


def test_colours_keep_their_share_and_lose_their_place() -> None:
    image = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    image[:, ::2, :, 0] = 255  # every other row red
    (picture,) = colours_kept(ColorHistogram(bins=2).fit(image), image)
    found, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    assert found.tolist() == [[64, 64, 64], [192, 64, 64]]
    assert counts.tolist() == [32, 32]
    assert len(np.unique(picture[:4].reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("norm", ["l1", "hellinger"])
@pytest.mark.parametrize("space", ["rgb", "hsv", "lab"])
def test_flat_colour_stays_about_what_it_is(space: str, norm: str) -> None:
    image = np.full((1, 6, 6, 3), (200, 90, 40), dtype=np.uint8)
    extractor = ColorHistogram(bins=32, color_space=space, norm=norm, grid=[(1, 1), (2, 3)])
    (picture,) = colours_kept(extractor.fit(image), image)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 1
    assert np.abs(picture[0, 0].astype(int) - (200, 90, 40)).max() < 16


def test_words_draw_what_a_patch_looks_like() -> None:
    rng = np.random.default_rng(1)
    ground = rng.integers(0, 2, (20, 4, 4, 1)) * 255
    images = np.repeat(np.repeat(ground, 4, axis=1), 4, axis=2).astype(np.uint8)
    words = BagOfVisualWords(
        n_words=64, patch_size=4, stride=4, contrast=None, whitening=None, n_samples=400
    )
    drawn, where, sheet = feature_pictures(words.fit(images), images[:1])
    assert np.array_equal(drawn.image > 128, images[0] > 128)
    assert where.image.shape[1] > 2 * where.image.shape[0]
    assert sheet.image.shape == (8 * 10 - 2, 8 * 10 - 2, 3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "extractor",
    [
        HOG(pixels_per_cell=(5, 4), cells_per_block=(1, 2)),
        ColorHistogram(bins=3, grid=(2, 2), soft=True),
        BagOfVisualWords(n_words=4, patch_size=5, stride=3, n_samples=50),
        BagOfVisualWords(n_words=4, patch_size=[4, 5], whitening=None, n_samples=50),
        BagOfVisualWords(n_words=4, patch_size=8, stride=2, descriptor="hog", n_samples=50),
    ],
)
@pytest.mark.filterwarnings("ignore:the last .* do not fill")
def test_pictures_of_every_known_extractor(
    extractor: HOG | ColorHistogram | BagOfVisualWords, channels: int
) -> None:
    images = random_images(channels=channels)
    before = images.copy()
    pictures = feature_pictures(extractor.fit(images), images)
    assert len(pictures) >= 3
    assert np.array_equal(images, before)
    again = feature_pictures(extractor, images)
    for one, other in zip(pictures, again, strict=True):
        assert np.array_equal(one.image, other.image)
        assert np.ptp(one.image) > 0


def test_nothing_for_what_is_not_known() -> None:
    images = random_images()
    assert feature_pictures(RawPixels().fit(images), images) == []
    assert feature_pictures(object(), images) == []


def test_samples_are_the_first_of_each_class() -> None:
    labels = np.array([2, 2, 0, 1, 0])
    assert sample_images(labels) == [2, 3, 0]
    assert sample_images(labels, 1) == [2]
