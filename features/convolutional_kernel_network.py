"""Layers of filters on top of filters, all learned without labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import (
    FLAG,
    Rule,
    either,
    is_sequence,
    number,
    one_of,
    optional,
    several,
    whole,
)
from data.pixels.images import MAX_SIDE_PX
from data.pixels.views import views_of
from features.extraction.learned import LearnedArrays, learned_array
from features.extraction.normalization import NORMS, normalized
from features.extraction.parameters import RANDOM_STATE
from features.extractor import Features, ImageExtractor, Images
from features.kernels.filters import inverse_root, spherical_kmeans, unit_vectors
from features.kernels.gaussian_pooling import GaussianPooling
from features.kernels.layer import Layer
from features.kernels.sampling import sample_patches
from features.kernels.whitened_images import WhitenedImages, fit_whitened_images
from features.pictures.drawing import sheet
from features.pictures.picture import Picture
from features.words.descriptors.patches import Patches
from features.words.learning.whitening import Whitening

_N_PICTURED_FILTERS = 100
_IMAGES_PER_TILE = 8
_COUNTS = several(whole(1), "whole numbers from 1 up, one for each layer", least=1)
_SIGMA = number(0.05, 100, closed_high=True)


class ConvolutionalKernelNetwork(ImageExtractor):
    """Codes of patches of codes: each layer compares the patches of the map below with filters.

    The image is contrast-normalised and whitened. A layer then takes the patch x around every
    position of the map below, and gives it the code ‖x‖·exp((w·x/‖x‖ - 1)/σ²) for each filter w.
    The filters are centres of the patches' directions. The codes are pooled with Gaussian weights
    and multiplied with a matrix, so that products of codes are near those of the kernel. The
    pooled map is what the next layer sees, and the last one is the feature.

    Parameters
    ----------
    n_filters : sequence of int, default (64, 256)
        Filters of each layer, from the first.
    patch_sizes : int, or a sequence of int, default 3
        Side of the patches of each layer, in positions of the map below; one number is for all.
    subsampling : sequence of int, default (2, 6)
        Positions from one pooled code to the next, in each layer, see
        `features.kernels.gaussian_pooling`; at most 16,384 in all, the longest side of an image.
    sigmas : float, or a sequence of float, default 0.6
        The σ of each layer: 0.05 … 100.
    contrast : float or None, default 100.0
        Regulariser of each image's contrast normalisation; None leaves pixels 0 … 255.
    whitening : float or None, default 0.3
        The ε of the ZCA whitening of pixels with their neighbours; None leaves it out.
    whitening_size : int, default 9
        Side of the square of neighbours, odd.
    layers : {"last", "all"}, default "last"
        The map of the last layer, or those of all layers, side by side; lower ones are pooled as
        far as the last.
    mirror : bool, default False
        Mean over each image and its mirror image.
    power : float, default 1.0
        Each feature v becomes sign(v)·abs(v)^power; 0.5 is the signed square root.
    norm : {"none", "l2", "standard"}, default "none"
        What is then done to the features of an image, see `features.extraction.normalization`.
    n_samples : int, default 100_000
        Patches to learn from, in each layer.
    n_iterations : int, default 10
        Rounds of spherical k-means.
    random_state : int, numpy.random.Generator or None, default 0
        Decides which patches are drawn.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Attributes
    ----------
    layers_ : list of Layer
        Each has its `filters`, (n_filters, patch_size² · filters of the layer below).
    whitened_ : WhitenedImages
        What the first layer sees of an image.

    References
    ----------
    Mairal, Koniusz, Harchaoui and Schmid, "Convolutional kernel networks", NIPS 2014; Mairal,
    "End-to-end kernel learning with supervised convolutional kernel networks", NIPS 2016,
    sections 2 and 3.1 (here the filters are learned without labels).

    Examples
    --------
    >>> import numpy as np
    >>> from features import ConvolutionalKernelNetwork
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    >>> network = ConvolutionalKernelNetwork(n_filters=(4, 8), subsampling=(2, 4))
    >>> network.fit_transform(images).shape  # 2 × 2 positions of the last map
    (4, 32)
    """

    _rules: ClassVar[Mapping[str, Rule]] = {
        "n_filters": _COUNTS,
        "patch_sizes": either(
            whole(1), several(whole(1), "a list of such, one for each layer", least=1)
        ),
        "subsampling": _COUNTS,
        "sigmas": either(_SIGMA, several(_SIGMA, "a list of such, one for each layer", least=1)),
        "contrast": optional(number(0)),
        "whitening": optional(number(0)),
        "whitening_size": whole(1),
        "layers": one_of(("last", "all")),
        "mirror": FLAG,
        "power": number(0, 1, open_low=True, closed_high=True),
        "norm": one_of(NORMS),
        "n_samples": whole(1),
        "n_iterations": whole(0),
        "random_state": RANDOM_STATE,
    }

    def __init__(
        self,
        *,
        n_filters: Sequence[int] = (64, 256),
        patch_sizes: int | Sequence[int] = 3,
        subsampling: Sequence[int] = (2, 6),
        sigmas: float | Sequence[float] = 0.6,
        contrast: float | None = 100.0,
        whitening: float | None = 0.3,
        whitening_size: int = 9,
        layers: str = "last",
        mirror: bool = False,
        power: float = 1.0,
        norm: str = "none",
        n_samples: int = 100_000,
        n_iterations: int = 10,
        random_state: int | np.random.Generator | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_filters = n_filters
        self.patch_sizes = patch_sizes
        self.subsampling = subsampling
        self.sigmas = sigmas
        self.contrast = contrast
        self.whitening = whitening
        self.whitening_size = whitening_size
        self.layers = layers
        self.mirror = mirror
        self.power = power
        self.norm = norm
        self.n_samples = n_samples
        self.n_iterations = n_iterations
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _of_each_layer(self, name: str) -> list[Any]:
        """Return a parameter's value for each layer."""
        given, n_layers = getattr(self, name), len(self.n_filters)
        if not is_sequence(given):
            return [given] * n_layers
        if len(given) != n_layers:
            raise ParameterError(
                f"{name} must have a value for each of the {n_layers} layers of n_filters, "
                f"got {given!r}"
            )
        return list(given)

    def _lay_out(self) -> None:
        """Set what follows from the parameters and the shape of images."""
        if self.whitening_size % 2 == 0:
            raise ParameterError(f"whitening_size must be odd, got {self.whitening_size}")
        self._sizes = [int(size) for size in self._of_each_layer("patch_sizes")]
        self._sigmas = [float(sigma) for sigma in self._of_each_layer("sigmas")]
        steps = [int(step) for step in self._of_each_layer("subsampling")]
        if math.prod(steps) > MAX_SIDE_PX:
            raise ParameterError(
                f"subsampling must be at most {MAX_SIDE_PX} in all, the longest side of an image, "
                f"got {str(steps)[:80]}"
            )
        shape, self._poolings, maps = self.image_shape_[:2], [], []
        for step in steps:
            self._poolings.append(GaussianPooling(*shape, step))
            shape = self._poolings[-1].shape
            maps.append(shape)
        # A lower map is pooled by all steps above it at once.
        self._heads = [
            GaussianPooling(*shape, math.prod(steps[i + 1 :])) for i, shape in enumerate(maps)
        ]

    def _learn(self, images: Images) -> None:
        self._lay_out()
        rng = np.random.default_rng(self.random_state)
        self.whitened_ = fit_whitened_images(
            images,
            contrast=self.contrast,
            epsilon=self.whitening,
            size=int(self.whitening_size),
            n_samples=int(self.n_samples),
            rng=rng,
            n_jobs=self.n_jobs,
        )
        self.layers_: list[Layer] = []
        for n_filters, size, sigma, pooling in zip(
            self.n_filters, self._sizes, self._sigmas, self._poolings, strict=True
        ):
            patches = sample_patches(
                images,
                lambda image: self._maps(image)[-1],
                size,
                int(self.n_samples),
                rng,
                n_jobs=self.n_jobs,
            )
            filters = spherical_kmeans(
                unit_vectors(patches),
                int(n_filters),
                rng,
                n_iterations=self.n_iterations,
                n_jobs=self.n_jobs,
            )
            mixing = inverse_root(filters, sigma)
            self.layers_.append(Layer(size, sigma, filters, mixing, pooling))

    def learned(self) -> dict[str, npt.NDArray[Any]]:
        """Return the whitening, and the filters of each layer with their matrix.

        Returns
        -------
        dict of str to float32 array
            "mean" and "matrix" of the whitening, if there is one; "filters_1" and "mixing_1" of
            the first layer.
        """
        arrays: dict[str, npt.NDArray[Any]] = super().learned()
        whitening = self.whitened_.whitening
        if whitening is not None:
            arrays |= {"mean": whitening.mean, "matrix": whitening.matrix}
        for i, layer in enumerate(self.layers_, 1):
            arrays |= {f"filters_{i}": layer.filters, f"mixing_{i}": layer.mixing}
        return arrays

    def _learned_again(self, learned: LearnedArrays) -> None:
        self._lay_out()
        size, n_channels, whitening = int(self.whitening_size), self.image_shape_[2], None
        if self.whitening is not None:
            n_values = size * size * n_channels
            whitening = Whitening(
                learned_array(learned, "mean", (n_values,), np.float32),
                learned_array(learned, "matrix", (n_values, n_channels), np.float32),
            )
        self.whitened_ = WhitenedImages(self.contrast, size, whitening)
        self.layers_ = []
        parameters = zip(self.n_filters, self._sizes, self._sigmas, self._poolings, strict=True)
        for i, (n_filters, side, sigma, pooling) in enumerate(parameters, 1):
            shape = int(n_filters), side * side * n_channels
            filters = learned_array(learned, f"filters_{i}", shape, np.float32)
            mixing = learned_array(learned, f"mixing_{i}", (shape[0], shape[0]), np.float32)
            self.layers_.append(Layer(side, sigma, filters, mixing, pooling))
            n_channels = shape[0]

    def _images_per_tile(self) -> int:
        return _IMAGES_PER_TILE

    def _needs_whole_tiles(self) -> bool:
        # Each product is one sum, so that its bits do not depend on other images.
        return False

    def _maps(self, image: npt.NDArray[np.uint8]) -> list[Features]:
        """Return what the first layer sees of an image, and the map of each layer."""
        maps = [self.whitened_(image)]
        for layer in self.layers_:
            maps.append(layer(maps[-1]))
        return maps

    def _rows(self, images: Images) -> Features:
        """Return a row for each image."""
        if self.layers == "last":
            *lower, last = self.layers_
            pooled = []
            for image in images:
                values = self.whitened_(image)
                for layer in lower:
                    values = layer(values)
                pooled.append(last.pooled(values))
            # All at once, as the matrix is large.
            return last.mixed(np.stack(pooled)).reshape(len(images), -1)
        rows = []
        for image in images:
            maps = self._maps(image)[1:]
            parts = [head(each).ravel() for head, each in zip(self._heads, maps, strict=True)]
            rows.append(np.concatenate(parts))
        return np.stack(rows)

    def _features(self, images: Images) -> Features:
        out = self._rows(images)
        if self.mirror:
            out += self._rows(views_of(images, 2)[1])
            out *= np.float32(0.5)
        return normalized(out, self.power, self.norm)

    def _kept(self) -> list[tuple[int, GaussianPooling]]:
        """Return the number of each layer that is kept, from 1, and its pooling to the last map."""
        kept = list(enumerate(self._heads, 1))
        return kept if self.layers == "all" else kept[-1:]

    def _n_columns(self) -> int:
        return sum(
            head.shape[0] * head.shape[1] * len(self.layers_[i - 1].filters)
            for i, head in self._kept()
        )

    def _names(self) -> list[str]:
        return [
            f"layer{i}_cell_{row}_{column}_filter{each}"
            for i, head in self._kept()
            for row in range(head.shape[0])
            for column in range(head.shape[1])
            for each in range(len(self.layers_[i - 1].filters))
        ]

    def pictures(self, images: Images) -> list[Picture]:
        """Return a sheet of the filters of the first layer.

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
        first = self.layers_[0]
        square = Patches(first.patch_size)
        filters = first.filters[:_N_PICTURED_FILTERS]
        tiles = [square.tile(each, images.shape[3], 4) for each in filters]
        return [Picture("Filters of the first layer, of whitened pixels", sheet(tiles))]
