"""Bars that join what cannot be told apart."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Report
from pipelines.reporting.page import page
from pipelines.reporting.sections.sure import group_bars, references

NAMES = [(f"f{i}", "m") for i in range(8)]


def kinds(groups: list[list[int]]) -> list[list[str]]:
    bars = group_bars(NAMES[:5], [[NAMES[i] for i in group] for group in groups])
    return [[bar.kind for bar in bars[name]] for name in NAMES[:5]]


def test_a_bar_runs_from_its_first_member_to_its_last() -> None:
    assert kinds([[0], [1, 3], [4]]) == [[""], ["in first"], ["gap"], ["in last"], [""]]


def test_bars_that_do_not_meet_share_a_column() -> None:
    assert kinds([[0, 1], [2, 3, 4]]) == [
        ["in first"],
        ["in last"],
        ["in first"],
        ["in"],
        ["in last"],
    ]
    assert [len(row) for row in kinds([[0, 1], [1, 2], [2, 3]])] == [2] * 5


def test_no_groups_no_bars() -> None:
    assert kinds([[0], [1], [2]]) == [[]] * 5


@given(st.lists(st.sets(st.integers(0, 7), min_size=1), max_size=6))
def test_every_bar_shows_its_group_and_no_other(sets: list[set[int]]) -> None:
    groups = [[NAMES[i] for i in sorted(s)] for s in sorted(sets, key=min)]
    bars = group_bars(NAMES, groups)
    letters = [{bar.group for bar in bars[name] if bar.kind.startswith("in")} for name in NAMES]
    shared = [set(map(NAMES.index, group)) for group in groups if len(group) > 1]
    for i, j in combinations(range(8), 2):
        assert bool(letters[i] & letters[j]) == any({i, j} <= s for s in shared)
    for column in zip(*bars.values(), strict=True):
        runs = [bar for bar in column if bar.kind]
        assert [b.group for b in runs] == sorted(b.group for b in runs)  # one bar after another
        n_groups = len({b.group for b in runs})
        assert sum("first" in b.kind for b in runs) == n_groups
        assert sum("last" in b.kind for b in runs) == n_groups


def test_groups_that_need_many_columns_have_no_bars(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    standings = Standings(report)
    assert all(row.bars for row in references(standings)[0].rows)
    monkeypatch.setattr("pipelines.reporting.sections.sure._MOST_BARS", 1)
    found = references(standings)
    assert len(found) == 18
    assert not any(row.bars for each in found for row in each.rows)
    monkeypatch.setattr("pipelines.reporting.sections.sure._MOST_REFERENCES", 8)
    text = page(report.model_copy(update={"cells": report.cells[:11]}))
    assert "too many to be drawn" in text
    assert "The 4 best cells can be chosen" in text
