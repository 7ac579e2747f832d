"""An image as counts of learned words: patches, whitening, codebook, encoding, pooling."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from data.errors import ParameterError
from data.parameters.rules import (
    FLAG,
    Rule,
    all_of,
    either,
    number,
    one_of,
    optional,
    several,
    whole,
)
from data.pixels.views import are_mirrored, are_shifted, views_of
from features.extraction.grid import Box, GridLike, grid_boxes
from features.extraction.learned import LearnedArrays, learned_array
from features.extraction.normalization import NORMS, normalized
from features.extraction.parameters import GRID, OPTIONS, RANDOM_STATE
from features.extractor import Features, ImageExtractor, Images
from features.pictures.picture import Picture
from features.words.dead_words import count_dead_words
from features.words.descriptors.dense_hog import DenseHOG
from features.words.descriptors.descriptor import DESCRIPTORS, Descriptor, make_descriptor
from features.words.descriptors.patches import Patches
from features.words.descriptors.sampling import sample_descriptors
from features.words.encodings import ENCODERS
from features.words.learning.codebook import CODEBOOKS
from features.words.learning.whitening import Whitening, fit_whitening
from features.words.pictures import codebook_sheet, drawn_from_words, fullest_words
from features.words.pooling import Pooling
from features.words.vocabulary import Vectors, Vocabulary

_CODES_PER_TILE = 1 << 19
_PICTURE_PX = 64
_N_PICTURED_WORDS = 100
_N_WHERE = 3


class BagOfVisualWords(ImageExtractor):
    """Mean code of an image's descriptors against a codebook, for each cell of a grid.

    Descriptors are taken at every position and whitened. Each is compared with the words of a
    codebook, which was learned without labels, and becomes a code. The codes are averaged over
    the cells. With ``encoding="hard", grid=(1, 1)`` this is the textbook histogram of visual
    words.

    Parameters
    ----------
    n_words : int, default 512
        Words in the codebook, for each patch size.
    patch_size : int, or a list of these, default 6
        Side of the square described, in pixels; several sizes stand side by side.
    stride : int, default 1
        Pixels from one position to the next.
    descriptor : {"patches", "hog"}, default "patches"
        Pixels, or a block of 2×2 HoG cells.
    contrast : float or None, default 10.0
        Regulariser of the patches' contrast normalisation; None leaves them as they are.
    whitening : float or None, default 0.1
        The ε of the ZCA whitening; None leaves it out.
    codebook : {"kmeans", "kmeans++", "sampled"}, default "kmeans"
        Centres of k-means; the descriptors from which k-means++ would start it, spread over all;
        or descriptors drawn at random.
    encoding : {"triangle", "hard", "soft", "two-sided", "nearest"}, default "triangle"
        See `features.words.encodings`.
    threshold : float, default 0.25
        Of the encoding "two-sided": at least 0.
    bandwidth : float, default 1.0
        Of the encoding "soft": 1e-6 … 1e6.
    share : float, default 0.4
        Of the encoding "nearest": above 0 and below 1.
    encoding_options : mapping or None, default None
        Parameters of the encoding that have no parameter here: name → value.
    grid : int, (rows, columns), or a list of pairs, default (2, 2)
        Cells of positions as `numpy.array_split` cuts them; a list is a spatial pyramid.
    window : int or None, default None
        Side of the cells in positions, spread evenly from edge to edge: large ones overlap, and
        small ones leave out what is between them. None cuts the positions into cells that do not
        overlap.
    mirror : bool, default False
        Mean over each image and its mirror image. A classifier then need not learn that left and
        right mean nothing.
    power : float, default 1.0
        Each mean code v becomes sign(v)·abs(v)^power; 0.5 is the signed square root.
    norm : {"none", "l2", "standard"}, default "none"
        What is then done to all features of an image, see `features.extraction.normalization`.
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
    vocabularies_ : list of Vocabulary
        One for each patch size; each has its `words` and `whitening`.
    n_dead_words_ : int
        Words, of all patch sizes together, whose codes are zero for every descriptor that was
        learned from. If it is a tenth of them and ten or more, `fit` gives a `RuntimeWarning`.
        Only `fit` counts them; a model that was read from a file has no such attribute.

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

    _rules: ClassVar[Mapping[str, Rule]] = {
        "n_words": whole(2),
        "patch_size": either(whole(1), several(whole(1), "several such, each once", least=1)),
        "stride": whole(1),
        "descriptor": one_of(DESCRIPTORS),
        "contrast": optional(number(0)),
        "whitening": optional(number(0)),
        "codebook": one_of(CODEBOOKS),
        "encoding": one_of(ENCODERS),
        "encoding_options": OPTIONS,
        "grid": GRID,
        "window": optional(whole(1)),
        "mirror": FLAG,
        "power": number(0, 1, open_low=True, closed_high=True),
        "norm": one_of(NORMS),
        "n_samples": whole(1),
        "n_iterations": whole(1),
        "random_state": RANDOM_STATE,
    }

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
        encoding_options: Mapping[str, Any] | None = None,
        grid: GridLike = (2, 2),
        window: int | None = None,
        mirror: bool = False,
        power: float = 1.0,
        norm: str = "none",
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
        self.encoding_options = encoding_options
        self.grid = grid
        self.window = window
        self.mirror = mirror
        self.power = power
        self.norm = norm
        self.n_samples = n_samples
        self.n_iterations = n_iterations
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, images: Images) -> None:
        descriptors = self._checked_descriptors()
        options = self._checked_options()
        rng = np.random.default_rng(self.random_state)
        self.n_dead_words_ = 0
        self.vocabularies_ = [self._learn_words(images, each, options, rng) for each in descriptors]
        n_words = self.n_words * len(descriptors)
        if self.n_dead_words_ >= max(10, n_words / 10):
            warnings.warn(
                f"{self.n_dead_words_} of {n_words} words are dead: no descriptor has a code of "
                "them. Ask for fewer words (n_words), or for others (codebook)",
                RuntimeWarning,
                stacklevel=3,
            )

    def _checked_descriptors(self) -> list[Descriptor]:
        sizes = [int(size) for size in all_of(self.patch_size)]
        if len(set(sizes)) < len(sizes):
            raise ParameterError(f"patch_size must name each size once, got {self.patch_size!r}")
        return [
            make_descriptor(self.descriptor, size, self.stride, self.contrast) for size in sizes
        ]

    def _checked_options(self) -> dict[str, Any]:
        """Return the parameters of the encoding: those that are named here, and the options."""
        own = self.get_params(deep=False)
        # They are about what is pooled, and an encoding may have parameters of these names.
        del own["power"], own["norm"]
        for encoder in ENCODERS.values():
            # A value must be possible also where the encoding does not need it.
            for name, parameter in encoder.parameters.items():
                if name in own:
                    own[name] = parameter.checked(name, own[name])
        options = dict(self.encoding_options or {})
        if twice := [name for name in options if name in own]:
            raise ParameterError(
                f"encoding_options must not hold {', '.join(twice)}: "
                "that is a parameter of its own; give it beside encoding_options"
            )
        encoder = ENCODERS[self.encoding]
        return encoder.checked(
            {name: own[name] for name in encoder.parameters if name in own} | options
        )

    def _learn_words(
        self,
        images: Images,
        descriptor: Descriptor,
        options: dict[str, Any],
        rng: np.random.Generator,
    ) -> Vocabulary:
        boxes = self._boxes_of(descriptor)  # before hours of learning: they may be impossible
        vectors = sample_descriptors(images, descriptor, self.n_samples, rng, n_jobs=self.n_jobs)
        whitening = None
        if self.whitening is not None:
            whitening = fit_whitening(vectors, self.whitening)
            vectors = whitening.of_many(vectors, n_jobs=self.n_jobs)
        learn = CODEBOOKS[self.codebook]
        words = learn(
            vectors, self.n_words, rng, n_iterations=self.n_iterations, n_jobs=self.n_jobs
        )
        self.n_dead_words_ += count_dead_words(ENCODERS[self.encoding](words, **options), vectors)
        return self._vocabulary(descriptor, whitening, words, options, boxes)

    def _boxes_of(self, descriptor: Descriptor) -> list[Box]:
        rows, columns = descriptor.map_shape(*self.image_shape_[:2])
        return grid_boxes(self.grid, rows, columns, window=self.window)

    def _vocabulary(
        self,
        descriptor: Descriptor,
        whitening: Whitening | None,
        words: Vectors,
        options: dict[str, Any],
        boxes: list[Box],
    ) -> Vocabulary:
        """Return all that follows from learned words."""
        encoder = ENCODERS[self.encoding](words, whitening=whitening, **options)
        pooling = Pooling(boxes, *descriptor.map_shape(*self.image_shape_[:2]))
        return Vocabulary(descriptor, whitening, words, encoder, boxes, pooling)

    def learned(self) -> dict[str, Vectors]:
        """Return the words of each patch size, and the mean and matrix of its whitening.

        Returns
        -------
        dict of str to float32 array
            Named "words_6", "mean_6" and "matrix_6" for a patch size of 6.
        """
        arrays: dict[str, Vectors] = super().learned()
        for vocabulary in self.vocabularies_:
            size, whitening = vocabulary.descriptor.size, vocabulary.whitening
            arrays[f"words_{size}"] = vocabulary.words
            if whitening is not None:
                arrays[f"mean_{size}"] = whitening.mean
                arrays[f"matrix_{size}"] = whitening.matrix
        return arrays

    def _learned_again(self, learned: LearnedArrays) -> None:
        options = self._checked_options()
        self.vocabularies_ = []
        for descriptor in self._checked_descriptors():
            size, n_values = descriptor.size, descriptor.n_values(self.image_shape_[2])
            words = learned_array(
                learned, f"words_{size}", (int(self.n_words), n_values), np.float32
            )
            whitening = None
            if self.whitening is not None:
                whitening = Whitening(
                    learned_array(learned, f"mean_{size}", (n_values,), np.float32),
                    learned_array(learned, f"matrix_{size}", (n_values, n_values), np.float32),
                )
            boxes = self._boxes_of(descriptor)
            self.vocabularies_.append(
                self._vocabulary(descriptor, whitening, words, options, boxes)
            )

    def _images_per_tile(self) -> int:
        # Images are coded one by one, so a tile is no larger than what is worth a call: one image
        # alone is then not made with many blank ones, and threads share few images evenly.
        codes = sum(len(each.pooling.order) * each.encoder.n_codes for each in self.vocabularies_)
        return max(1, min(8, _CODES_PER_TILE // codes))

    def _needs_whole_tiles(self) -> bool:
        # Images are coded one by one. What a descriptor of one's own does is not known.
        return any(
            not isinstance(each.descriptor, Patches | DenseHOG) for each in self.vocabularies_
        )

    def _features(self, images: Images) -> Features:
        seen = views_of(images, 2) if self.mirror else [images]
        parts = [vocabulary.features(seen[0]) for vocabulary in self.vocabularies_]
        for mirrored in seen[1:]:
            for part, vocabulary in zip(parts, self.vocabularies_, strict=True):
                part += vocabulary.features(mirrored)
                part *= np.float32(0.5)
        codes = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        return normalized(codes, self.power, self.norm)

    def _features_of_views(self, images: Images, n_views: int, shift: int) -> Features:
        is_own = type(self)._features is BagOfVisualWords._features
        if not (are_shifted(n_views) and is_own):
            return super()._features_of_views(images, n_views, shift)
        if not all(each.can_move(n_views, shift) for each in self.vocabularies_):
            return super()._features_of_views(images, n_views, shift)
        mirror = bool(self.mirror) or are_mirrored(n_views)
        parts = [
            each.features_of_views(images, n_views, shift, mirror=mirror)
            for each in self.vocabularies_
        ]
        sides = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=3)
        if self.mirror:
            # A view is the mean over it and its mirror image, and so is that.
            mean = (sides[:, :, :1] + sides[:, :, 1:]) * np.float32(0.5)
            sides = np.repeat(mean, 2, axis=2) if are_mirrored(n_views) else mean
        return normalized(sides.reshape(len(images), n_views, -1), self.power, self.norm)

    def _n_columns(self) -> int:
        return sum(len(each.boxes) * each.encoder.n_codes for each in self.vocabularies_)

    def _names(self) -> list[str]:
        several = len(self.vocabularies_) > 1
        return [
            f"size{vocabulary.descriptor.size}_{name}" if several else name
            for vocabulary in self.vocabularies_
            for name in vocabulary.names()
        ]

    def pictures(self, images: Images) -> list[Picture]:
        """Return images drawn from their nearest words, where words fire, and the codebook.

        Of several patch sizes, the first one is drawn.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.

        Returns
        -------
        list of Picture
            Each image drawn from words, where the descriptors are patches; where the words of
            the first three images fire; and a sheet of words.
        """
        images = self._checked_again(images)
        vocabulary, zoom = self.vocabularies_[0], max(1, _PICTURE_PX // images.shape[1])
        drawn = "Each patch replaced by its nearest visual word"
        if vocabulary.descriptor.not_shown:
            drawn += f": {vocabulary.descriptor.not_shown}"
        fires = "The words that appear most in an image, and where: the brighter, the more"
        words = codebook_sheet(vocabulary, images.shape[3], zoom=2, n_words=_N_PICTURED_WORDS)
        return [
            *(Picture(drawn, each) for each in drawn_from_words(vocabulary, images)),
            *(
                Picture(fires, fullest_words(vocabulary, image, zoom=zoom))
                for image in images[:_N_WHERE]
            ),
            Picture("Words of the codebook", words),
        ]
