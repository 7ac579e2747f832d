"""Rules for constructor parameters: one dialect for all classifiers, checked before any work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from models.errors import ModelError


class Rule(NamedTuple):
    """What a parameter may be: a test, and the words that an error has for what it allows."""

    holds: Callable[[Any], bool]
    wanted: Callable[[], str]


def check(parameters: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Raise ModelError for the first parameter that its rule does not allow.

    Examples
    --------
    >>> check({"max_iter": -5}, {"max_iter": whole(1)})
    Traceback (most recent call last):
    ...
    models.errors.ModelError: max_iter must be a whole number from 1 up, got -5
    """
    for name, rule in rules.items():
        if not rule.holds(parameters[name]):
            raise ModelError(f"{name} must be {rule.wanted()}, got {parameters[name]!r}")


def number(
    low: float, high: float = np.inf, *, open_low: bool = False, closed_high: bool = False
) -> Rule:
    """Return the rule for a finite number between two limits; NumPy's numbers count."""

    def holds(value: Any) -> bool:
        if not is_number(value, Real):
            return False
        above = value > low if open_low else value >= low
        return bool(above and (value <= high if closed_high else value < high))

    if high == np.inf:
        words = f"a finite number {'above' if open_low else 'from'} {low}"
        words += "" if open_low else " up"
    else:
        words = f"a number in {'(' if open_low else '['}{low}, {high}{']' if closed_high else ')'}"
    return Rule(holds, lambda: words)


def whole(low: int) -> Rule:
    """Return the rule for a whole number from `low` up."""
    return Rule(
        lambda value: is_number(value, Integral) and bool(value >= low),
        lambda: f"a whole number from {low} up",
    )


FLAG = Rule(lambda value: isinstance(value, bool | np.bool_), lambda: "True or False")
"""The rule for a switch. No string is one: "false" would be true."""


def one_of(names: Iterable[Any]) -> Rule:
    """Return the rule for a name of a registry, or of a list, as it is when it is checked."""
    return Rule(
        lambda value: isinstance(value, str) and value in names,
        lambda: "one of " + ", ".join(map(repr, names)),
    )


def made_by(kind: Callable[[Any], bool] | type, words: str) -> Rule:
    """Return the rule for an object of a class, or one that a test accepts."""
    if isinstance(kind, type):
        return Rule(lambda value: isinstance(value, kind), lambda: words)
    return Rule(kind, lambda: words)


def several(rule: Rule, words: str, *, length: int | None = None, least: int = 0) -> Rule:
    """Return the rule for a sequence or a one-dimensional array of what another rule allows."""

    def holds(value: Any) -> bool:
        if not is_sequence(value) or len(value) < least:
            return False
        return length in (None, len(value)) and all(map(rule.holds, value))

    return Rule(holds, lambda: words)


def either(*rules: Rule) -> Rule:
    """Return the rule for what one of several rules allows."""
    return Rule(
        lambda value: any(rule.holds(value) for rule in rules),
        lambda: ", or ".join(rule.wanted() for rule in rules),
    )


def optional(rule: Rule) -> Rule:
    """Return the rule for what another rule allows, or None."""
    return either(rule, Rule(lambda value: value is None, lambda: "None"))


def is_number(value: Any, kind: type) -> bool:
    """Return whether a value is a number of a kind; True and False are none."""
    return isinstance(value, kind) and not isinstance(value, bool)


def is_sequence(value: Any) -> bool:
    """Return whether a value holds several in order; a string does not."""
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _weighs(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(number(0).holds, value.values()))


CLASS_WEIGHT = either(
    made_by(_weighs, "a dictionary of weights, finite numbers from 0 up"), one_of(["balanced"])
)
"""The rule for how much the samples of each class count."""
