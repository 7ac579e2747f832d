"""Rules for constructor parameters: one dialect for extractors and classifiers, before any work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from data.errors import ParameterError, PreconvError

LARGEST = float(np.finfo(np.float32).max)
"""The largest number of float32, which most is computed in. A parameter is no larger."""

_MOST = 2**63 - 1
_MOST_SHOWN = 200


class Rule(NamedTuple):
    """What a parameter may be: a test, and the words that an error has for what it allows."""

    holds: Callable[[Any], bool]
    wanted: Callable[[], str]


def check(
    parameters: Mapping[str, Any],
    rules: Mapping[str, Rule],
    error: type[PreconvError] = ParameterError,
) -> dict[str, Any]:
    """Return parameters without NumPy's scalars; raise for the first that its rule does not allow.

    Parameters
    ----------
    parameters : mapping of str to object
        Name → value; there may be more than have a rule.
    rules : mapping of str to Rule
        Name → what the value may be.
    error : type of PreconvError, default ParameterError
        What is raised.

    Returns
    -------
    dict of str to object
        Those that have a rule. NumPy's scalars have become Python's, also within a list: int8 would
        overflow in a product, and a float64 scalar would make float32 arrays float64.

    Raises
    ------
    ParameterError
        Or the error that was given.

    Examples
    --------
    >>> check({"max_iter": np.int8(5)}, {"max_iter": whole(1)})
    {'max_iter': 5}
    >>> check({"max_iter": -5}, {"max_iter": whole(1)})
    Traceback (most recent call last):
    ...
    data.errors.ParameterError: max_iter must be a whole number from 1 up, got -5
    """
    for name, rule in rules.items():
        if not rule.holds(parameters[name]):
            raise error(f"{name} must be {rule.wanted()}, got {_shown(parameters[name])}")
    return {name: plain(parameters[name]) for name in rules}


def number(
    low: float, high: float = LARGEST, *, open_low: bool = False, closed_high: bool = False
) -> Rule:
    """Return the rule for a finite number between two limits; NumPy's numbers count.

    Parameters
    ----------
    low : float
        The smallest number that is allowed.
    high : float, default `LARGEST`
        The limit above, which is not allowed itself unless it is `LARGEST`.
    open_low : bool, default False
        Whether `low` itself is not allowed.
    closed_high : bool, default False
        Whether `high` itself is allowed.

    Returns
    -------
    Rule
        For `check`.

    Examples
    --------
    >>> share = number(0, 1, open_low=True)
    >>> share.wanted(), share.holds(0.5), share.holds(1), share.holds(True)
    ('a number in (0, 1)', True, False, False)
    """
    closed_high = closed_high or high == LARGEST

    def holds(value: Any) -> bool:
        if not is_number(value, Real):
            return False
        value = plain(value)  # float16 cannot be compared with what it does not hold
        above = value > low if open_low else value >= low
        return bool(above and (value <= high if closed_high else value < high))

    if high == LARGEST:
        words = f"a finite number {'above' if open_low else 'from'} {low:g}"
        words += "" if open_low else " up"
    else:
        words = (
            f"a number in {'(' if open_low else '['}{low:g}, {high:g}{']' if closed_high else ')'}"
        )
    return Rule(holds, lambda: words)


def whole(low: int, high: int = _MOST) -> Rule:
    """Return the rule for a whole number from `low` up, as far as int64 goes, or up to `high`."""
    words = f"a whole number from {low} {'up' if high == _MOST else f'to {high}'}"
    return Rule(
        lambda value: is_number(value, Integral) and bool(low <= value <= high), lambda: words
    )


SEED = Rule(
    lambda value: is_number(value, Integral) and bool(value >= 0),
    lambda: "a whole number from 0 up",
)
"""The rule for a seed of random draws, which may have any number of digits."""


FLAG = Rule(lambda value: isinstance(value, bool | np.bool_), lambda: "True or False")
"""The rule for a switch. No string is one: "false" would be true."""


def one_of(names: Iterable[Any]) -> Rule:
    """Return the rule for a name of a registry, or of a list, as it is when it is checked."""
    return Rule(
        lambda value: isinstance(value, str) and value in names,
        lambda: "one of " + ", ".join(map(repr, names)),
    )


def one_count_of(counts: Sequence[int]) -> Rule:
    """Return the rule for one of a few whole numbers."""
    words = f"{', '.join(map(str, counts[:-1]))} or {counts[-1]}"
    return Rule(lambda value: is_number(value, Integral) and value in counts, lambda: words)


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
    """Return whether a value is a number of a kind, of Python or NumPy; True and False are none."""
    numbers = int | float | np.integer | np.floating
    return isinstance(value, kind) and isinstance(value, numbers) and not isinstance(value, bool)


def is_sequence(value: Any) -> bool:
    """Return whether a value holds several in order; a string does not."""
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    texts = str | bytes | bytearray | memoryview
    return isinstance(value, Sequence) and not isinstance(value, texts)


def is_several(value: Any) -> bool:
    """Return whether a value holds two or more, among which there is something to choose."""
    return is_sequence(value) and len(value) > 1


def all_of(value: Any) -> list[Any]:
    """Return what a value holds, or the value itself if it holds no several.

    Examples
    --------
    >>> all_of(0.5), all_of((0.5, 1.0)), all_of("rgb")
    ([0.5], [0.5, 1.0], ['rgb'])
    """
    return list(value) if is_sequence(value) else [value]


def plain(value: Any) -> Any:
    """Return a value with Python's numbers in place of NumPy's, also within lists.

    An array of one dimension becomes a list.

    Examples
    --------
    >>> plain((np.uint8(200), "x")), plain(np.float32(0.5))
    ((200, 'x'), 0.5)
    """
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return value.tolist()
    if isinstance(value, list | tuple) and any(
        isinstance(each, np.generic | list | tuple) for each in value
    ):
        return type(value)([plain(each) for each in value])
    if isinstance(value, np.floating):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value


def _shown(value: Any) -> str:
    """Return a value as text of bounded length, a large number with the limit that it exceeds."""
    if is_number(value, Real) and LARGEST < abs(value) < np.inf:
        return f"a number beyond {LARGEST:.2g}, the largest of float32"
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
