"""Which cells cannot be told apart, as groups: the bars of a critical-difference picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.record.report import CellName, PairedDifference

MOST_GROUPS = 26
"""Of more groups than this nobody could read the letters; their number can grow without bounds."""


def groups_not_told_apart(
    names: Sequence[CellName], pairs: Iterable[PairedDifference]
) -> tuple[tuple[CellName, ...], ...]:
    """Return the largest groups in which no two cells can be told apart.

    Two cells share a group exactly if they are not told apart. Every pair that is told apart
    splits each group that holds both; groups inside another are dropped. Of many cells there may be
    more groups than anybody could read, or a computer make: then there are none.
    Source: Piepho 2004, "An algorithm for a letter-based representation of all-pairwise
    comparisons".

    Parameters
    ----------
    names
        The cells, best first; this orders the groups and the cells in them.
    pairs
        What `paired_differences` returned; a pair that is not among them counts as not told apart.
    """
    rank = {name: i for i, name in enumerate(names)}
    groups = [frozenset(rank.values())] if rank else []
    for pair in pairs:
        if not pair.told_apart or pair.first not in rank or pair.second not in rank:
            continue
        one, other = rank[pair.first], rank[pair.second]
        halves = [g - {x} for g in groups if {one, other} <= g for x in (one, other)]
        kept = [g for g in groups if not {one, other} <= g]
        for half in halves:
            if not any(half <= g for g in kept):
                kept = [g for g in kept if not g <= half] + [half]
        groups = kept
        if len(groups) > MOST_GROUPS:
            return ()
    in_order = sorted(tuple(sorted(g)) for g in groups)
    return tuple(tuple(names[i] for i in g) for g in in_order)


def letters(groups: Sequence[Sequence[CellName]]) -> dict[CellName, str]:
    """Return each cell's letters: cells that share one cannot be told apart.

    Examples
    --------
    >>> letters([[("a", "m"), ("b", "m")], [("b", "m"), ("c", "m")]])
    {('a', 'm'): 'a', ('b', 'm'): 'ab', ('c', 'm'): 'b'}
    """
    marks: dict[CellName, list[str]] = {}
    for i, group in enumerate(groups):
        for name in group:
            marks.setdefault(name, []).append(group_letter(i))
    wide = len(groups) > 26
    return {name: (" " if wide else "").join(mark) for name, mark in marks.items()}


def group_letter(i: int) -> str:
    """Return the letter of the i-th group: a … z, then a1 … z1, and so on."""
    return "abcdefghijklmnopqrstuvwxyz"[i % 26] + (str(i // 26) if i >= 26 else "")
