"""VLAD: where the descriptors of an image lie around their visual words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from data.parameters.rules import Rule, one_of, whole
from features.extraction.grid import GridLike
from features.extraction.learned import LearnedArrays, learned_array
from features.extractor import Features, Images
from features.pictures.drawing import sheet
from features.pictures.picture import Picture
from features.words.described_images import DescribedImages
from features.words.learning.codebook import CODEBOOKS
from features.words.residuals import (
    NORMS,
    Lengths,
    Residuals,
    normalized_residuals,
    without_rounding,
)

_N_PICTURED_WORDS = 100


class VLAD(DescribedImages):
    """Vector of locally aggregated descriptors: sums of residuals from visual words, in each cell.

    Descriptors are rotated and shortened by principal components, and a codebook of k words is
    learned from them without labels. Each descriptor z belongs to its nearest word w. The feature
    holds Σ (z - w) for each word, normalised. It says more about a word than how often it occurs,
    and so a few words are enough.

    Parameters
    ----------
    n_words : int, default 32
        Words in the codebook, k. Each cell has k·d values, d the length of the shortened
        descriptors.
    descriptor : {"hog", "patches"}, default "hog"
        A block of 2×2 HoG cells, or pixels.
    patch_size : int, default 8
        Side of the square described, in pixels.
    stride : int, default 1
        Pixels from one position to the next.
    contrast : float or None, default 10.0
        Of patches, see `features.words.normalize_contrast`.
    n_dimensions : int or None, default 24
        Principal components kept; None keeps all.
    codebook : {"kmeans", "kmeans++", "sampled"}, default "kmeans"
        How the words are learned, see `features.words.CODEBOOKS`.
    norm : {"intra", "power", "l2", "none"}, default "intra"
        "l2": each cell is scaled to length one. "power": the same, after the signed square roots.
        "intra": the same, after the sum of each word was scaled to length one, so that words
        which occur often count no more than others. "none": sums as they are.
    grid : int, (rows, columns), or a list of pairs, default (1, 1)
        Cells of positions as `numpy.array_split` cuts them; a list is a spatial pyramid.
    n_samples : int, default 100_000
        Descriptors to learn from.
    n_iterations : int, default 30
        Rounds of k-means at most.
    random_state : int, numpy.random.Generator or None, default 0
        Decides which descriptors are drawn.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Attributes
    ----------
    projection_ : Whitening
        Mean and principal components.
    words_ : float32 array (n_words, d)
        The codebook, in the space of the principal components.

    References
    ----------
    Jégou, Douze, Schmid and Pérez, "Aggregating local descriptors into a compact image
    representation", CVPR 2010; Arandjelović and Zisserman, "All about VLAD", CVPR 2013,
    section 3 (intra-normalisation).

    Examples
    --------
    >>> import numpy as np
    >>> from features import VLAD
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    >>> VLAD(n_words=2, n_dimensions=5, grid=(1, 2)).fit_transform(images).shape
    (4, 20)
    """

    _rules: ClassVar[Mapping[str, Rule]] = {
        "n_words": whole(1),
        **DescribedImages._rules,
        "codebook": one_of(CODEBOOKS),
        "norm": one_of(NORMS),
    }

    def __init__(
        self,
        *,
        n_words: int = 32,
        descriptor: str = "hog",
        patch_size: int = 8,
        stride: int = 1,
        contrast: float | None = 10.0,
        n_dimensions: int | None = 24,
        codebook: str = "kmeans",
        norm: str = "intra",
        grid: GridLike = (1, 1),
        n_samples: int = 100_000,
        n_iterations: int = 30,
        random_state: int | np.random.Generator | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_words = n_words
        self.descriptor = descriptor
        self.patch_size = patch_size
        self.stride = stride
        self.contrast = contrast
        self.n_dimensions = n_dimensions
        self.codebook = codebook
        self.norm = norm
        self.grid = grid
        self.n_samples = n_samples
        self.n_iterations = n_iterations
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn_from(self, vectors: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
        learn = CODEBOOKS[self.codebook]
        self._set_words(
            learn(vectors, self.n_words, rng, n_iterations=self.n_iterations, n_jobs=self.n_jobs)
        )

    def _set_words(self, words: npt.NDArray[np.float32]) -> None:
        self.words_ = words
        self._residuals = Residuals(words)
        self._lengths = Lengths(self._residuals)

    def learned(self) -> dict[str, npt.NDArray[Any]]:
        """Return the principal components and the words.

        Returns
        -------
        dict of str to float32 array
            Named "mean", "matrix" and "words".
        """
        return super().learned() | {"words": self.words_}

    def _learned_again(self, learned: LearnedArrays) -> None:
        super()._learned_again(learned)
        n_dimensions = self.projection_.matrix.shape[1]
        shape = int(self.n_words), n_dimensions
        self._set_words(learned_array(learned, "words", shape, np.float32))

    def _features(self, images: Images) -> Features:
        described = self._descriptor(images)
        areas = np.array([box.area for box in self._boxes], dtype=np.float64)[:, None, None]
        out = np.empty((len(images), self.n_features_out_), dtype=np.float32)
        # With one image at a time, products have the same shapes in every batch.
        for row, vectors in zip(out, described, strict=True):
            flat = vectors.reshape(-1, vectors.shape[-1])
            sums = self._sums(self.projection_(flat), areas)
            row[:] = normalized_residuals(sums, self.norm).ravel()
        return out

    def _sums(
        self, vectors: npt.NDArray[np.float32], areas: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return the sums of residuals (n_boxes, n_words, d) of one image's descriptors."""
        sums = self._pooling(vectors, self._residuals).reshape(-1, *self.words_.shape) * areas

        def lengths() -> npt.NDArray[np.float64]:
            return self._pooling(vectors, self._lengths) * areas[:, :, 0]

        return without_rounding(sums, areas[:, 0, 0] * self._lengths.most(vectors), lengths)

    def _n_columns(self) -> int:
        return len(self._boxes) * self.words_.size

    def _names(self) -> list[str]:
        n_words, n_dimensions = self.words_.shape
        return [
            f"{box.name}_word{word}_{dimension}"
            for box in self._boxes
            for word in range(n_words)
            for dimension in range(n_dimensions)
        ]

    def pictures(self, images: Images) -> list[Picture]:
        """Return a sheet of the words.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.

        Returns
        -------
        list of Picture
            One.
        """
        images = self._checked_again(images)
        words = self.projection_.undone(self.words_[:_N_PICTURED_WORDS]).astype(np.float32)
        tiles = [self._descriptor.tile(word, images.shape[3], 4) for word in words]
        return [Picture("Words, from which the descriptors of an image differ", sheet(tiles))]
