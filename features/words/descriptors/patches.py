"""Small square pieces of images as vectors, the raw material of visual words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import check, number, optional, whole
from features.extraction.compiled import compiled, contrast_normalized
from features.pictures.drawing import Drawing, enlarged, in_color

Vectors = npt.NDArray[np.float32]

_RULES = {"size": whole(1), "stride": whole(1), "contrast": optional(number(0))}


@dataclass(frozen=True)
class Patches:
    """A descriptor: the pixels of every `stride`-th square of `size` pixels, as a vector.

    Parameters
    ----------
    size : int
        Side in pixels.
    stride : int, default 1
        Pixels from one square to the next.
    contrast : float or None, default 10.0
        Normalise each vector, see `normalize_contrast`; None leaves pixels 0 … 255.

    Examples
    --------
    >>> patches = Patches(size=2, stride=1, contrast=None)
    >>> patches(np.arange(6, dtype=np.uint8).reshape(1, 2, 3, 1))
    array([[[[0., 1., 3., 4.],
             [1., 2., 4., 5.]]]], dtype=float32)
    """

    size: int
    stride: int = 1
    contrast: float | None = 10.0

    def __post_init__(self) -> None:
        check(vars(self), _RULES)

    def map_shape(self, height: int, width: int) -> tuple[int, int]:
        """Return how many squares fit below and beside each other in an image.

        Parameters
        ----------
        height, width : int
            Of the image, in pixels.

        Returns
        -------
        (rows, columns)
            Two counts.

        Raises
        ------
        ValueError
            If not even one square fits.
        """
        return window_positions(self.size, self.stride, height, width)

    def n_values(self, n_channels: int) -> int:
        """Return the length of each vector.

        Parameters
        ----------
        n_channels : int
            Of the images.

        Returns
        -------
        int
            The product size · size · n_channels.
        """
        return self.size * self.size * n_channels

    def __call__(self, images: npt.NDArray[Any]) -> Vectors:
        """Return the vectors (n, rows, columns, size · size · channels) of uint8 images."""
        n, height, width, n_channels = images.shape
        rows, columns = self.map_shape(height, width)
        pixels = np.ascontiguousarray(images, dtype=np.float32)
        # One row of a patch is one run of memory, so that whole runs are copied.
        by_image, by_row, by_pixel, by_value = pixels.strides
        runs = np.lib.stride_tricks.as_strided(
            pixels,
            shape=(n, rows, columns, self.size, self.size * n_channels),
            strides=(by_image, by_row * self.stride, by_pixel * self.stride, by_row, by_value),
            writeable=False,
        )
        # It must be a copy: squares overlap, and are written to below.
        vectors: Vectors = runs.copy().reshape(n, rows, columns, self.n_values(n_channels))
        if self.contrast is not None:
            normalize_contrast(vectors, self.contrast, copy=False)
        return vectors

    def tile(self, word: Vectors, n_channels: int, zoom: int) -> Drawing:
        """Return a word as it is compared, around a middle grey and at full contrast.

        Parameters
        ----------
        word : array (d,)
            Its pixels, as they are compared.
        n_channels : int
            Of the images.
        zoom : int
            Side of a pixel in the picture.

        Returns
        -------
        uint8 array (size · zoom, size · zoom, 3)
            The picture, in RGB.
        """
        square = word.reshape(self.size, self.size, n_channels)
        reach = np.abs(square).max() or 1.0
        return enlarged(in_color((127.5 + 127.5 * square / reach).astype(np.uint8)), zoom)

    def squares(self, vectors: npt.NDArray[np.float64], n_channels: int) -> npt.NDArray[np.float64]:
        """Return vectors as the squares of pixels that they are.

        Parameters
        ----------
        vectors : array (n, d)
            One descriptor a row.
        n_channels : int
            Of the images.

        Returns
        -------
        array (n, size, size, n_channels)
            One square a row.
        """
        return vectors.reshape(-1, self.size, self.size, n_channels)

    @property
    def not_shown(self) -> str:
        """What the squares do not show of an image."""
        return "" if self.contrast is None else "brightness and contrast are not kept"


def normalize_contrast(vectors: Vectors, regularizer: float, *, copy: bool = True) -> Vectors:
    """Return vectors without their mean and with a variance of about one.

    Each vector x becomes (x - mean(x)) / sqrt(var(x) + regularizer).

    Parameters
    ----------
    vectors : float32 array (..., d)
        One descriptor a row.
    regularizer : float
        At least 0. It keeps noise in flat patches small; with 0 a flat patch becomes zeros.
    copy : bool, default True
        False does it in place, where that is possible.

    Returns
    -------
    float32 array (..., d)
        The normalised vectors.

    References
    ----------
    Coates, Lee and Ng, "An analysis of single-layer networks in unsupervised feature learning",
    AISTATS 2011, section 3.1; 10 suits pixels in 0 … 255.

    Examples
    --------
    >>> normalize_contrast(np.array([[0.0, 2.0]], dtype=np.float32), 0.0)
    array([[-1.,  1.]], dtype=float32)
    """
    check({"regularizer": regularizer}, {"regularizer": number(0)})
    normalized = np.array(vectors, dtype=np.float32, order="C", copy=True if copy else None)
    flat = normalized.reshape(-1, vectors.shape[-1])
    compiled(contrast_normalized)(flat, np.float32(regularizer))
    return normalized


def window_positions(size: int, stride: int, height: int, width: int) -> tuple[int, int]:
    """Return how many windows of `size` pixels fit below and beside each other.

    Examples
    --------
    >>> window_positions(6, 1, 32, 32)
    (27, 27)
    """
    if size > min(height, width):
        raise ParameterError(
            f"patch_size is {size} pixels but the images are only {height}×{width}"
        )
    return (height - size) // stride + 1, (width - size) // stride + 1
