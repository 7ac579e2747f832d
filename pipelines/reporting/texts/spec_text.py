"""A report's spec as TOML, so that it can be read, copied and run again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import tomli_w

from pipelines.reporting.texts.outside_text import one_line

_LIST = re.compile(r"\[\n([^\[\]{}\n]+,\n)+ *\]")
_LONGEST = 100
_MOST_NAMED = 3


def spec_text(spec: Mapping[str, Any]) -> str:
    """Return a mapping of JSON values as TOML, to be read; a comment says what TOML cannot say.

    TOML has no `None`, so that is left out. At the top it says nothing; below the top the spec
    without it may be that of another comparison.

    Examples
    --------
    >>> print(spec_text({"seeds": [0, 1], "models": {"linear": {"choose": {"alpha": [1e-3]}}}}))
    seeds = [0, 1]
    <BLANKLINE>
    [models.linear.choose]
    alpha = [0.001]
    """
    text = _LIST.sub(_on_one_line, tomli_w.dumps(_without_none(spec))).strip()
    if lost := left_out(spec):
        named = ", ".join(one_line(place[:_LONGEST]) for place in lost[:_MOST_NAMED])
        more = ", …" if len(lost) > _MOST_NAMED else ""
        return f"# This is not all of the spec: TOML cannot say the None in {named}{more}\n{text}"
    return text


def left_out(spec: Mapping[str, Any]) -> list[str]:
    """Return where a spec holds a `None` that says something, which its TOML lacks: some places.

    Examples
    --------
    >>> left_out({"title": None, "models": {"tree": {"choose": {"max_depth": [None, 5]}}}})
    ['models.tree.choose.max_depth']
    """
    below = {key: value for key, value in spec.items() if value is not None}
    # In a report from elsewhere there may be many, and long ones.
    return [".".join(place) for place in islice(dict.fromkeys(_nones(below, ())), _MOST_NAMED + 1)]


def _nones(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the keys that lead to each `None`; the entries of a list have those of the list."""
    if value is None:
        yield place
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _nones(inner, (*place, key))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _nones(inner, place)


def _on_one_line(found: re.Match[str]) -> str:
    """Return a list without lists or tables in it on one line, if it is short."""
    entries = [entry.strip() for entry in found[0][1:-1].strip().split("\n")]
    line = f"[{' '.join(entries).removesuffix(',')}]"
    return line if len(line) <= _LONGEST else found[0]


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(inner) for inner in value if inner is not None]
    return value
