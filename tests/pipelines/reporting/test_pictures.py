"""Pictures as data URIs, and the images that a cell is most sure about and wrong."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipelines.reporting.examples import Examples
from pipelines.reporting.pictures import confidently_wrong, png_uri, sample_images

CELL = ("hog", "mlp")


def decoded(uri: str) -> np.ndarray:
    head, data = uri.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(data))))


def examples(n_cells: int = 1) -> Examples:
    labels = np.zeros(30, dtype=np.int64)
    predicted = np.arange(30) % 3
    confidence = np.linspace(0.1, 0.9, 30)
    names = [CELL, *((f"f{i}", "m") for i in range(n_cells - 1))]
    return Examples(
        images=np.arange(30, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8),
        labels=labels,
        predictions=dict.fromkeys(names, predicted),
        confidences=dict.fromkeys(names, confidence),
    )


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3)])
def test_pixels_survive(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    grey = shape[-1] == 1
    assert np.array_equal(decoded(png_uri(image)), image[..., 0] if grey else image)


def test_large_images_shrink() -> None:
    image = np.zeros((100, 50, 3), dtype=np.uint8)
    assert decoded(png_uri(image, largest_px=48)).shape == (48, 24, 3)


def test_the_surest_mistakes_come_first() -> None:
    found = confidently_wrong(examples(), CELL)
    assert [w.index for w in found] == [29, 28, 26, 25, 23, 22, 20, 19, 17, 16, 14, 13]
    assert all(w.true == 0 != w.predicted for w in found)
    assert [w.confidence for w in found] == sorted((w.confidence for w in found), reverse=True)
    assert (decoded(found[0].uri) == 29).all()


def test_more_cells_show_fewer_images() -> None:
    assert len(confidently_wrong(examples(20), CELL)) == 8
    assert len(confidently_wrong(examples(100), CELL)) == 4


def test_cells_without_confidences_show_none() -> None:
    assert confidently_wrong(examples(), ("not", "there")) == []


def test_examples_that_do_not_fit_are_refused() -> None:
    good = examples()
    with pytest.raises(ValueError, match=r"images must be uint8 .* got float64"):
        Examples(images=np.zeros((3, 4, 4, 3)), labels=np.zeros(3, np.int64))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"labels must be \(30,\), got \(3,\)"):
        Examples(images=good.images, labels=np.zeros(3, np.int64))
    with pytest.raises(ValueError, match=r"predictions of hog \+ mlp must be .*, got \(2, 30\)"):
        Examples(good.images, good.labels, {CELL: np.zeros((2, 30), np.int64)})


def test_samples_are_the_first_of_each_class() -> None:
    labels = np.array([2, 2, 0, 1, 0])
    assert sample_images(labels) == [2, 3, 0]
    assert sample_images(labels, 1) == [2]
