"""Groups of cells that cannot be told apart, against brute force."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.record.comparing.groups import groups_not_told_apart, letters
from pipelines.record.report import CellName, PairedDifference


def pair(first: CellName, second: CellName, p: float) -> PairedDifference:
    return PairedDifference(
        first=first,
        second=second,
        difference=0.0,
        ci95=(0.0, 0.0),
        only_first=0,
        only_second=0,
        p_adjusted=p,
    )


@given(st.integers(1, 7), st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6))))
def test_groups_are_the_largest_sets_without_a_significant_pair(
    n: int, edges: set[tuple[int, int]]
) -> None:
    names = [(f"f{i}", "m") for i in range(n)]
    apart = {frozenset((i, j)) for i, j in edges if i < j < n}
    pairs = [
        pair(names[i], names[j], 0.01 if frozenset((i, j)) in apart else 0.2)
        for i, j in combinations(range(n), 2)
    ]

    def together(members: Iterable[int]) -> bool:
        return not any(frozenset(two) in apart for two in combinations(members, 2))

    sets = [set(s) for k in range(1, n + 1) for s in combinations(range(n), k) if together(s)]
    largest = [s for s in sets if not any(s < other for other in sets)]
    expected = sorted(tuple(sorted(s)) for s in largest)
    groups = groups_not_told_apart(names, pairs)
    assert list(groups) == [tuple(names[i] for i in s) for s in expected]
    marks = letters(groups)
    for i, j in combinations(range(n), 2):
        share = bool(set(marks[names[i]]) & set(marks[names[j]]))
        assert share == (frozenset((i, j)) not in apart)


def test_no_cells_no_groups() -> None:
    assert groups_not_told_apart([], []) == ()


def test_many_groups_get_distinct_letters() -> None:
    groups = [[(f"f{i}", "m"), ("all", "m")] for i in range(30)]
    marks = letters(groups)
    assert len({marks[f"f{i}", "m"] for i in range(30)}) == 30
    assert marks["all", "m"].split() == [marks[f"f{i}", "m"] for i in range(30)]


def test_of_many_cells_that_overlap_in_all_ways_there_are_no_groups() -> None:
    # Each of 40 cells is told apart from one other: there are 2^20 largest groups.
    names = [(f"f{i}", "m") for i in range(40)]
    pairs = [pair(names[i], names[i + 20], 0.01) for i in range(20)]
    assert groups_not_told_apart(names, pairs) == ()
    assert len(groups_not_told_apart(names, pairs[:4])) == 16
