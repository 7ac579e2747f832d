"""What the first layer sees of an image: its contrast normalised, its pixels whitened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.coding.products import COLUMNS, panels_of
from features.coding.squares import neighbour_products
from features.extraction.compiled import compiled
from features.kernels.sampling import sample_patches
from features.words.descriptors.patches import normalize_contrast
from features.words.learning.whitening import Whitening, fit_whitening

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
        rows, columns, _ = values.shape
        before, mean, panels = self.size // 2, *self._laid_out
        down = np.arange(rows + self.size - 1) - before
        # Several pixels are made at a time, and the last ones may be beyond the edge.
        right = np.arange(columns + COLUMNS + self.size - 1) - before
        padded = values[down.clip(0, rows - 1)[:, None], right.clip(0, columns - 1)]
        padded -= mean
        out = np.empty_like(values)
        compiled(neighbour_products)(padded, self.size, panels, out)
        return out

    @cached_property
    def _laid_out(self) -> tuple[Vectors, Vectors]:
        """Return a mean of each channel, and the matrix that makes several neighbours at once."""
        assert self.whitening is not None
        matrix = self.whitening.matrix.astype(np.float64)
        n_channels, size = matrix.shape[1], self.size
        squares = self.whitening.mean.astype(np.float64).reshape(-1, n_channels)
        # What is taken off first is the same for all neighbours; the rest goes to the sums.
        mean = squares.mean(axis=0).astype(np.float32)
        starts = -((squares - mean).ravel() @ matrix)
        at_once = COLUMNS // n_channels
        whole = np.zeros((size, at_once + size - 1, n_channels, at_once, n_channels))
        for i in range(at_once):
            whole[:, i : i + size, :, i] = matrix.reshape(size, size, n_channels, n_channels)
        whole = whole.reshape(-1, at_once * n_channels)
        return mean, panels_of(whole, np.tile(starts, at_once))

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
