"""Histograms of oriented gradients: the shape of things, whatever their colour and lighting."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from features.compiled import cell_sums, compiled
from features.extractor import Features, ImageExtractor, Images
from features.gradients import MAX_ORIENTATIONS, orientation_votes
from features.parameters import check_choice, check_flag, check_integer, check_pair

BLOCK_NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
_EPS = 1e-5
_CLIP = 0.2


class HOG(ImageExtractor):
    """Histograms of oriented gradients, equal to `skimage.feature.hog` within 1e-5.

    Each pixel votes with its gradient's magnitude for its orientation; the votes of a cell are
    averaged; each block of neighbouring cells is normalised as a whole, and the blocks overlap.

    Pixels right and below that do not fill a cell are left out, as scikit-image does; `fit`
    warns and says how many.

    Parameters
    ----------
    orientations : int
        Bins over 180°, at most 255.
    pixels_per_cell, cells_per_block : (rows, columns)
    block_norm : "L1", "L1-sqrt", "L2" or "L2-Hys"
        v/(‖v‖₁+ε), its square root, v/√(‖v‖₂²+ε²), and that clipped at 0.2 and normalised again.
    transform_sqrt : bool
        Take the square root of every pixel first.
    n_jobs : int, optional
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
        if check_integer("orientations", self.orientations) > MAX_ORIENTATIONS:
            raise ValueError(
                f"orientations must be at most {MAX_ORIENTATIONS}, got {self.orientations}"
            )
        check_choice("block_norm", self.block_norm, BLOCK_NORMS)
        check_flag("transform_sqrt", self.transform_sqrt)
        cell = check_pair("pixels_per_cell", self.pixels_per_cell)
        block = check_pair("cells_per_block", self.cells_per_block)
        least = (cell[0] * block[0], cell[1] * block[1])
        if height < least[0] or width < least[1]:
            raise ValueError(
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

    def _features(self, images: Images) -> Features:
        cells = self.cell_histograms(images)
        n, n_rows, n_columns, n_orientations = cells.shape
        block_rows, block_columns = self._block
        shape = (
            n,
            n_rows - block_rows + 1,
            n_columns - block_columns + 1,
            block_rows,
            block_columns,
            n_orientations,
        )
        blocks = np.empty(shape, dtype=np.float32)
        for i in range(block_rows):
            for j in range(block_columns):
                blocks[:, :, :, i, j] = cells[:, i : i + shape[1], j : j + shape[2]]
        vectors = blocks.reshape(n, shape[1] * shape[2], -1)
        return normalize_blocks(vectors, self.block_norm).reshape(n, -1)

    def cell_histograms(self, images: Images) -> npt.NDArray[np.float32]:
        """Mean vote for each orientation in each cell, (n, rows, columns, orientations)."""
        n, height, width, _ = images.shape
        rows, columns = self._cell
        magnitudes, bins = orientation_votes(
            images, self.orientations, transform_sqrt=self.transform_sqrt
        )
        sums = np.zeros((n, height // rows, width // columns, self.orientations))
        compiled(cell_sums)(magnitudes, bins, rows, columns, sums)
        return (sums / (rows * columns)).astype(np.float32)

    def _names(self) -> list[str]:
        height, width, _ = self.image_shape_
        n_rows = height // self._cell[0] - self._block[0] + 1
        n_columns = width // self._cell[1] - self._block[1] + 1
        return [
            f"block_{row}_{column}_cell_{i}_{j}_orientation{orientation}"
            for row in range(n_rows)
            for column in range(n_columns)
            for i in range(self._block[0])
            for j in range(self._block[1])
            for orientation in range(self.orientations)
        ]


def normalize_blocks(vectors: npt.NDArray[np.float32], norm: str) -> npt.NDArray[np.float32]:
    """Each vector (..., d) of votes divided by its length, in the sense of `norm`.

    >>> normalize_blocks(np.array([[3.0, 4.0]], dtype=np.float32), "L2")
    array([[0.6, 0.8]], dtype=float32)
    """
    if norm in ("L1", "L1-sqrt"):
        # Votes are never negative, so their sum is the L1 norm.
        out: npt.NDArray[np.float32] = vectors / (
            vectors.sum(axis=-1, keepdims=True) + np.float32(_EPS)
        )
        return np.sqrt(out, out=out) if norm == "L1-sqrt" else out
    out = vectors / _length(vectors)
    if norm == "L2-Hys":
        np.minimum(out, np.float32(_CLIP), out=out)
        out /= _length(out)
    return out


def _length(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    squared = np.einsum("...d,...d->...", vectors, vectors)[..., None]
    return np.asarray(np.sqrt(squared + np.float32(_EPS**2)))
