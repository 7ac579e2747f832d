"""Images that are a column of a table, as a `ColumnTransformer` hands them on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def as_images(given: object) -> npt.NDArray[Any]:
    """Return an array of images; a column in which every entry is one image becomes one, too.

    Parameters
    ----------
    given : array-like
        Images, a list of them, or a column of them: a pandas Series or a frame with one column, an
        object array (n,) or (n, 1).

    Returns
    -------
    ndarray
        Of the shape (n, height, width, channels) where it was a list or a column.

    Raises
    ------
    ValueError
        If the images of a list have several shapes, or those of a column several shapes or types.

    Examples
    --------
    >>> column = np.empty(2, dtype=object)
    >>> column[:] = [np.zeros((4, 4, 3), np.uint8), np.ones((4, 4, 3), np.uint8)]
    >>> as_images(column).shape
    (2, 4, 4, 3)
    """
    try:
        array = np.asarray(given)
    except ValueError:
        # Of images of several sizes NumPy makes no array, and says so in words of its own.
        if not isinstance(given, list | tuple):
            raise
        entries = list(given)
    else:
        column = entries_of_column(array)
        if not column:
            return array
        entries = column
    images = [np.asarray(each) for each in entries]
    kinds = {(image.dtype, image.shape) for image in images}
    if len(kinds) > 1:
        first, other = list(dict.fromkeys((image.dtype, image.shape) for image in images))[:2]
        raise ValueError(
            f"the images must be alike, got {first[0]} {first[1]} and {other[0]} {other[1]}; "
            "make_pipeline(Resize(), …) makes them so"
        )
    return np.stack(images)


def entries_of_column(array: npt.NDArray[Any]) -> list[Any] | None:
    """Return what stands in a column, an object array (n,) or (n, 1); None if it is no column.

    Examples
    --------
    >>> entries_of_column(np.array([["a"], ["b"]], dtype=object))
    ['a', 'b']
    """
    is_column = array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)
    return list(array.ravel()) if array.dtype == object and is_column else None
