from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data import DataError, Dataset, load_dataset, read_image
from data.pixels.resizing import FITS, Fit, checked_fit, resized, resized_batch
from tests.data.samples import png

# Twice as wide as high: red, green, green, blue.
FLAG = np.repeat(np.repeat(np.eye(3, dtype=np.uint8)[[0, 1, 1, 2]] * 255, 8, 0)[None], 16, 0)


def test_stretched_shows_all_of_it_and_cropped_the_middle() -> None:
    image = Image.fromarray(FLAG)
    stretched, cropped = (resized(image, (8, 8), fit) for fit in ("stretch", "crop"))
    assert stretched[4, [0, -1]].argmax(axis=1).tolist() == [0, 2]
    assert (cropped.argmax(axis=2) == 1).all()
    assert (cropped[:, 2:6] == (0, 255, 0)).all()
    whole = resized(image, (8, 16))
    assert np.array_equal(cropped, whole[:, 4:12])
    turned = resized(Image.fromarray(FLAG.swapaxes(0, 1)), (8, 8), "crop")
    assert np.array_equal(turned, cropped.swapaxes(0, 1))


def test_padded_is_all_of_it_on_black() -> None:
    padded = resized(Image.fromarray(FLAG), (8, 8), "pad")
    assert not padded[[0, 1, 6, 7]].any()
    assert padded[2:6].any(axis=2).all()
    assert np.array_equal(padded[2:6], resized(Image.fromarray(FLAG), (4, 8)))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (7, 5), (8, 12), (16, 24)])
def test_every_proportion_gets_the_size(fit: Fit, shape: tuple[int, int]) -> None:
    grey = np.full(shape, 77, np.uint8)
    found = resized(Image.fromarray(grey), (8, 12), fit)
    assert found.shape == (8, 12, 1)
    assert found.max() == 77
    if fit != "pad" or shape[0] * 12 == shape[1] * 8:
        assert found.min() == 77


@pytest.mark.parametrize("fit", FITS)
def test_files_and_arrays_are_fitted_alike(fit: Fit, tmp_path: Path) -> None:
    for part, name in (("train", "a"), ("train", "b"), ("test", "a"), ("test", "b")):
        (tmp_path / part / name).mkdir(parents=True)
        (tmp_path / part / name / "1.png").write_bytes(png(FLAG))
    expected = resized_batch(FLAG[None], (8, 8), fit)[0]
    assert np.array_equal(read_image(png(FLAG), 8, fit=fit), expected)
    assert np.array_equal(load_dataset(tmp_path, image_size=8, fit=fit).images_test[1], expected)
    given = Dataset.from_arrays(np.stack([FLAG] * 10), [0, 1] * 5, image_size=8, fit=fit)
    assert np.array_equal(given.images_train[0], expected)


def test_a_fit_is_of_a_size_and_known() -> None:
    with pytest.raises(DataError, match=r"fit='crop' says how .*--image-size"):
        load_dataset(fit="crop")
    with pytest.raises(DataError, match="'stretch', 'crop', 'pad', got 'zoom'"):
        checked_fit("zoom")
