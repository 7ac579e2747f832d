"""What the first layer sees of an image: its contrast normalised, its pixels whitened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.kernels.patches import patches_of
from features.kernels.sampling import sample_patches
from features.words.patches import normalize_contrast
from features.words.whitening import Whitening, fit_whitening

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class WhitenedImages:
    """A linear map of each pixel with its neighbours, the same everywhere, after normalisation.

    It is the part of a ZCA whitening of squares that makes the pixel in the middle. The ZCA
    whitening of whole images is about the same, but is too large a matrix for larger images.

    Parameters
    ----------
    contrast : float or None
        Each image x becomes (x - mean(x)) / sqrt(var(x) + contrast); None leaves pixels 0 … 255.
    size : int
        Side of the square of neighbours, odd.
    whitening : Whitening or None
        Of the square: a matrix (size · size · channels, channels).
    """

    contrast: float | None
    size: int
    whitening: Whitening | None

    def __call__(self, image: npt.NDArray[np.uint8]) -> Vectors:
        """Return the map (height, width, channels) of an image."""
        values = self.normalized(image)
        if self.whitening is None:
            return values
        squares = patches_of(values, self.size, repeat=True)
        return self.whitening(squares).reshape(values.shape)

    def normalized(self, image: npt.NDArray[np.uint8]) -> Vectors:
        """Return an image with its contrast normalised."""
        values = np.array(image, dtype=np.float32, order="C")
        if self.contrast is not None:
            normalize_contrast(values.reshape(1, -1), self.contrast, copy=False)
        return values


def fit_whitened_images(
    images: npt.NDArray[np.uint8],
    *,
    contrast: float | None,
    epsilon: float | None,
    size: int,
    n_samples: int,
    rng: np.random.Generator,
    n_jobs: int | None = None,
) -> WhitenedImages:
    """Return the whitening of squares at random places of random images.

    Parameters
    ----------
    images : uint8 array (n, height, width, channels)
        Images to draw from.
    contrast, size
        See `WhitenedImages`.
    epsilon : float or None
        See `features.words.fit_whitening`; None whitens nothing.
    n_samples : int
        About how many squares are drawn.
    rng : numpy.random.Generator
        Decides which.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Returns
    -------
    WhitenedImages

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> images = rng.integers(0, 256, (200, 8, 8, 1), dtype=np.uint8)
    >>> whitened = fit_whitened_images(
    ...     images, contrast=0.0, epsilon=0.0, size=3, n_samples=5000, rng=rng)
    >>> abs(np.stack([whitened(image) for image in images]).std() - 1) < 0.02
    np.True_
    """
    plain = WhitenedImages(contrast, size, None)
    if epsilon is None:
        return plain
    squares = sample_patches(
        images, plain.normalized, size, n_samples, rng, repeat=True, n_jobs=n_jobs
    )
    whole = fit_whitening(squares, epsilon)
    n_channels = images.shape[3]
    middle = (size * size // 2) * n_channels
    matrix = np.ascontiguousarray(whole.matrix[:, middle : middle + n_channels])
    return WhitenedImages(contrast, size, Whitening(whole.mean, matrix))
