from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.exceptions import NotFittedError

from features import HOG, BagOfVisualWords, ColorHistogram
from features.explain import codebook_picture, color_picture, hog_picture, word_maps, words_picture


def edge_image() -> npt.NDArray[np.uint8]:
    """Dark on the left, light on the right, the edge within the second column of cells."""
    image = np.zeros((24, 24, 3), dtype=np.uint8)
    image[:, 12:] = 200
    return image


def bag_of(images: npt.NDArray[np.uint8], **options: Any) -> BagOfVisualWords:
    return BagOfVisualWords(**{"n_words": 6, "n_samples": 300, "n_iterations": 3} | options).fit(
        images
    )


def noise(channels: int = 3) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (5, 16, 12, channels), dtype=np.uint8)


def test_a_vertical_edge_is_a_vertical_stroke_in_its_cells() -> None:
    image = edge_image()
    picture = hog_picture(image, HOG(orientations=8).fit(image[None]), zoom=4)
    assert (picture[:96, :96] == image.repeat(4, axis=0).repeat(4, axis=1)).all()
    ink = 255 - picture[:, 98:, 0].astype(int)
    cells = ink.reshape(3, 32, 3, 32)
    assert cells[:, :, [0, 2]].sum() == 0
    # Far more ink up and down from the middle of the cell than to its left and right.
    middle = cells[1, :, 1]
    assert middle[:10, 12:20].sum() > 5 * (middle[12:20, :8].sum() + 1)


def test_bars_show_each_color_as_high_as_its_share() -> None:
    image = np.zeros((8, 8, 3), dtype=np.uint8)
    image[:2] = (250, 10, 30)
    picture = color_picture(image, ColorHistogram().fit(image[None]), zoom=3, n_bars=4)
    chart = picture[:, 26:]
    assert (chart[:, :3] == 0).all()
    second = chart[:, 3:6]
    assert (second[16:] == (250, 10, 30)).all()
    assert (second[:16] == 255).all()
    assert (chart[:, 6:] == 255).all()


@pytest.mark.parametrize("space", ["hsv", "lab"])
def test_bars_of_other_spaces_keep_the_pixels_colors(space: str) -> None:
    image = np.full((4, 4, 3), (20, 90, 160), dtype=np.uint8)
    histogram = ColorHistogram(color_space=space).fit(image[None])
    assert (color_picture(image, histogram, zoom=2)[0, -48] == (20, 90, 160)).all()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("descriptor", ["patches", "hog"])
def test_codebook_has_a_tile_for_each_word(channels: int, descriptor: str) -> None:
    bag = bag_of(noise(channels), descriptor=descriptor, patch_size=4, contrast=None)
    picture = codebook_picture(bag, zoom=5)
    assert picture.shape == (2 * 22 - 2, 3 * 22 - 2, 3)
    tiles = [picture[i : i + 20, j : j + 20] for i in (0, 22) for j in (0, 22, 44)]
    assert all(np.ptp(tile) > 0 for tile in tiles)
    assert len({tile.tobytes() for tile in tiles}) == 6


def test_words_that_were_not_learned_are_not_drawn() -> None:
    bag, image = BagOfVisualWords(), noise()[0]
    for draw in (
        codebook_picture,
        lambda b: word_maps(b, image),
        lambda b: words_picture(b, image),
    ):
        with pytest.raises(NotFittedError):
            draw(bag)


def test_words_keep_their_shape_on_the_sheet() -> None:
    bag = bag_of(noise(1), patch_size=3)
    tile = codebook_picture(bag, zoom=1)[:3, :3, 0].astype(float)
    word = bag.vocabularies_[0].words[0].reshape(3, 3)
    np.testing.assert_allclose(tile, 127.5 + 127.5 * word / np.abs(word).max(), atol=1)


@pytest.mark.parametrize("encoding", ["triangle", "two-sided", "hard"])
def test_maps_average_to_the_features(encoding: str) -> None:
    images = noise()
    bag = bag_of(images, encoding=encoding, grid=(1, 1), patch_size=[3, 4])
    maps = [word_maps(bag, images[0], size=size).mean(axis=(1, 2)) for size in (0, 1)]
    np.testing.assert_allclose(np.concatenate(maps), bag.transform(images[:1])[0], atol=1e-5)


def test_words_light_up_where_they_fire() -> None:
    image = edge_image()
    bag = bag_of(image[None], encoding="hard", n_words=2, patch_size=4, n_iterations=20)
    maps = word_maps(bag, image)
    assert (maps.sum(axis=0) == 1).all()
    picture = words_picture(bag, image, zoom=2, n_words=2)
    assert picture.shape == (48 + 2 + 8, 3 * 48 + 2 * 2, 3)
    # The white half is at full light under one word or the other, and dim under neither.
    first, second = picture[:48, 50:98], picture[:48, 100:148]
    np.testing.assert_array_equal(np.maximum(first, second)[:, 24:], 200)
    assert min(first[:, 24:].min(), second[:, 24:].min()) == 50


def test_bars_are_as_long_as_each_word_appears() -> None:
    image = edge_image()
    bag = bag_of(image[None], encoding="hard", n_words=2, patch_size=4, n_iterations=20)
    often = np.sort(word_maps(bag, image).mean(axis=(1, 2)))[::-1]
    below = words_picture(bag, image, zoom=2, n_words=2)[50:]
    first, second = (below[:, left + 10 : left + 48, 0] for left in (50, 100))
    assert (first[2:6] < 255).all()
    assert (first[[0, 1, 6, 7]] == 255).all()
    lengths = [(bar[3] < 255).sum() for bar in (first, second)]
    assert lengths == [38, round(38 * often[1] / often[0])]


def test_words_are_drawn_of_images_like_those_fitted_and_of_a_size_that_there_is() -> None:
    images = noise()
    bag = bag_of(images)
    draws: list[Callable[..., Any]] = [word_maps, words_picture]
    for draw in draws:
        with pytest.raises(ValueError, match=r"images must be \(16, 12, 3\) each, .* \(8, 12, 3\)"):
            draw(bag, images[0, ::2])
        with pytest.raises(ValueError, match="size must be a whole number from 0 to 0, got 1"):
            draw(bag, images[0], size=1)
    with pytest.raises(ValueError, match="size must be a whole number from 0 to 0, got 1"):
        codebook_picture(bag, size=1)
    for given in ({"n_words": 0}, {"n_words": -1}, {"zoom": 0}):
        with pytest.raises(ValueError, match=r"must be a whole number from 1 up"):
            codebook_picture(bag, **given)


def test_an_image_of_floats_is_drawn_as_bright_as_it_is() -> None:
    image = np.full((16, 16, 3), 128, np.uint8)
    image[:, 8:] = 255
    drawn = hog_picture(image, HOG().fit(image[None]), zoom=2)
    floats: Any = (image / np.float32(255)).astype(np.float32)
    of_floats = hog_picture(floats, HOG().fit(floats[None]), zoom=2)
    np.testing.assert_array_equal(of_floats, drawn)
