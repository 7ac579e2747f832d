"""A part of a spec: the rows or columns that are asked for, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def narrowed(
    tables: Mapping[str, Any], chosen: Iterable[str], parts_of: Callable[[Any], Iterable[str]]
) -> dict[str, Any]:
    """Return the chosen tables, in that order, each behind those that it is made of.

    Parameters
    ----------
    tables
        All of them by name.
    chosen
        Names of those that are asked for; they stand alone from now on.
    parts_of
        Table → names of the others that it is made of. If they were not chosen, they are kept as
        parts only.
    """
    wanted = tuple(chosen)
    kept: dict[str, Any] = {}

    def keep(name: str) -> None:
        if name in kept:
            return
        for part in parts_of(tables[name]):
            if part not in wanted:
                keep(part)
        stands = hasattr(tables[name], "alone")  # a union always does
        kept[name] = (
            tables[name].model_copy(update={"alone": name in wanted}) if stands else tables[name]
        )

    for name in wanted:
        keep(name)
    return kept
