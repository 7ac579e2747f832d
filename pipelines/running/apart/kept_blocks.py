"""Blocks of features that workers have from an earlier run, and how they are found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from data.keeping.cache import key_of
from pipelines.running.apart.handles import Block, name_of_matrix
from pipelines.running.apart.shelf import Kept


class Planned(NamedTuple):
    """Some rows of a matrix: the name of their block in a run, and its key in caches, if any."""

    name: str
    rows: slice
    key: str | None


def planned_blocks(cut: Sequence[slice], key: str | None, part: str) -> list[Planned]:
    """Return the blocks of a new matrix: features of one part of the images, which have a key.

    Examples
    --------
    >>> first, second = planned_blocks([slice(0, 4), slice(4, 6)], "abc", "train")
    >>> second.name.removeprefix(first.name[:-1]), second.rows, first.key == second.key
    ('1', slice(4, 6, None), False)
    """
    matrix = name_of_matrix()
    return [
        Planned(
            f"{matrix}-{number}",
            rows,
            key and key_of({"block of": key, "part": part, "rows": [rows.start, rows.stop]}),
        )
        for number, rows in enumerate(cut)
    ]


def found_again(
    planned: Sequence[Planned], there: Mapping[str, tuple[str, Kept]]
) -> dict[str, tuple[Block, float]]:
    """Return the blocks that lie with workers, and how long each took to make."""
    return {
        each.name: (
            Block(each.name, each.rows.start, tuple(kept.shape), where, kept=True),
            kept.seconds,
        )
        for each in planned
        if each.name in there
        for where, kept in [there[each.name]]
    }
