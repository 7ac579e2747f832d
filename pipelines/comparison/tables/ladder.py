"""Values of a penalty that are searched until the best lies inside: `alpha = "auto"`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

AUTO = "auto"
_DECADES = 6
# By powers of ten around where most fits are best.
_CENTRES = {"alpha": -2, "C": 0}


class Searched(float):
    """A value of a ladder: whether its neighbours are tried depends on how good it is."""

    __slots__ = ()


def is_searched(parameter: str, value: Any) -> bool:
    """Return whether a value of a table stands for a search.

    Examples
    --------
    >>> is_searched("alpha", "auto"), is_searched("gamma", "auto")
    (True, False)
    """
    return parameter in _CENTRES and isinstance(value, str) and value == AUTO


def ladder_of(parameter: str) -> tuple[Searched, ...]:
    """Return all values that a search can reach, in their order; it begins in the middle.

    Examples
    --------
    >>> ladder_of("C")[:2], len(ladder_of("C"))
    ((1e-06, 1e-05), 13)
    """
    centre = _CENTRES[parameter]
    return tuple(
        Searched(f"1e{power}") for power in range(centre - _DECADES, centre + _DECADES + 1)
    )


class Search:
    """The order in which choices are tried.

    Choices without a searched value are tried in their order. Of a ladder the middle value and its
    neighbours come first, and then the neighbours of whatever is best so far.

    Parameters
    ----------
    choices : sequence of mapping
        The values of each choice.

    Examples
    --------
    >>> search = Search([{"alpha": value} for value in ladder_of("alpha")])
    >>> [search.next(None) for _ in range(3)]
    [5, 6, 7]
    >>> search.next(7), search.next(7)
    (8, None)
    """

    def __init__(self, choices: Sequence[Mapping[str, Any]]) -> None:
        self._choices = choices
        self._places = {_key(choice): index for index, choice in enumerate(choices)}
        self._ladders = {
            name: sorted({choice[name] for choice in choices if name in choice})
            for name in searched_names(choices)
        }
        self._waiting = [i for i, choice in enumerate(choices) if self._is_first(choice)]
        self._seen = set(self._waiting)

    def next(self, best: int | None) -> int | None:
        """Return which choice is tried next, given the best so far; None at the end."""
        if not self._waiting and best is not None:
            self._waiting = [place for place in self._around(best) if place not in self._seen]
            self._seen.update(self._waiting)
        return self._waiting.pop(0) if self._waiting else None

    def _is_first(self, choice: Mapping[str, Any]) -> bool:
        for name, ladder in self._ladders.items():
            if name in choice and abs(ladder.index(choice[name]) - len(ladder) // 2) > 1:
                return False
        return True

    def _around(self, place: int) -> list[int]:
        choice = self._choices[place]
        found = []
        for name, ladder in self._ladders.items():
            at = ladder.index(choice[name]) if name in choice else -2
            for step in (at - 1, at + 1):
                if 0 <= step < len(ladder):
                    found.append(self._places.get(_key({**choice, name: ladder[step]})))
        return [each for each in found if each is not None]


def searched_names(choices: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the parameters that are searched."""
    names = {n for choice in choices for n, value in choice.items() if isinstance(value, Searched)}
    return sorted(names)


def _key(choice: Mapping[str, Any]) -> str:
    return repr(sorted(choice.items(), key=lambda item: item[0]))
