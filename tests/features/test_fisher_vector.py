from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from skimage.feature import fisher_vector

from features import FisherVector
from features.words.dense_hog import DenseHOG
from tests.features.words.test_gaussian_mixture import scikit_learns


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
        ({"n_components": 0}, "n_components must be an integer of at least 1, got 0"),
        ({"n_components": 9999}, "n_components is 9999 but there are only 1000 descriptors"),
        ({"n_components": 1, "n_samples": 1}, "a mixture needs two descriptors or more, got 1"),
        ({"random_state": -1}, "random_state must be None, an integer of at least 0 or"),
        ({"n_dimensions": 37}, "n_dimensions is 37 but the descriptors have 36 values"),
        ({"power": 2}, "power must be at most 1, got 2"),
        ({"power": 0}, "power must be a number above 0, got 0"),
        ({"patch_size": 18}, "patch_size is 18 pixels but the images are only 16×20"),
        ({"descriptor": "sift"}, "descriptor must be one of 'patches', 'hog', got 'sift'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**options).fit(some_images())


@pytest.mark.parametrize("contrast", [-1.0, float("nan")])
def test_the_contrast_of_patches_is_checked(contrast: float) -> None:
    with pytest.raises(ValueError, match="contrast must be a number of at least 0"):
        small(descriptor="patches", contrast=contrast).fit(some_images())
    small(descriptor="hog", contrast=contrast).fit(some_images())
