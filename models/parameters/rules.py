"""What the rules for a classifier's parameters share: their error, and the weights of classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.parameters import rules as shared
from data.parameters.rules import Rule, either, made_by, number, one_of
from models.errors import ModelError


def check(parameters: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Return parameters without NumPy's scalars, or raise ModelError for the first that is wrong.

    Examples
    --------
    >>> check({"max_iter": -5}, {"max_iter": shared.whole(1)})
    Traceback (most recent call last):
    ...
    models.errors.ModelError: max_iter must be a whole number from 1 up, got -5
    """
    return shared.check(parameters, rules, ModelError)


def _weighs(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(number(0).holds, value.values()))


CLASS_WEIGHT = either(
    made_by(_weighs, "a dictionary of weights, finite numbers from 0 up"), one_of(["balanced"])
)
"""The rule for how much the samples of each class count."""
