"""Histograms of oriented gradients at every position: descriptors of shape for visual words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import check, whole
from features.edges.blocks import BLOCK_LENGTHS
from features.edges.gradients import MAX_ORIENTATIONS, orientation_votes
from features.edges.loops import block_vectors
from features.edges.running_sums import votes_at_positions
from features.extraction.compiled import compiled
from features.pictures.drawing import Drawing, shades, strokes
from features.words.descriptors.patches import window_positions

_RULES = {"size": whole(2), "stride": whole(1), "orientations": whole(1, MAX_ORIENTATIONS)}


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
        Bins over 180°, 255 at most.

    Raises
    ------
    ValueError
        If the side is odd, or a parameter is not allowed.

    Examples
    --------
    >>> DenseHOG(size=8)(np.zeros((1, 10, 9, 3), dtype=np.uint8)).shape
    (1, 3, 2, 36)
    """

    size: int
    stride: int = 1
    orientations: int = 9

    def __post_init__(self) -> None:
        check(vars(self), _RULES)
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
        half = self.size // 2
        blocks = np.empty((n, rows, columns, self.n_values(1)), dtype=np.float32)
        area = np.float32(1 / half**2)
        compiled(votes_at_positions)(magnitudes, bins, half, self.stride, area, blocks)
        out = np.empty((n, rows * columns, blocks.shape[3]), dtype=np.float32)
        alone = np.ones(2, dtype=np.int64)
        compiled(block_vectors)(blocks, alone, *BLOCK_LENGTHS["L2-Hys"], out)
        return out.reshape(blocks.shape)
