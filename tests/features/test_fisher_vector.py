from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from skimage.feature import fisher_vector

from data.errors import ParameterError
from features import FisherVector
from features.words.descriptors.dense_hog import DenseHOG
from tests.features.words.learning.test_gaussian_mixture import scikit_learns


def some_images() -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 200, (12, 4, 4, 3)).repeat(4, axis=1).repeat(5, axis=2)
    return (coarse + rng.integers(0, 56, coarse.shape)).astype(np.uint8)


def small(**options: Any) -> FisherVector:
    return FisherVector(**{"n_components": 3, "n_dimensions": 8, "n_samples": 1000} | options)


@pytest.mark.parametrize("grid", [(1, 1), (2, 1)])
def test_each_cell_equals_scikit_images_improved_vector(grid: tuple[int, int]) -> None:
    images = some_images()
    fisher = small(grid=grid)
    out = fisher.fit_transform(images).reshape(12, grid[0], -1)
    model = scikit_learns(fisher.mixture_)
    for cells, described in zip(out, DenseHOG(8)(images), strict=True):
        for row, band in zip(cells, np.array_split(described, grid[0]), strict=True):
            vectors = fisher.projection_(band.reshape(-1, 36)).astype(np.float64)
            expected = fisher_vector(vectors, model, improved=True)  # type: ignore[no-untyped-call]
            np.testing.assert_allclose(row, expected, atol=2e-3)


def test_without_a_power_only_the_length_is_normalised() -> None:
    images = some_images()
    linear, rooted = small(power=1.0).fit_transform(images), small().fit_transform(images)
    np.testing.assert_allclose(np.linalg.norm(linear, axis=1), 1, atol=1e-5)
    roots = np.sign(linear) * np.sqrt(np.abs(linear))
    roots /= np.linalg.norm(roots, axis=1, keepdims=True)
    np.testing.assert_allclose(rooted, roots, atol=1e-5)


def test_names_follow_the_order_of_the_values() -> None:
    fisher = small(n_components=2, n_dimensions=3).fit(some_images())
    names = fisher.get_feature_names_out().tolist()
    assert names[:3] == ["cell_0_0_weight0", "cell_0_0_weight1", "cell_0_0_mean0_0"]
    assert names[-1] == "cell_0_0_variance1_2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_components": 0}, "n_components must be a whole number from 1 .*got 0"),
        ({"n_components": 9999}, "n_components is 9999 but there are only 1000 descriptors"),
        ({"n_components": 1, "n_samples": 1}, "got 1: take a larger n_samples, or fit"),
        ({"random_state": -1}, "random_state must be a whole number from 0 up, or"),
        ({"n_dimensions": 37}, "n_dimensions is 37 but the descriptors have 36 values"),
        ({"power": 2}, "power must be a number in .* got 2"),
        ({"power": 0}, "power must be a number in .* got 0"),
        ({"patch_size": 18}, "patch_size is 18 pixels but the images are only 16×20"),
        ({"descriptor": "sift"}, "descriptor must be one of 'patches', 'hog', got 'sift'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        small(**options).fit(some_images())


@pytest.mark.parametrize("contrast", [-1.0, float("nan")])
@pytest.mark.parametrize("descriptor", ["patches", "hog"])
def test_the_contrast_of_patches_is_checked(contrast: float, descriptor: str) -> None:
    """It is checked also where the descriptor does not need it."""
    with pytest.raises(ValueError, match="contrast must be a finite number from 0"):
        small(descriptor=descriptor, contrast=contrast).fit(some_images())


def strokes(n: int = 12, side: int = 28) -> npt.NDArray[np.uint8]:
    """Digits as they are often kept: strokes on a black ground."""
    rng = np.random.default_rng(0)
    images = np.zeros((n, side, side, 1), np.uint8)
    for image in images:
        row, column = rng.integers(6, 16, 2)
        image[row : row + 3, column - 4 : column + 8] = 255
        image[row - 5 : row + 9, column : column + 3] = rng.integers(150, 256)
    return images


def icons(n: int = 12) -> npt.NDArray[np.uint8]:
    """One colour on a white ground."""
    images = np.full((n, 24, 24, 3), 255, np.uint8)
    for i, image in enumerate(images):
        image[5 + i // 3 : 15 + i // 4, 5:18] = [(200, 0, 0), (0, 0, 200)][i % 2]
    return images


@pytest.mark.parametrize("images", [strokes(), icons()], ids=["strokes", "icons"])
@pytest.mark.parametrize(
    "options",
    [
        {"descriptor": "patches", "contrast": None},
        {"descriptor": "patches", "patch_size": 6, "stride": 2},
        {"descriptor": "hog"},
        {"descriptor": "hog", "grid": (2, 2)},
    ],
)
def test_flat_ground_leaves_it_equal_to_scikit_images(
    images: npt.NDArray[np.uint8], options: dict[str, Any]
) -> None:
    fisher = FisherVector(n_components=8, power=1.0, n_samples=5000, **options)
    out = fisher.fit_transform(images)
    model = scikit_learns(fisher.mixture_)
    assert fisher.mixture_.dtype == np.float64
    for image, row in zip(images, out, strict=True):
        (described,) = fisher._descriptor(image[None])
        for box, values in zip(fisher._boxes, row.reshape(len(fisher._boxes), -1), strict=True):
            cell = described[box.top : box.bottom, box.left : box.right]
            vectors = fisher.projection_(cell.reshape(-1, described.shape[-1]))
            expected = fisher_vector(vectors.astype(np.float64), model)  # type: ignore[no-untyped-call]
            expected /= np.linalg.norm(expected)
            np.testing.assert_allclose(values, expected, atol=2e-3)


def test_what_varies_everywhere_stays_in_float32() -> None:
    assert small().fit(some_images()).mixture_.dtype == np.float32
