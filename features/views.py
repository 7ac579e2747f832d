"""Several views of an image: mirrored and shifted, each with features of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn import get_config
from sklearn.base import clone
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from data.errors import ParameterError
from data.parameters.rules import Rule, check, made_by, whole
from data.pixels.views import are_shifted, interleaved, views_of
from features.extraction.columns import as_images
from features.extraction.learned import LearnedArrays
from features.extraction.tiled_views import fill_views, tiled_parts
from features.extraction.view_counts import N_VIEWS_RULE, HoldsViews, holds_views
from features.extraction.view_counts import n_views_of as n_views_of  # its name here is public, too
from features.extractor import Features, ImageExtractor, Images, rows_are_independent
from features.pictures.picture import Picture, pictures_of

_BLOCK_BYTES = 1 << 25


def _is_transformer(value: Any) -> bool:
    names = ("fit", "transform", "get_params")
    return not isinstance(value, type) and all(hasattr(value, name) for name in names)


class Views(HoldsViews, ImageExtractor):
    """The features of several views of each image, from any transformer of images.

    In a row, column f · n_views + v is feature f of view v. Rows with the same views can stand
    side by side, so that a union of `Views`, and `Views` around a union, hold the same features.
    A classifier that takes the views apart (`models.ViewsClassifier`) learns from all of them and
    predicts by their mean: it has several times as many samples, of which a network makes more
    than a linear classifier can.

    Parameters
    ----------
    extractor : estimator
        A transformer of images: an extractor, or a `FeatureUnion`, a `Pipeline` or a transformer
        of one's own. It learns from the images as they are, not from their views.
    n_views : {1, 2, 5, 9, 10, 18, 25, 50}, default 10
        The image; the image and its mirror image; or the image at several places: five views are
        taken at the centre and at the four corners, nine at 3 × 3 places and 25 at 5 × 5. Twice as
        many are both, the image and its mirror image, at each place. With ``mirror=True`` of the
        extractor, a view is the mean of the two, and the places are enough.
    shift : int, default 3
        By how many pixels the views are moved at most, down or up and across; one view and two
        are not shifted. Beyond the border the nearest pixel is repeated. Moves are whole pixels:
        with a shift of 1, some of 25 places coincide.

    Attributes
    ----------
    extractor_ : estimator
        The extractor, fitted.
    image_shape_ : (height, width, channels)
        Of the images that were given to `fit`.
    n_features_out_ : int
        How many features an image has, in all of its views.

    References
    ----------
    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012, section 4.1: ten views at the time of testing.

    Examples
    --------
    >>> import numpy as np
    >>> from features import RawPixels, Views
    >>> image = np.array([[[[0], [51], [102]]]], dtype=np.uint8)
    >>> Views(RawPixels(), n_views=2).fit_transform(image)
    array([[0. , 0.4, 0.2, 0.2, 0.4, 0. ]], dtype=float32)
    """

    _rules: ClassVar[Mapping[str, Rule]] = {
        "extractor": made_by(_is_transformer, "a transformer with fit, transform and get_params"),
        "n_views": N_VIEWS_RULE,
        "shift": whole(0),
    }

    def __init__(self, extractor: Any, *, n_views: int = 10, shift: int = 3) -> None:
        self.extractor = extractor
        self.n_views = n_views
        self.shift = shift

    @property
    def n_jobs(self) -> int | None:  # type: ignore[override]
        """Threads of the extractor; None where it has no such parameter."""
        n_jobs: int | None = getattr(self.extractor, "n_jobs", None)
        return n_jobs

    def fit(self, X: Images, y: object = None, **params: Any) -> Self:
        """Fit the extractor on images as they are.

        Parameters
        ----------
        X : array (n, height, width, channels)
            Images that the extractor takes.
        y : object, default None
            Handed on to the extractor, unless it is None.
        **params : dict
            Handed on to the extractor's ``fit``. Where scikit-learn's metadata routing is enabled,
            it goes where it was requested.

        Returns
        -------
        Views
            Itself, fitted.

        Raises
        ------
        ValueError
            If there cannot be such views, the extractor holds views already, or it refuses the
            images.
        """
        self._check_parameters()
        images = self._check_images(X)
        self._check_shift(min(images.shape[1:3]))
        inside = clone(self.extractor)
        if get_config()["enable_metadata_routing"]:
            params = process_routing(self, "fit", **params)["extractor"]["fit"]
        self._begin_to_fit()
        self.extractor_ = inside.fit(images, *([] if y is None else [y]), **params)
        self.image_shape_ = tuple(images.shape[1:])
        self._end_to_fit(int(self.n_views) * int(self._of_one_view(images[:1]).shape[1]))
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return what metadata the extractor inside asks for.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return MetadataRouter(owner=self).add(extractor=self.extractor, method_mapping=mapping)

    def _check_parameters(self) -> None:
        # Of threads, the extractor inside knows what it takes.
        check({name: getattr(self, name) for name in self._rules}, self._rules)
        if holds_views(self.extractor):
            raise ParameterError(
                f"extractor holds views already, got {self.extractor!r}; one Views is enough: "
                "take the inner one away"
            )

    def _check_shift(self, side: int) -> None:
        if self.shift >= side and are_shifted(self.n_views):
            raise ParameterError(
                f"shift must be less than the {side} pixels of a side, got {self.shift}"
            )

    def learned(self) -> dict[str, npt.NDArray[Any]]:
        """Return what the extractor inside has learned, where that is one of this package.

        Returns
        -------
        dict of str to array
            As the extractor names them.
        """
        self._check_fitted()
        return dict(self.extractor_.learned())

    def _learned_again(self, learned: LearnedArrays) -> None:
        self._check_shift(min(self.image_shape_[:2]))
        self.extractor_ = clone(self.extractor).restore(self.image_shape_, learned)

    def _n_columns(self) -> int:
        return int(self.n_views) * int(self.extractor_.n_features_out_)

    def apart(self, X: Images) -> Features:
        """Return the features of images as `transform` does, with each view's in one piece.

        Parameters
        ----------
        X : array (n, height, width, channels)
            Images of the shape that was fitted.

        Returns
        -------
        float32 array (n, n_views, n_features_out_ / n_views)
            C-contiguous.

        Examples
        --------
        >>> import numpy as np
        >>> from features import RawPixels, Views
        >>> image = np.array([[[[0], [51], [102]]]], dtype=np.uint8)
        >>> Views(RawPixels(), n_views=2).fit(image).apart(image)
        array([[[0. , 0.2, 0.4],
                [0.4, 0.2, 0. ]]], dtype=float32)
        """
        images = self._checked_again(X)
        n, n_views = len(images), int(self.n_views)
        out = np.empty((n, n_views, self.n_features_out_ // n_views), dtype=np.float32)
        if (parts := tiled_parts(self.extractor_)) is not None:
            fill_views(parts, images, int(self.shift), out)
            return out
        for some in self._blocks(n):
            for view, seen in enumerate(views_of(images[some], n_views, int(self.shift))):
                out[some, view] = self._of_one_view(seen)
        return out

    def _transformed(self, images: Images) -> Features:
        """Return the features of images, a block at a time if the extractor's rows allow it."""
        if isinstance(self.extractor_, ImageExtractor) and self._rows_are_independent():
            # Views are made and described tile by tile, on all threads.
            return super()._transformed(images)
        return interleaved(list(self.apart(images).swapaxes(0, 1)))

    def _blocks(self, n_images: int) -> Iterator[slice]:
        """Yield so few images that one view of them is small beside the features of all."""
        size = n_images
        if rows_are_independent(self.extractor_):
            values = int(np.prod(self.image_shape_)) + self.n_features_out_
            size = max(64, _BLOCK_BYTES // (4 * values))
        for start in range(0, n_images, max(1, size)):
            yield slice(start, start + size)

    def _of_one_view(self, seen: Images) -> Features:
        features = np.asarray(self.extractor_.transform(seen))
        if features.dtype.kind not in "fiub" or features.ndim != 2 or len(features) != len(seen):
            raise ParameterError(
                f"the features of a view must be numbers, dense, ({len(seen)}, d), "
                f"got {features.dtype} {features.shape} from {type(self.extractor_).__name__}"
            )
        return np.asarray(features, dtype=np.float32)

    def _rows_are_independent(self) -> bool:
        return rows_are_independent(self.extractor)

    def _learn(self, images: Images) -> None:
        """Learn nothing more: `fit` has fitted the extractor."""

    def _features(self, images: Images) -> Features:
        seen = self.extractor_._features_of_views(images, int(self.n_views), int(self.shift))
        return np.asarray(interleaved(list(seen.swapaxes(0, 1))))

    def _names(self) -> list[str]:
        try:
            names = list(self.extractor_.get_feature_names_out())
        except AttributeError:
            # A user's own transformer need not have names.
            names = [f"feature{i}" for i in range(self.n_features_out_ // int(self.n_views))]
        return [f"{name}_view{view}" for name in names for view in range(int(self.n_views))]

    def _images_per_tile(self) -> int:
        tile: int = self.extractor_._images_per_tile()
        return tile

    def _needs_whole_tiles(self) -> bool:
        needs: bool = self.extractor_._needs_whole_tiles()
        return needs

    def _check_images(self, X: object) -> Images:
        if isinstance(self.extractor, ImageExtractor):
            return self.extractor._check_images(X)
        images = as_images(X)
        if images.ndim != 4 or 0 in images.shape[1:]:
            raise ParameterError(
                f"images must be (n, height, width, channels), got {images.dtype} {images.shape}"
            )
        return images

    def pictures(self, images: Images) -> list[Picture]:
        """Return the extractor's pictures of images as they are.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            A few images of the shape that was fitted.

        Returns
        -------
        list of Picture
            Those that the extractor behind the views draws.

        Raises
        ------
        NotImplementedError
            If the extractor does not draw.
        """
        images = self._checked_again(images)
        return pictures_of(self.extractor_, images)
