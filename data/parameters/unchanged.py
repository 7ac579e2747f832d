"""Parameters are those of the last fit: what was learned with some is not used with others."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten
from typing import Any

import numpy as np

from data.errors import ParameterError, PreconvError

_IDENTITY: Any = object.__eq__


def check_same(
    kind: str,
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    error: type[PreconvError] = ParameterError,
) -> None:
    """Raise an error if a parameter is not what it was when something was fitted.

    Parameters
    ----------
    kind : str
        The name of the class that was fitted.
    before : mapping of str to object
        Name → value at the end of the fit.
    now : mapping of str to object
        Name → value; there may be more.
    error : type of PreconvError, default ParameterError
        What is raised.

    Raises
    ------
    ParameterError
        Or the error that was given.

    Examples
    --------
    >>> check_same("HOG", {"orientations": 9}, {"orientations": 8, "n_jobs": 2})
    Traceback (most recent call last):
    ...
    data.errors.ParameterError: orientations was 9 when HOG was fitted and is 8 now; fit again
    """
    for name, value in before.items():
        if not _are_equal(now[name], value):
            raise error(
                f"{name} was {_shown(value)} when {kind} was fitted and is {_shown(now[name])} "
                "now; fit again"
            )


def copied(value: Any) -> Any:
    """Return a value with copies of its lists, dicts and arrays, which the user may change.

    Examples
    --------
    >>> sizes = [8, 4]
    >>> copied({"sizes": sizes})["sizes"] is sizes
    False
    """
    if type(value) is dict:
        return {key: copied(each) for key, each in value.items()}
    if isinstance(value, list):
        return [copied(each) for each in value]
    if type(value) is tuple:
        return tuple(map(copied, value))
    return value.copy() if type(value) is np.ndarray else value


def _are_equal(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        numeric = all(np.asarray(each).dtype.kind in "fc" for each in (one, other))
        return np.array_equal(one, other, equal_nan=numeric)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_are_equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_are_equal, one, other))
    if type(one) is type(other) and type(one).__eq__ is _IDENTITY and not callable(one):
        # An estimator or a generator: that a file gives back is another object, and the same.
        # A function or a class is no other than itself, also after a file.
        return True
    return bool(one == other) or bool(one != one and other != other)  # a NaN is what it was


def _shown(value: Any) -> str:
    return shorten(repr(value), 80, placeholder=" …")
