"""What `VLAD` and `FisherVector` share: descriptors of an image, shortened and pooled in boxes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from data.parameters.rules import Rule, number, one_of, optional, whole
from features.extraction.grid import Box, GridLike, grid_boxes
from features.extraction.learned import LearnedArrays, learned_array
from features.extraction.parameters import GRID, RANDOM_STATE
from features.extractor import ImageExtractor, Images
from features.words.descriptors.descriptor import DESCRIPTORS, make_descriptor
from features.words.descriptors.sampling import sample_descriptors
from features.words.learning.whitening import Whitening, check_n_dimensions, fit_pca
from features.words.pooling import POSITIONS_PER_TILE, Pooling


class DescribedImages(ImageExtractor):
    """Base class of extractors that describe an image everywhere, and shorten what describes it.

    Descriptors are rotated and shortened by principal components. A subclass says what it learns
    from a sample of them (`_learn_from`), and has the parameters that are named here.

    Attributes
    ----------
    projection_ : Whitening
        Mean and principal components.

    Examples
    --------
    >>> from features import VLAD, FisherVector
    >>> issubclass(VLAD, DescribedImages), issubclass(FisherVector, DescribedImages)
    (True, True)
    """

    descriptor: str
    patch_size: int
    stride: int
    contrast: float | None
    n_dimensions: int | None
    grid: GridLike
    n_samples: int
    n_iterations: int
    random_state: int | np.random.Generator | None
    projection_: Whitening

    _rules: ClassVar[Mapping[str, Rule]] = {
        "descriptor": one_of(DESCRIPTORS),
        "patch_size": whole(1),
        "stride": whole(1),
        "contrast": optional(number(0)),
        "n_dimensions": optional(whole(1)),
        "grid": GRID,
        "n_samples": whole(1),
        "n_iterations": whole(1),
        "random_state": RANDOM_STATE,
    }

    @abstractmethod
    def _learn_from(self, vectors: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
        """Learn from a sample (n, d) of shortened descriptors."""

    def _learn(self, images: Images) -> None:
        n_dimensions = self._lay_out()
        rng = np.random.default_rng(self.random_state)
        vectors = sample_descriptors(
            images, self._descriptor, self.n_samples, rng, n_jobs=self.n_jobs
        )
        self.projection_ = fit_pca(vectors, n_dimensions)
        self._learn_from(self.projection_.of_many(vectors, n_jobs=self.n_jobs), rng)

    def _lay_out(self) -> int:
        """Set what follows from parameters and the shape of images; return the dimensions."""
        height, width, n_channels = self.image_shape_
        self._descriptor = make_descriptor(
            self.descriptor, self.patch_size, self.stride, self.contrast
        )
        n_values = self._descriptor.n_values(n_channels)
        n_dimensions = check_n_dimensions(self.n_dimensions, n_values)
        rows, columns = self._descriptor.map_shape(height, width)
        self._boxes: list[Box] = grid_boxes(self.grid, rows, columns)
        self._pooling = Pooling(self._boxes, rows, columns)
        return n_dimensions

    def learned(self) -> dict[str, npt.NDArray[Any]]:
        """Return the principal components; a subclass adds what it learned from descriptors."""
        return super().learned() | {
            "mean": self.projection_.mean,
            "matrix": self.projection_.matrix,
        }

    def _learned_again(self, learned: LearnedArrays) -> None:
        n_dimensions = self._lay_out()
        n_values = self._descriptor.n_values(self.image_shape_[2])
        self.projection_ = Whitening(
            learned_array(learned, "mean", (n_values,), np.float32),
            learned_array(learned, "matrix", (n_values, n_dimensions), np.float32),
        )

    def _images_per_tile(self) -> int:
        return max(1, min(8, POSITIONS_PER_TILE // len(self._pooling.order)))
