"""Models inside models: which parameters of a classifier name other models of the spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from inspect import signature
from typing import Any, Protocol

_ONE = frozenset({"estimator", "final_estimator", "teacher"})
_SEVERAL = "estimators"


class Table(Protocol):
    """The table of a classifier."""

    parameters: dict[str, Any]
    choose: dict[str, tuple[Any, ...]]
    on: dict[str, dict[str, Any]]


def holders(kind: type) -> frozenset[str]:
    """Return the parameters of a class that hold other classifiers.

    Examples
    --------
    >>> from sklearn.ensemble import StackingClassifier
    >>> sorted(holders(StackingClassifier))
    ['estimators', 'final_estimator']
    """
    return frozenset(signature(kind).parameters.keys() & {*_ONE, _SEVERAL})


def names_in(parameter: str, value: Any) -> tuple[str, ...]:
    """Return the names of models in the value of a parameter.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    if parameter in _ONE and isinstance(value, str):
        return (value,)
    is_several = parameter == _SEVERAL and isinstance(value, tuple) and value
    if is_several and all(isinstance(each, str) for each in value):
        if len(set(value)) < len(value):
            raise ValueError(f"{parameter}: each model once, got {', '.join(value)}")
        return tuple(value)
    wanted = "lists names of models" if parameter == _SEVERAL else "is the name of a model"
    example = '["linear", "knn"]' if parameter == _SEVERAL else '"linear"'
    raise ValueError(f"{parameter} {wanted} of the spec, as {example}, got {str(value)[:80]!r}")


def parts_of(table: Table, kind: type) -> Iterator[str]:
    """Yield the names of all models that a table may be made of."""
    for parameter in holders(kind):
        given = [t[parameter] for t in (table.parameters, *table.on.values()) if parameter in t]
        for value in (*given, *table.choose.get(parameter, ())):
            yield from names_in(parameter, value)


def circle(parts: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return models of which each is a part of the one before, the first of the last; or none.

    Examples
    --------
    >>> circle({"a": ["b"], "b": ["a", "c"], "c": []})
    ('a', 'b', 'a')
    """
    done: set[str] = set()

    def search(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name not in done:
            for part in parts.get(name, ()):
                if found := search(part, (*path, name)):
                    return found
            done.add(name)
        return ()

    return next((found for name in parts if (found := search(name, ()))), ())


def sizes(parts: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Return of how many models each is made, itself and the parts of its parts included.

    A part of several is counted in each, because it is fitted in each: the number can double with
    every model. None may be a part of itself.

    Examples
    --------
    >>> sizes({"a": ["b", "c"], "b": ["c"], "c": []})
    {'c': 1, 'b': 2, 'a': 4}
    """
    found: dict[str, int] = {}

    def size(name: str) -> int:
        if name not in found:
            found[name] = 1 + sum(map(size, parts.get(name, ())))
        return found[name]

    for name in parts:
        size(name)
    return found
