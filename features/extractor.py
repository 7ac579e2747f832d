"""What every extractor shares: checking images, cutting them into tiles, threads, names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from features.threads import n_threads, run_jobs

Images = npt.NDArray[Any]
Features = npt.NDArray[np.float32]

PIXELS_PER_TILE = 32 * 1024


class ImageExtractor(TransformerMixin, BaseEstimator, ABC):
    """Images to features, a fixed number of images at a time.

    A subclass says what it learns (`_learn`), what one tile of images becomes (`_features`) and
    what its columns are called (`_names`). Every tile has the same number of images, the last
    one being filled up with blank ones: sums over arrays of another shape may differ in their
    last bits, and so row *i* of a batch equals that image alone, bit for bit.
    """

    n_jobs: int | None
    image_shape_: tuple[int, int, int]
    n_features_out_: int

    _takes_floats: ClassVar[bool] = False

    @abstractmethod
    def _learn(self, images: Images) -> None:
        """Check the hyper-parameters against `image_shape_` and learn from the images."""

    @abstractmethod
    def _features(self, images: Images) -> Features:
        """Features (n, d) of one tile of images."""

    @abstractmethod
    def _names(self) -> list[str]:
        """The name of each column."""

    def _images_per_tile(self) -> int:
        """Few enough images that what is worked on stays in the cache."""
        height, width, _ = self.image_shape_
        return max(1, min(64, PIXELS_PER_TILE // (height * width)))

    def fit(self, X: Images, y: object = None) -> Self:
        """Learn from images.

        Parameters
        ----------
        X : uint8 array (n, height, width, channels)
            One or three channels.
        y : ignored
        """
        images = self._check_images(X)
        if len(images) == 0:
            raise ValueError("images must hold at least one image to fit, got none")
        n_threads(self.n_jobs)
        self.image_shape_ = tuple(images.shape[1:])
        self._learn(images)
        self.n_features_out_ = len(self._names())
        return self

    def transform(self, X: Images) -> Features:
        """Features of images, float32 (n, d), C-contiguous and finite.

        Parameters
        ----------
        X : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.
        """
        check_is_fitted(self, "n_features_out_")
        images = self._check_images(X)
        if images.shape[1:] != self.image_shape_:
            raise ValueError(
                f"images must be {self.image_shape_} each, as those given to fit, "
                f"got {images.shape[1:]}"
            )
        size = self._images_per_tile()
        out = np.empty((len(images), self.n_features_out_), dtype=np.float32)

        def fill(start: int) -> None:
            tile = images[start : start + size]
            count = len(tile)
            if count < size or not tile.flags.c_contiguous:
                whole = np.zeros((size, *images.shape[1:]), dtype=images.dtype)
                whole[:count] = tile
                tile = whole
            out[start : start + count] = self._features(tile)[:count]

        run_jobs(fill, range(0, len(images), size), self.n_jobs)
        return out

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """The name of each column of the features."""
        check_is_fitted(self, "n_features_out_")
        return np.asarray(self._names(), dtype=object)

    def _check_images(self, X: object) -> Images:
        images = np.asarray(X)
        wanted = "images must be uint8 (n, height, width, channels)"
        if self._takes_floats:
            wanted += ", or floats in [0, 1] of that shape"
        given = f"{images.dtype} {images.shape}"
        if images.ndim == 3:
            hint = "one image is images[None], grey images are images[..., None]"
            raise ValueError(f"{wanted}, got {given}: {hint}")
        floats = images.dtype in (np.float32, np.float64)
        if images.ndim != 4 or not (images.dtype == np.uint8 or (floats and self._takes_floats)):
            raise ValueError(f"{wanted}, got {given}")
        if images.shape[3] not in (1, 3):
            raise ValueError(f"images must have 1 or 3 channels, got {images.shape[3]} in {given}")
        if 0 in images.shape[1:]:
            raise ValueError(f"images must have at least one pixel, got {given}")
        # A NaN fails the comparison, too.
        if floats and images.size and not (images.min() >= 0 and images.max() <= 1):
            raise ValueError(
                f"float images must be in [0, 1], got {images.min():g} … {images.max():g}"
            )
        return images

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags


def channel_names(n_channels: int) -> tuple[str, ...]:
    """What the channels of an image are called."""
    return ("grey",) if n_channels == 1 else ("red", "green", "blue")
