from __future__ import annotations

import numpy as np
import pytest

from features.kernels.patches import patches_of
from features.kernels.whitened_images import fit_whitened_images

COARSE = (
    np.random.default_rng(0).integers(0, 200, (300, 6, 6, 3)).repeat(2, axis=1).repeat(2, axis=2)
)
IMAGES = COARSE.astype(np.uint8)


def test_neighbours_are_less_alike() -> None:
    rng = np.random.default_rng(0)
    whitened = fit_whitened_images(
        IMAGES, contrast=10.0, epsilon=0.01, size=5, n_samples=20_000, rng=rng
    )
    before = np.stack([whitened.normalized(image) for image in IMAGES])
    after = np.stack([whitened(image) for image in IMAGES])
    assert after.shape == IMAGES.shape
    likeness = [
        np.corrcoef(x[:, :, 1:].ravel(), x[:, :, :-1].ravel())[0, 1] for x in (before, after)
    ]
    assert likeness[0] > 0.4
    assert abs(likeness[1]) < 0.1


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("contrast", [None, 10.0])
def test_each_pixel_is_whitened_with_its_neighbours(
    contrast: float | None, n_channels: int
) -> None:
    images = IMAGES[:50, :11, :7, :n_channels]
    rng = np.random.default_rng(0)
    whitened = fit_whitened_images(
        images, contrast=contrast, epsilon=0.1, size=5, n_samples=1000, rng=rng
    )
    assert whitened.whitening is not None
    squares = patches_of(whitened.normalized(images[1]), 5, repeat=True)
    expected = whitened.whitening(squares).reshape(images.shape[1:])
    np.testing.assert_allclose(whitened(images[1]), expected, rtol=1e-4, atol=1e-4)


def test_nothing_is_whitened_or_normalised_without_a_number() -> None:
    plain = fit_whitened_images(
        IMAGES, contrast=None, epsilon=None, size=5, n_samples=10, rng=np.random.default_rng(0)
    )
    np.testing.assert_array_equal(plain(IMAGES[0]), IMAGES[0])


def test_grey_images_in_three_channels_are_whitened_without_epsilon() -> None:
    images = IMAGES[..., :1].repeat(3, axis=3)
    whitened = fit_whitened_images(
        images,
        contrast=10.0,
        epsilon=0.0,
        size=3,
        n_samples=5000,
        rng=np.random.default_rng(0),
    )
    values = np.stack([whitened(image) for image in images])
    assert np.abs(values).max() < 20
    np.testing.assert_allclose(values[..., 1], values[..., 0], atol=1e-3)
