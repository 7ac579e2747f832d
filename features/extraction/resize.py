"""Images of unequal sizes become one array, so that a pipeline can begin with what people have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin

from data.arrays.building import is_picture, pixels_of_picture
from data.arrays.pixels import as_bytes, channels_last
from data.errors import DataError
from data.parameters.rules import check, either, one_count_of, one_of, several, whole
from data.pixels.images import MAX_SIDE_PX, checked_size, with_channels
from data.pixels.resizing import FITS, Fit, resized_batch
from features.extraction.columns import entries_of_column

_SIDE = whole(1, MAX_SIDE_PX)
_RULES = {
    "size": either(_SIDE, several(_SIDE, "two whole numbers (height, width)", length=2)),
    "image_fit": one_of(FITS),
    "channels": one_count_of((1, 3)),
}


class Resize(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Images of one size, as `load_dataset` and `read_image` resize them; it learns nothing.

    It is the first step of a pipeline, also of one for a column of a table, and what follows names
    the features. Where `set_output` asks for pandas, what comes as a column leaves as one, in a
    frame with the same index, so that the features stay beside the other columns of their row.
    All else leaves as an array of images, whatever `set_output` asks for.

    Parameters
    ----------
    size : int or (height, width), default 32
        The size in pixels.
    image_fit : {"stretch", "crop", "pad"}, default "stretch"
        How an image of other proportions gets that size: stretched to it, scaled to cover it and
        cut around the centre, or scaled to lie inside, with black around it.
    channels : {3, 1}, default 3
        RGB or grey. A colour image becomes grey by the luma 0.299 R + 0.587 G + 0.114 B.

    Examples
    --------
    >>> import numpy as np
    >>> from features import Resize
    >>> images = [np.zeros((20, 30, 3), np.uint8), np.ones((8, 8))]  # bytes; grey, 0 … 1
    >>> Resize(size=(16, 24), image_fit="pad").fit_transform(images).shape
    (2, 16, 24, 3)
    """

    def __init__(
        self,
        *,
        size: int | Sequence[int] = 32,
        image_fit: str = "stretch",
        channels: int = 3,
    ) -> None:
        self.size = size
        self.image_fit = image_fit
        self.channels = channels

    def fit(self, X: object, y: object = None) -> Self:
        """Check the parameters; there is nothing to learn.

        Parameters
        ----------
        X : array or sequence of images
            Ignored.
        y : object, default None
            Ignored.

        Returns
        -------
        Resize
            Itself.

        Raises
        ------
        ValueError
            If a parameter is impossible.
        """
        self._checked()
        return self

    def transform(self, X: Any) -> Any:
        """Return the images at the size.

        Parameters
        ----------
        X : array (n, height, width) or (n, height, width, channels), or sequence of images
            Or a column of a table, in which each entry is an image. Each image is an array (height,
            width), grey, or (height, width, 1 or 3), or an image of Pillow. Bytes are 0 … 255,
            floats 0 … 1. The images may be of unequal sizes.

        Returns
        -------
        uint8 array (n, height, width, channels)
            The images; or a frame of pandas with these in one column, where `set_output` asks for
            it and `X` is of pandas.

        Raises
        ------
        ValueError
            If a parameter is impossible, or an image is no such array; the message says which. An
            array (n, height, 1 or 3) may be one image, and is refused, as is a table of several
            columns.
        """
        size, fit, channels = self._checked()
        if is_picture(X) or isinstance(X, str | bytes) or not hasattr(X, "__len__"):
            raise DataError(f"X must be several images, got {type(X).__name__}; give a list")
        images = _several(X)
        out = np.empty((len(images), *size, channels), np.uint8)
        for place, image in enumerate(images):
            pixels = _pixels(image, f"X[{place}]")
            out[place] = with_channels(resized_batch(pixels, size, fit)[0], channels)
        return self._with_index_of(X, out)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the name of what comes out: one column of images, which the next step takes.

        Parameters
        ----------
        input_features : sequence of str or None, default None
            The name of the column that the images come from.

        Returns
        -------
        object array (1,)
            That name, or "image".
        """
        return np.asarray(["image"] if input_features is None else input_features, dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose whether a column of images keeps its index.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default None
            With "pandas", images of a column leave in a frame with its index. With the others,
            all leave as an array; None changes nothing.

        Returns
        -------
        Resize
            Itself.
        """
        if transform is not None:
            # Under the name of scikit-learn, as its `clone` keeps that one alone.
            self._sklearn_output_config = {"transform": transform}
        return self

    def _with_index_of(self, given: Any, images: npt.NDArray[np.uint8]) -> Any:
        """Return images in a frame with the index that they came with, if that is asked for."""
        own: dict[str, str] = getattr(self, "_sklearn_output_config", {})
        asked = own.get("transform", get_config()["transform_output"])
        # Of a column without entries nobody could tell that it holds images.
        if asked != "pandas" or not len(images):
            return images
        import pandas as pd

        if not isinstance(given, pd.DataFrame | pd.Series):
            return images
        return pd.DataFrame({"image": list(images)}, index=given.index)

    def _checked(self) -> tuple[tuple[int, int], Fit, int]:
        given = check(self.get_params(), _RULES)
        size = checked_size(given["size"])
        assert size is not None
        return size, given["image_fit"], given["channels"]

    def __sklearn_is_fitted__(self) -> bool:
        """Return True: there is nothing to learn."""
        return True

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: it can be used without `fit`."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags


def _several(given: Any) -> Any:
    """Return images one by one of an array, a frame or a sequence of them."""
    n_axes = len(getattr(given, "shape", ()))
    if n_axes == 2:
        entries = entries_of_column(np.asarray(given))
        if entries is None:
            raise DataError(
                "X must be images, or one column of a table in which each entry is an image, got "
                f"{type(given).__name__} {given.shape}; name the column, or give X[None] for one "
                "grey image"
            )
        return entries
    return channels_last(np.asarray(given), "X", None) if n_axes == 3 else given


def _pixels(image: Any, field: str) -> npt.NDArray[np.uint8]:
    """Return one image as uint8 (1, height, width, channels)."""
    if is_picture(image):
        return pixels_of_picture(image, field)
    try:
        array = np.asarray(image)
    except (TypeError, ValueError) as error:
        raise DataError(f"{field} is no array: {error}") from error
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3) or not array.size:
        raise DataError(
            f"{field} must be (height, width) or (height, width, 1 or 3), not empty, got "
            f"{array.shape}"
        )
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array[None])
    # Not told by the other images of a batch: an image must come out alike, alone or among others.
    if array.dtype.kind != "f" or not (array.min() >= 0 and array.max() <= 1):
        found = str(array.dtype)
        if array.dtype.kind in "fiu":
            found += f" from {array.min():g} to {array.max():g}"
        raise DataError(f"{field} must be bytes 0 … 255 or floats 0 … 1, got {found}")
    return as_bytes(array[None], (0.0, 1.0))
