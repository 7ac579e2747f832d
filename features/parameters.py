"""Checks of hyper-parameters, with the same words for every extractor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np


def check_integer(name: str, value: Any, *, least: int = 1) -> int:
    """Return `value` as an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}")
    return int(value)


def check_real(name: str, value: Any, *, least: float = 0.0, above: bool = False) -> float:
    """Return a parameter's value as a finite float, if it is large enough.

    Parameters
    ----------
    name : str
        What the parameter is called in the message of the error.
    value : object
        The value that was given.
    least : float, default 0.0
        The smallest value that is allowed.
    above : bool, default False
        Whether the value must be above `least`, and not equal to it.

    Returns
    -------
    float
        The value.

    Raises
    ------
    ValueError
        If the value is not a finite number, or is too small.

    Examples
    --------
    >>> check_real("power", 2)
    2.0
    >>> check_real("power", 0, above=True)
    Traceback (most recent call last):
    ValueError: power must be a number above 0, got 0
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, Real)
        or not math.isfinite(value)
        or value < least
        or (above and value == least)
    ):
        bound = "above" if above else "of at least"
        raise ValueError(f"{name} must be a number {bound} {least:g}, got {value!r}")
    return float(value)


def check_pair(name: str, value: Any, *, least: int = 1) -> tuple[int, int]:
    """Return `value` as two ints, (rows, columns); one integer stands for both."""
    if isinstance(value, Integral):
        value = (value, value)
    if not is_list(value) or len(value) != 2:
        raise ValueError(f"{name} must be two integers (rows, columns), got {value!r}")
    return (
        check_integer(f"{name}[0]", value[0], least=least),
        check_integer(f"{name}[1]", value[1], least=least),
    )


def check_choice(name: str, value: Any, choices: Sequence[str]) -> str:
    """Return `value`, which is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def check_flag(name: str, value: Any) -> bool:
    """Return `value`, which is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def check_mapping(name: str, value: Any) -> dict[str, Any]:
    """Return `value`, names with values, as a dictionary."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{name} must be names with values, or None, got {value!r}")
    return dict(value)


def check_random_state(value: Any) -> np.random.Generator:
    """Return the generator that `random_state` asks for."""
    try:
        if isinstance(value, bool | np.bool_) or (is_list(value) and not len(value)):
            raise ValueError("no seed")
        return np.random.default_rng(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "random_state must be None, an integer of at least 0 or a numpy.random.Generator, "
            f"got {value!r}"
        ) from error


def is_list(value: Any) -> bool:
    """Return whether `value` is a sequence of things: TOML and JSON give lists for tuples."""
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
