"""Rules that several extractors share, in the dialect of `data.parameters.rules`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from data.parameters.rules import SEED, either, made_by, optional, several, whole

_TWO = several(whole(1), "two such, (rows, columns)", length=2)

PAIR = either(whole(1), _TWO)
"""The rule for a number of rows and one of columns; one whole number stands for both."""

GRID = either(PAIR, several(_TWO, "a list of these", least=1))
"""The rule for a grid, or for the levels of a spatial pyramid."""

RANDOM_STATE = either(SEED, optional(made_by(np.random.Generator, "a numpy.random.Generator")))
"""The rule for what decides random draws."""


def _names_values(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


OPTIONS = optional(made_by(_names_values, "names with values"))
"""The rule for parameters of something inside, by their names."""


def pair(value: Any) -> tuple[int, int]:
    """Return two ints, (rows, columns), of what `PAIR` allows.

    Examples
    --------
    >>> pair(3), pair([2, 4])
    ((3, 3), (2, 4))
    """
    rows, columns = (value, value) if whole(1).holds(value) else value
    return int(rows), int(columns)
