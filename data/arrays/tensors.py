"""Arrays of other libraries are known by what they can do, so that none need be installed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError, as_one_line


def plain_array(given: object, field: str) -> NDArray[Any]:
    """Return what stands for an array as an array of NumPy, without a copy where that is possible.

    That is an array, a tensor of PyTorch (on any device, with or without gradients), of TensorFlow
    or JAX, a column of pandas, what offers `__array__` or DLPack, or a nested list of numbers.

    Raises
    ------
    DataError
        If it is nothing of the kind; `field` says in the message which argument it is.

    Examples
    --------
    >>> plain_array([[1, 2], [3, 4]], "labels").shape
    (2, 2)
    """
    if isinstance(given, np.ndarray):
        return np.asarray(given)
    try:
        found = _converted(given)
    # Each library has its exceptions, as for a dtype that NumPy lacks.
    except Exception as error:
        raise DataError(
            f"{field} cannot be read as an array ({as_one_line(error, 200)}); give an array of "
            "NumPy"
        ) from error
    if not isinstance(found, np.ndarray):
        raise DataError(f"{field} must be an array or a sequence, got {type(given).__name__}")
    return np.asarray(found)


def _converted(given: Any) -> Any:
    if all(_has(given, method) for method in ("detach", "cpu", "numpy")):
        return given.detach().cpu().numpy()
    for method in ("to_numpy", "numpy"):
        if _has(given, method):
            return getattr(given, method)()
    if isinstance(given, list | tuple) or _has(given, "__array__"):
        return np.asarray(given)
    if _has(given, "__dlpack__"):
        return np.from_dlpack(given)
    return given


def _has(given: object, method: str) -> bool:
    # Of the type, for a module such as `numpy` has functions of these names, too.
    return callable(getattr(type(given), method, None))
