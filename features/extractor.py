"""What every extractor shares: checks of images, tiles, threads, names of columns, pictures."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from data.errors import ParameterError
from data.parameters.rules import Rule, check
from data.pixels.views import views_of
from data.system.threads import N_JOBS, run_jobs
from features.extraction.columns import as_images
from features.extraction.fitted_with import check_unchanged, parameters_of
from features.extraction.learned import LearnedArrays
from features.pictures.picture import Picture, draws_nothing

Images = npt.NDArray[Any]
Features = npt.NDArray[np.float32]

PIXELS_PER_TILE = 32 * 1024


class ImageExtractor(TransformerMixin, BaseEstimator, ABC):
    """Base class of extractors: images to features, a fixed number of images at a time.

    A subclass says what it learns (`_learn`), what one tile of images becomes (`_features`), what
    its columns are called (`_names`) and, if there is something to see, what it draws
    (`pictures`). It may say what each of its parameters may be (`_rules`); `fit` then checks them.
    Every tile has the same number of images; the last one is filled up with blank images. Sums
    over arrays of another shape may differ in their last bits, and so row *i* of a batch equals
    that image alone, bit for bit.

    Attributes
    ----------
    n_jobs : int or None
        Threads; None and -1 are all cores. The constructor of a subclass sets it.
    image_shape_ : (height, width, channels)
        Of the images that were given to `fit`.
    n_features_out_ : int
        How many features an image has.

    Examples
    --------
    >>> import numpy as np
    >>> from features import ImageExtractor
    >>> class Brightness(ImageExtractor):
    ...     def __init__(self, *, n_jobs=None):
    ...         self.n_jobs = n_jobs
    ...
    ...     def _learn(self, images):
    ...         pass
    ...
    ...     def _features(self, images):
    ...         return images.mean(axis=(1, 2, 3), dtype=np.float32)[:, None]
    ...
    ...     def _names(self):
    ...         return ["brightness"]
    >>> Brightness().fit_transform(np.full((2, 4, 4, 3), 7, dtype=np.uint8))
    array([[7.],
           [7.]], dtype=float32)
    """

    n_jobs: int | None
    image_shape_: tuple[int, int, int]
    n_features_out_: int

    _takes_floats: ClassVar[bool] = False
    _rules: ClassVar[Mapping[str, Rule]] = {}
    _fitted_with: Mapping[str, Any] = MappingProxyType({})

    @abstractmethod
    def _learn(self, images: Images) -> None:
        """Check the hyper-parameters against `image_shape_` and learn from the images."""

    def _check_parameters(self) -> None:
        """Raise ParameterError for the first parameter that its rule does not allow."""
        rules = {"n_jobs": N_JOBS, **self._rules}
        check({name: getattr(self, name) for name in rules}, rules)

    @abstractmethod
    def _features(self, images: Images) -> Features:
        """Return the features (n, d) of one tile of images."""

    def _features_of_views(self, images: Images, n_views: int, shift: int) -> Features:
        """Return the features (n, n_views, d) of the views of one tile of images.

        A subclass that need not begin anew for each view says how.
        """
        return np.stack([self._features(view) for view in views_of(images, n_views, shift)], axis=1)

    @abstractmethod
    def _names(self) -> list[str]:
        """Return the name of each column."""

    def _n_columns(self) -> int:
        """Return how many columns there are; without naming them, where that can be."""
        return len(self._names())

    def _learned_again(self, learned: LearnedArrays) -> None:
        """Be as `_learn` leaves it, with what it learned before; a subclass that learns says how.

        What else an extractor holds is derived here once more, from its parameters and the shape
        of its images.
        """
        if learned:
            raise ValueError(f"{type(self).__name__} learns no {', '.join(learned)}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `fit` has given them
            self._learn(np.empty((0, *self.image_shape_), dtype=np.uint8))

    def _rows_are_independent(self) -> bool:
        """Return whether some images at a time give the bits that all images at once give."""
        return type(self).transform is ImageExtractor.transform

    def _images_per_tile(self) -> int:
        """Return so few images that what is worked on stays in the cache."""
        height, width, _ = self.image_shape_
        return max(1, min(64, PIXELS_PER_TILE // (height * width)))

    def _needs_whole_tiles(self) -> bool:
        """Return whether an image may have other bits in a smaller tile, which is then filled."""
        return True

    def fit(self, X: Images, y: object = None) -> Self:
        """Learn from images.

        Parameters
        ----------
        X : uint8 array (n, height, width, channels)
            One or three channels. A column of a table, in which each entry is an image, is taken,
            too.
        y : object, default None
            Ignored: features are learned without labels.

        Returns
        -------
        ImageExtractor
            Itself, fitted.

        Raises
        ------
        ValueError
            If the images are no such array, or a parameter is impossible or does not suit them.
        """
        self._check_parameters()
        images = self._check_images(X)
        if len(images) == 0:
            raise ValueError("images must hold at least one image to fit, got none")
        self._begin_to_fit()
        self.image_shape_ = tuple(images.shape[1:])
        self._learn(images)
        self._end_to_fit(self._n_columns())
        return self

    def _begin_to_fit(self) -> None:
        """Be fitted no more, before anything changes: what is to be learned may be impossible."""
        self.__dict__.pop("n_features_out_", None)

    def _end_to_fit(self, n_columns: int) -> None:
        """Be fitted, with the parameters as they are now."""
        self._fitted_with = parameters_of(self)
        self.n_features_out_ = n_columns

    def _check_fitted(self) -> None:
        """Raise NotFittedError, or ParameterError if a parameter was changed since `fit`."""
        check_is_fitted(self)
        check_unchanged(self, self._fitted_with)

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether `fit` came to its end."""
        return "n_features_out_" in vars(self)

    def learned(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that `fit` learned from images: with them, `restore` fits it again.

        Returns
        -------
        dict of str to array
            Empty for an extractor that learns nothing. All else that a fitted extractor holds
            follows from these, its parameters and `image_shape_`.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `fit` was not called before.
        """
        self._check_fitted()
        return {}

    def restore(self, image_shape: tuple[int, int, int], learned: LearnedArrays) -> Self:
        """Be fitted by what an extractor with the same parameters has learned.

        Parameters
        ----------
        image_shape : (height, width, channels)
            Of the images that were given to `fit`.
        learned : mapping of str to array
            What `learned` returned.

        Returns
        -------
        ImageExtractor
            Itself, fitted.

        Raises
        ------
        ValueError
            If a parameter is impossible, or the arrays are not those of such an extractor.
        """
        self._check_parameters()
        self._check_images(np.empty((1, *image_shape), dtype=np.uint8))
        self._begin_to_fit()
        height, width, n_channels = image_shape
        self.image_shape_ = height, width, n_channels
        self._learned_again(learned)
        self._end_to_fit(self._n_columns())
        return self

    def transform(self, X: Images) -> Features:
        """Return the features of images.

        Parameters
        ----------
        X : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.

        Returns
        -------
        float32 array (n, n_features_out_)
            C-contiguous and finite.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `fit` was not called before.
        ValueError
            If the images are no such array, or of another shape, or a parameter other than
            `n_jobs` was changed after `fit`.
        """
        return self._transformed(self._checked_again(X))

    def _checked_again(self, X: object) -> Images:
        """Return images, checked; raise ValueError unless they are like those given to fit."""
        self._check_fitted()
        images = self._check_images(X)
        if images.shape[1:] != self.image_shape_:
            raise ValueError(
                f"images must be {self.image_shape_} each, as those given to fit, "
                f"got {images.shape[1:]}"
            )
        return images

    def _transformed(self, images: Images) -> Features:
        """Return the features of checked images, made tile by tile."""
        out = np.empty((len(images), self.n_features_out_), dtype=np.float32)
        self._in_tiles(self._features, images, out)
        return out

    def _in_tiles(self, made: Callable[[Images], Features], images: Images, out: Features) -> None:
        """Write what a function makes of each tile of images into its rows."""
        size = self._images_per_tile()

        def fill(start: int) -> None:
            tile = images[start : start + size]
            count = len(tile)
            if count < size and self._needs_whole_tiles():
                whole = np.zeros((size, *images.shape[1:]), dtype=images.dtype)
                whole[:count] = tile
                tile = whole
            tile = np.ascontiguousarray(tile)
            given = np.asarray(made(tile))
            if given.shape != (wanted := (len(tile), *out.shape[1:])):
                raise ParameterError(
                    f"{type(self).__name__}._features must return an array {wanted} for "
                    f"{len(tile)} images, a column for each of its _names, got {given.shape}"
                )
            out[start : start + count] = given[:count]

        run_jobs(fill, range(0, len(images), size), self.n_jobs)

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """Return the name of each column of the features.

        Parameters
        ----------
        input_features : object, default None
            Ignored: pixels have no names of their own.

        Returns
        -------
        object array (n_features_out_,)
            Of str.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If `fit` was not called before.
        """
        self._check_fitted()
        return np.asarray(self._names(), dtype=object)

    def pictures(self, images: Images) -> list[Picture]:
        """Return pictures of what the extractor sees in images, for the page of a comparison.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            A few images of the shape that was fitted.

        Returns
        -------
        list of Picture
            Those that follow each other with one caption are shown together.

        Raises
        ------
        NotImplementedError
            If the extractor does not draw; the page then says so.
        """
        raise draws_nothing(self)

    def _check_images(self, X: object) -> Images:
        images = as_images(X)
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
        # A NaN fails this comparison as well.
        if floats and images.size and not (images.min() >= 0 and images.max() <= 1):
            raise ValueError(
                f"float images must be in [0, 1], got {images.min():g} … {images.max():g}"
            )
        return images

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags


def rows_are_independent(transformer: Any) -> bool:
    """Return whether some images at a time give the bits that all images at once give.

    Extractors give them, by their tiles, as long as they keep this module's `transform`; a
    `FeatureUnion` gives them if all of its parts do. Of other transformers nothing is known.

    Parameters
    ----------
    transformer : estimator
        Of images.

    Returns
    -------
    bool

    Examples
    --------
    >>> from features import HOG, Views
    >>> from sklearn.decomposition import PCA
    >>> rows_are_independent(Views(HOG())), rows_are_independent(Views(PCA()))
    (True, False)
    """
    if isinstance(transformer, ImageExtractor):
        return transformer._rows_are_independent()
    from sklearn.pipeline import FeatureUnion

    if isinstance(transformer, FeatureUnion):
        parts = [part for _, part in transformer.transformer_list if part != "drop"]
        return all(rows_are_independent(part) for part in parts)
    return False
