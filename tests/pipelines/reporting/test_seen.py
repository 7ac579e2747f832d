"""What the pictures of features show, on images whose features are known."""

from __future__ import annotations

import numpy as np
import pytest

from features import HOG, BagOfVisualWords, ColorHistogram, RawPixels
from pipelines.reporting.pictures import sample_images
from pipelines.reporting.seen import colours_kept, feature_pictures, hog_glyphs


def random_images(n: int = 3, side: int = 16, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, side, side, channels), dtype=np.uint8)


def test_rays_lie_along_edges() -> None:
    image = np.zeros((1, 32, 32, 1), dtype=np.uint8)
    image[:, :, 20:] = 255  # an upright edge in the third column of cells
    (picture,) = hog_glyphs(HOG(orientations=8).fit(image), image)
    cells = picture.reshape(4, 28, 4, 28).astype(float)
    brightness = cells.sum(axis=(1, 3))
    assert brightness[:, 2].min() > 10 * brightness[:, [0, 3]].max()
    cell = cells[1, :, 2]
    rows, columns = np.nonzero(cell > 128)
    assert np.ptp(rows) > 2 * np.ptp(columns)
    turned = image.transpose(0, 2, 1, 3)
    (picture,) = hog_glyphs(HOG(orientations=8).fit(turned), turned)
    rows, columns = np.nonzero(picture.reshape(4, 28, 4, 28)[2, :, 1] > 128)
    assert np.ptp(columns) > 2 * np.ptp(rows)


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
    drawn, sheet = feature_pictures(words.fit(images), images[:1])
    assert np.array_equal(drawn.image > 128, images[0] > 128)
    assert sheet.image.shape == (3 * 5 - 1, 24 * 5 - 1, 1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "extractor",
    [
        HOG(pixels_per_cell=(5, 4), cells_per_block=(1, 2)),
        ColorHistogram(bins=3, grid=(2, 2), soft=True),
        BagOfVisualWords(n_words=4, patch_size=5, stride=3, n_samples=50),
        BagOfVisualWords(n_words=4, patch_size=[4, 5], whitening=None, n_samples=50),
    ],
)
@pytest.mark.filterwarnings("ignore:the last .* do not fill")
def test_pictures_of_every_known_extractor(
    extractor: HOG | ColorHistogram | BagOfVisualWords, channels: int
) -> None:
    images = random_images(channels=channels)
    before = images.copy()
    pictures = feature_pictures(extractor.fit(images), images)
    assert len(pictures) >= len(images)
    assert np.array_equal(images, before)
    again = feature_pictures(extractor, images)
    for one, other in zip(pictures, again, strict=True):
        assert np.array_equal(one.image, other.image)
        assert np.ptp(one.image) > 0


def test_nothing_for_what_is_not_known() -> None:
    images = random_images()
    assert feature_pictures(RawPixels().fit(images), images) == []
    hog_words = BagOfVisualWords(n_words=4, patch_size=8, descriptor="hog", n_samples=50)
    assert feature_pictures(hog_words.fit(images), images) == []
    assert feature_pictures(object(), images) == []


def test_samples_are_the_first_of_each_class() -> None:
    labels = np.array([2, 2, 0, 1, 0])
    assert sample_images(labels) == [2, 3, 0]
    assert sample_images(labels, 1) == [2]
