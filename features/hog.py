"""Histograms of oriented gradients: shape, almost without colour and lighting."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import FLAG, Rule, check, one_of, whole
from features.edges.blocks import BLOCK_LENGTHS, BLOCK_NORMS, normalize_blocks
from features.edges.gradients import MAX_ORIENTATIONS, orientation_votes
from features.edges.loops import block_vectors, cell_means
from features.extraction.compiled import compiled
from features.extraction.parameters import PAIR, pair
from features.extraction.rowwise import RowwiseExtractor
from features.extractor import Features, Images
from features.pictures.drawing import Drawing, shades, strokes
from features.pictures.picture import Picture

_GLYPHS_PX = 128


class HOG(RowwiseExtractor):
    """Histograms of oriented gradients, equal to `skimage.feature.hog` within 1e-5.

    Each pixel votes with its gradient's magnitude for its orientation; the votes of a cell are
    averaged; each block of neighbouring cells is normalised as a whole, and the blocks overlap.

    Pixels right and below that do not fill a cell are left out, as scikit-image does; `fit`
    warns and says how many.

    Beside uint8 images it takes floats in [0, 1], which are 0 … 255 of these, without rounding.

    Parameters
    ----------
    orientations : int, default 9
        Bins over 180°, at most 255.
    pixels_per_cell : int or (rows, columns), default (8, 8)
        Size of a cell in pixels.
    cells_per_block : int or (rows, columns), default (2, 2)
        Size of a block in cells.
    block_norm : {"L1", "L1-sqrt", "L2", "L2-Hys"}, default "L2-Hys"
        v/(‖v‖₁+ε), its square root, v/√(‖v‖₂²+ε²), and that clipped at 0.2 and normalised again.
    transform_sqrt : bool, default False
        Take the square root of every pixel first.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    References
    ----------
    Dalal and Triggs, "Histograms of oriented gradients for human detection", CVPR 2005.

    Examples
    --------
    >>> import numpy as np
    >>> from features import HOG
    >>> HOG().fit_transform(np.zeros((2, 32, 32, 3), dtype=np.uint8)).shape
    (2, 324)
    """

    _takes_floats = True
    _rules: ClassVar[Mapping[str, Rule]] = {
        "orientations": whole(1, MAX_ORIENTATIONS),
        "pixels_per_cell": PAIR,
        "cells_per_block": PAIR,
        "block_norm": one_of(BLOCK_NORMS),
        "transform_sqrt": FLAG,
    }

    def __init__(
        self,
        *,
        orientations: int = 9,
        pixels_per_cell: tuple[int, int] = (8, 8),
        cells_per_block: tuple[int, int] = (2, 2),
        block_norm: str = "L2-Hys",
        transform_sqrt: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.orientations = orientations
        self.pixels_per_cell = pixels_per_cell
        self.cells_per_block = cells_per_block
        self.block_norm = block_norm
        self.transform_sqrt = transform_sqrt
        self.n_jobs = n_jobs

    def _learn(self, images: Images) -> None:
        height, width, _ = self.image_shape_
        cell, block = pair(self.pixels_per_cell), pair(self.cells_per_block)
        least = (cell[0] * block[0], cell[1] * block[1])
        if height < least[0] or width < least[1]:
            raise ParameterError(
                f"images of {height}×{width} pixels are too small: one block of {block[0]}×"
                f"{block[1]} cells of {cell[0]}×{cell[1]} pixels takes {least[0]}×{least[1]}"
            )
        self._cell, self._block = cell, block
        left_over = (height % cell[0], width % cell[1])
        if any(left_over):
            warnings.warn(
                f"the last {left_over[0]} rows and {left_over[1]} columns of pixels do not fill "
                f"a cell of {cell[0]}×{cell[1]} and are left out",
                UserWarning,
                stacklevel=3,
            )

    def _fill(self, images: Images, out: Features) -> None:
        cells = self._cell_histograms(images)
        n_blocks = self._n_blocks()
        vectors = out.reshape(len(images), n_blocks[0] * n_blocks[1], -1)
        if self.block_norm in BLOCK_LENGTHS:
            epsilon, clip = BLOCK_LENGTHS[self.block_norm]
            compiled(block_vectors)(cells, np.array(self._block), epsilon, clip, vectors)
            return
        rows, columns = self._block
        blocks = out.reshape(len(images), *n_blocks, rows, columns, cells.shape[3])
        for i in range(rows):
            for j in range(columns):
                blocks[:, :, :, i, j] = cells[:, i : i + n_blocks[0], j : j + n_blocks[1]]
        vectors[:] = normalize_blocks(vectors, self.block_norm)

    def cell_histograms(self, images: Images) -> npt.NDArray[np.float32]:
        """Return the mean vote for each orientation in each cell.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels), or floats in [0, 1]
            Images of the shape that was fitted.

        Returns
        -------
        float32 array (n, rows, columns, orientations)
            Not normalised: in the unit of the pixels.
        """
        return self._cell_histograms(self._checked_again(images))

    def _cell_histograms(self, images: Images) -> npt.NDArray[np.float32]:
        n, height, width, _ = images.shape
        rows, columns = self._cell
        magnitudes, bins = orientation_votes(
            images, self.orientations, transform_sqrt=self.transform_sqrt
        )
        shape = (n, height // rows, width // columns, int(self.orientations))
        means = np.empty(shape, dtype=np.float32)
        compiled(cell_means)(magnitudes, bins, rows, columns, means)
        return means

    def _n_blocks(self) -> tuple[int, int]:
        """Return how many blocks there are below and beside each other."""
        height, width, _ = self.image_shape_
        n_rows = height // self._cell[0] - self._block[0] + 1
        return n_rows, width // self._cell[1] - self._block[1] + 1

    def _n_columns(self) -> int:
        n_rows, n_columns = self._n_blocks()
        return n_rows * n_columns * self._block[0] * self._block[1] * int(self.orientations)

    def _names(self) -> list[str]:
        n_rows, n_columns = self._n_blocks()
        return [
            f"block_{row}_{column}_cell_{i}_{j}_orientation{orientation}"
            for row in range(n_rows)
            for column in range(n_columns)
            for i in range(self._block[0])
            for j in range(self._block[1])
            for orientation in range(self.orientations)
        ]

    def glyphs(self, images: Images, *, zoom: int) -> list[Drawing]:
        """Return each cell's votes as strokes along the edges that they stand for.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.
        zoom : int
            Side of a pixel in the pictures.

        Returns
        -------
        list of uint8 array (height · zoom, width · zoom, 3)
            One for each image.

        Raises
        ------
        ValueError
            If the images are not like those of the fit, or zoom is not 1 or more.
        """
        check({"zoom": zoom}, {"zoom": whole(1)})
        images = self._checked_again(images)
        height, width, _ = self.image_shape_
        rows, columns = self._cell
        drawn = []
        for votes in self._cell_histograms(images):
            shapes = strokes(votes, (rows * zoom, columns * zoom))
            blank = np.zeros((height * zoom, width * zoom))
            blank[: shapes.shape[0], : shapes.shape[1]] = shapes
            drawn.append(shades(blank))
        return drawn

    def pictures(self, images: Images) -> list[Picture]:
        """Return each image's edges, as strokes in each cell.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.

        Returns
        -------
        list of Picture
            One for each image, about 128 pixels wide.
        """
        images = self._checked_again(images)
        zoom = max(1, _GLYPHS_PX // images.shape[2])
        said = "Edges by direction, in each cell; colour is lost"
        return [Picture(said, glyphs) for glyphs in self.glyphs(images, zoom=zoom)]
