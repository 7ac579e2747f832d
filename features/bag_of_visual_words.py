"""A picture as counts of learned words: patches, whitening, codebook, encoding, pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.words.codebook import kmeans, sample_words
from features.words.dense_hog import DenseHOG
from features.words.encodings import ENCODERS, Encoder
from features.extractor import Features, ImageExtractor, Images
from features.grid import Box, GridLike, grid_boxes
from features.parameters import (
    check_choice,
    check_flag,
    check_integer,
    check_random_state,
    check_real,
    is_list,
)
from features.words.patches import Patches
from features.words.pooling import POSITIONS_PER_TILE, Pooling
from features.words.sampling import Descriptor, sample_descriptors
from features.words.whitening import Whitening, fit_whitening


@dataclass(frozen=True)
class Vocabulary:
    """What was learned for one patch size, and the words (n_words, d) themselves."""

    descriptor: Descriptor
    whitening: Whitening | None
    words: Features
    encoder: Encoder
    boxes: list[Box]
    pooling: Pooling

    def features(self, images: Images) -> Features:
        """Mean codes (n, n_boxes · n_codes) of images."""
        described = self.descriptor(images)
        out = np.empty((len(images), len(self.boxes), self.encoder.n_codes), dtype=np.float32)
        # One image at a time: the products' shapes are then the same in every batch.
        for row, vectors in zip(out, described, strict=True):
            row[:] = self.pooling(vectors.reshape(-1, vectors.shape[-1]), self.encoder)
        return out.reshape(len(images), -1)


class BagOfVisualWords(ImageExtractor):
    """Mean code of an image's descriptors against a codebook, for each cell of a grid.

    Descriptors are taken at every position, whitened, compared with the words of a codebook
    that was learned without labels, encoded and averaged over the cells. From
    ``encoding="hard", grid=(1, 1)``, the textbook histogram of visual words, to whitened
    patches with graded codes and thousands of words it is the same sequence.

    Parameters
    ----------
    n_words : int
        Words in the codebook, for each patch size.
    patch_size : int, or a list of these
        Side of the square described, in pixels; several sizes stand side by side.
    stride : int
        Pixels from one position to the next.
    descriptor : "patches" or "hog"
        Pixels, or a block of 2×2 HoG cells.
    contrast : float, optional
        Regulariser of the patches' contrast normalisation; None leaves them as they are.
    whitening : float, optional
        ε of the ZCA whitening; None leaves it out.
    codebook : "kmeans" or "sampled"
        Centres, or descriptors drawn at random.
    encoding : "triangle", "hard", "soft", "two-sided" or "nearest"
        See `features.words.encodings`.
    threshold, bandwidth, share : float
        Of the encodings "two-sided", "soft" and "nearest".
    grid : (rows, columns), or a list of these
        Cells of positions as `numpy.array_split` cuts them; a list is a spatial pyramid.
    window : int, optional
        Side of the cells in positions, spread evenly from edge to edge, so that they overlap.
    mirror : bool
        Mean over each image and its mirror image. Where left and right mean nothing, half of the
        columns then do the work of all, and no classifier needs mirrored images to learn it.
    n_samples : int
        Descriptors to learn from.
    n_iterations : int
        Rounds of k-means at most.
    random_state : int, numpy.random.Generator or None
        Decides which descriptors are drawn.
    n_jobs : int, optional
        Threads; None and -1 are all cores. The result does not depend on it.

    Attributes
    ----------
    vocabularies_ : list of Vocabulary
        One for each patch size; each has its `words` and `whitening`.

    References
    ----------
    Csurka et al., "Visual categorization with bags of keypoints", ECCV workshop 2004; Coates,
    Lee and Ng, "An analysis of single-layer networks in unsupervised feature learning",
    AISTATS 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from features import BagOfVisualWords
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    >>> textbook = BagOfVisualWords(n_words=8, encoding="hard", grid=(1, 1))
    >>> textbook.fit_transform(images).sum(axis=1).round(5)
    array([1., 1., 1., 1.], dtype=float32)
    """

    def __init__(
        self,
        *,
        n_words: int = 512,
        patch_size: int | Sequence[int] = 6,
        stride: int = 1,
        descriptor: str = "patches",
        contrast: float | None = 10.0,
        whitening: float | None = 0.1,
        codebook: str = "kmeans",
        encoding: str = "triangle",
        threshold: float = 0.25,
        bandwidth: float = 1.0,
        share: float = 0.4,
        grid: GridLike = (2, 2),
        window: int | None = None,
        mirror: bool = False,
        n_samples: int = 100_000,
        n_iterations: int = 30,
        random_state: int | np.random.Generator | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_words = n_words
        self.patch_size = patch_size
        self.stride = stride
        self.descriptor = descriptor
        self.contrast = contrast
        self.whitening = whitening
        self.codebook = codebook
        self.encoding = encoding
        self.threshold = threshold
        self.bandwidth = bandwidth
        self.share = share
        self.grid = grid
        self.window = window
        self.mirror = mirror
        self.n_samples = n_samples
        self.n_iterations = n_iterations
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, images: Images) -> None:
        descriptors = self._checked_descriptors()
        rng = check_random_state(self.random_state)
        self.vocabularies_ = [self._learn_words(images, each, rng) for each in descriptors]

    def _checked_descriptors(self) -> list[Descriptor]:
        check_integer("n_words", self.n_words, least=2)
        check_integer("n_samples", self.n_samples)
        check_integer("n_iterations", self.n_iterations)
        check_choice("codebook", self.codebook, ("kmeans", "sampled"))
        check_choice("encoding", self.encoding, tuple(ENCODERS))
        check_choice("descriptor", self.descriptor, ("patches", "hog"))
        check_flag("mirror", self.mirror)
        check_real("threshold", self.threshold)
        if not 1e-6 <= check_real("bandwidth", self.bandwidth, above=True) <= 1e6:
            raise ValueError(f"bandwidth must be in 1e-6 … 1e6, got {self.bandwidth!r}")
        if not 0 < check_real("share", self.share, above=True) < 1:
            raise ValueError(f"share must be above 0 and below 1, got {self.share!r}")
        for name, value in (("contrast", self.contrast), ("whitening", self.whitening)):
            if value is not None:
                check_real(name, value)
        stride = check_integer("stride", self.stride)
        sizes: Any = self.patch_size if is_list(self.patch_size) else [self.patch_size]
        if not sizes:
            raise ValueError("patch_size must name at least one size, got an empty list")
        checked = [check_integer("patch_size", size) for size in sizes]
        if len(set(checked)) < len(checked):
            raise ValueError(f"patch_size must name each size once, got {self.patch_size!r}")
        if self.descriptor == "hog":
            return [DenseHOG(size, stride) for size in checked]
        return [Patches(size, stride, self.contrast) for size in checked]

    def _learn_words(
        self, images: Images, descriptor: Descriptor, rng: np.random.Generator
    ) -> Vocabulary:
        rows, columns = descriptor.map_shape(*self.image_shape_[:2])
        boxes = grid_boxes(self.grid, rows, columns, window=self.window)
        vectors = sample_descriptors(images, descriptor, self.n_samples, rng, n_jobs=self.n_jobs)
        whitening = None
        if self.whitening is not None:
            whitening = fit_whitening(vectors, self.whitening)
            vectors = whitening(vectors)
        if self.codebook == "sampled":
            words = sample_words(vectors, self.n_words, rng)
        else:
            words = kmeans(
                vectors, self.n_words, rng, n_iterations=self.n_iterations, n_jobs=self.n_jobs
            )
        options = {
            "soft": {"bandwidth": self.bandwidth},
            "two-sided": {"threshold": self.threshold},
            "nearest": {"share": self.share},
        }
        encoder = ENCODERS[self.encoding](
            words, whitening=whitening, **options.get(self.encoding, {})
        )
        pooling = Pooling(boxes, rows, columns)
        return Vocabulary(descriptor, whitening, words, encoder, boxes, pooling)

    def _images_per_tile(self) -> int:
        positions = max(len(vocabulary.pooling.order) for vocabulary in self.vocabularies_)
        return max(1, min(8, POSITIONS_PER_TILE // positions))

    def _features(self, images: Images) -> Features:
        parts = [vocabulary.features(images) for vocabulary in self.vocabularies_]
        if self.mirror:
            mirrored = np.ascontiguousarray(images[:, :, ::-1])
            for part, vocabulary in zip(parts, self.vocabularies_, strict=True):
                part += vocabulary.features(mirrored)
                part *= np.float32(0.5)
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _names(self) -> list[str]:
        several = len(self.vocabularies_) > 1
        names = []
        for vocabulary in self.vocabularies_:
            encoder = vocabulary.encoder
            prefix = f"size{vocabulary.descriptor.size}_" if several else ""
            names += [
                f"{prefix}{box.name}_word{word}{sign}"
                for box in vocabulary.boxes
                for sign in encoder.signs
                for word in range(encoder.n_words)
            ]
        return names
