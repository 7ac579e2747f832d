"""Histograms of oriented gradients at every position: descriptors of shape for visual words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from features.blocks import normalize_blocks
from features.gradients import orientation_votes
from features.pictures.drawing import Drawing, shades, strokes
from features.words.patches import window_positions


@dataclass(frozen=True)
class DenseHOG:
    """A block of 2×2 cells of gradient votes, L2-Hys normalised, at every position.

    Parameters
    ----------
    size : int
        Side of the block in pixels, even: each cell has half of it.
    stride : int, default 1
        Pixels from one block to the next.
    orientations : int, default 9
        Bins over 180°.

    Raises
    ------
    ValueError
        If the side is odd.

    Examples
    --------
    >>> DenseHOG(size=8)(np.zeros((1, 10, 9, 3), dtype=np.uint8)).shape
    (1, 3, 2, 36)
    """

    size: int
    stride: int = 1
    orientations: int = 9

    def __post_init__(self) -> None:
        if self.size % 2:
            raise ParameterError(
                f"patch_size must be even for HoG descriptors of 2×2 cells, got {self.size}"
            )

    def map_shape(self, height: int, width: int) -> tuple[int, int]:
        """Return how many blocks fit below and beside each other in an image.

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
            If not even one block fits.
        """
        return window_positions(self.size, self.stride, height, width)

    def n_values(self, n_channels: int) -> int:
        """Return the length of each descriptor, which is the same for any number of channels.

        Parameters
        ----------
        n_channels : int
            Of the images.

        Returns
        -------
        int
            4 · orientations.
        """
        return 4 * self.orientations

    def tile(self, word: npt.NDArray[np.float32], n_channels: int, zoom: int) -> Drawing:
        """Return a word as strokes along its edges, in each of its four cells.

        Parameters
        ----------
        word : array (d,)
            The votes of its four cells.
        n_channels : int
            Of the images.
        zoom : int
            Side of a pixel in the picture.

        Returns
        -------
        uint8 array (size · zoom, size · zoom, 3)
            The picture, in RGB.
        """
        votes = np.maximum(word, 0).reshape(2, 2, -1)
        return shades(strokes(votes, (self.size // 2 * zoom, self.size // 2 * zoom)))

    def squares(self, vectors: npt.NDArray[np.float64], n_channels: int) -> None:
        """Return None: histograms of gradients show no pixels.

        Parameters
        ----------
        vectors : array (n, d)
            One descriptor a row.
        n_channels : int
            Of the images.
        """

    @property
    def not_shown(self) -> str:
        """The empty string, as there are no pixels to show."""
        return ""

    def __call__(self, images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return the descriptors (n, rows, columns, 4 · orientations) of images."""
        n, height, width, _ = images.shape
        rows, columns = self.map_shape(height, width)
        magnitudes, bins = orientation_votes(images, self.orientations)
        # The sum over a rectangle is had from four corners of a running sum. Large sums are
        # subtracted, hence the double precision.
        running = np.zeros((n, height + 1, width + 1, self.orientations))
        np.put_along_axis(
            running[:, 1:, 1:], bins[..., None].astype(np.intp), magnitudes[..., None], axis=-1
        )
        np.cumsum(running, axis=1, out=running)
        np.cumsum(running, axis=2, out=running)
        half = self.size // 2
        area = np.float32(1 / half**2)
        blocks = np.empty((n, rows, columns, 4, self.orientations), dtype=np.float32)
        for cell, (down, right) in enumerate(((0, 0), (0, half), (half, 0), (half, half))):
            corners = [
                running[
                    :,
                    down + below : down + below + (rows - 1) * self.stride + 1 : self.stride,
                    right + beside : right + beside + (columns - 1) * self.stride + 1 : self.stride,
                ]
                for below, beside in ((half, half), (0, 0), (0, half), (half, 0))
            ]
            blocks[..., cell, :] = corners[0] + corners[1] - corners[2] - corners[3]
        blocks *= area
        # An empty cell may be a little below zero after rounding.
        np.maximum(blocks, 0, out=blocks)
        return normalize_blocks(blocks.reshape(n, rows, columns, -1), "L2-Hys")
