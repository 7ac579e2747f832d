"""What was learned comes back from a file as arrays, and each is checked before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

LearnedArrays = Mapping[str, npt.NDArray[Any]]
"""What an extractor has learned from images: name → array of numbers."""


def learned_array(
    learned: LearnedArrays, name: str, shape: tuple[int | None, ...], dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    """Return one of the arrays that were learned; raise ValueError if it cannot be that.

    Parameters
    ----------
    learned : mapping
        Name → array.
    name : str
        Which of them.
    shape : tuple of int or None
        The shape that it must have; None stands for any length from 1 up.
    dtype : dtype
        The floats that it must hold, all finite.

    Returns
    -------
    array

    Raises
    ------
    ValueError
        If there is none of that name, or it has another shape or dtype, or is not finite.

    Examples
    --------
    >>> learned_array({"mean": np.zeros(3, np.float32)}, "mean", (2,), np.float32)
    Traceback (most recent call last):
    ...
    ValueError: mean must be float32 (2), got float32 (3)
    """
    if name not in learned:
        raise ValueError(f"{name} is missing among what was learned, {', '.join(learned)}")
    array = np.asarray(learned[name])
    if not has_shape(array, shape) or array.dtype != np.dtype(dtype):
        raise ValueError(
            f"{name} must be {np.dtype(dtype)} ({_words(shape)}), "
            f"got {array.dtype} ({_words(array.shape)})"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return array


def has_shape(array: npt.NDArray[Any], shape: tuple[int | None, ...]) -> bool:
    """Return whether an array has a shape; None stands for any length from 1 up.

    Examples
    --------
    >>> [has_shape(np.zeros(shape), (None, 2)) for shape in ((3, 2), (0, 2), (3, 1), (3,))]
    [True, False, False, False]
    """
    return array.ndim == len(shape) and all(
        length >= 1 if wanted is None else length == wanted
        for length, wanted in zip(array.shape, shape, strict=True)
    )


def _words(shape: tuple[int | None, ...]) -> str:
    return ", ".join("any" if length is None else str(length) for length in shape)
