"""The order of the cells of a report, and what follows from it."""

from __future__ import annotations

import pytest

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import PairedDifference, Report


def test_finished_cells_come_best_first_and_the_others_apart(report: Report) -> None:
    standings = Standings(report)
    accuracies = [cell.accuracy or 0.0 for cell in standings.cells]
    assert accuracies == sorted(accuracies, reverse=True)
    assert [standings.ranks[cell.name] for cell in standings.cells] == list(range(1, 19))
    assert [cell.status for cell in standings.unfinished] == ["failed", "pending"]
    assert standings.seeds == (0, 1, 2)


def test_cells_that_are_equally_accurate_share_their_place(report: Report) -> None:
    accuracies = (0.6, 0.7, 0.5, 0.7 + 1e-16, 0.6)
    assert accuracies[1] != accuracies[3]
    done = [cell for cell in report.cells if cell.status == "done"]
    cells = [
        cell.model_copy(update={"accuracy": accuracy})
        for cell, accuracy in zip(done, accuracies, strict=False)
    ]
    standings = Standings(report.model_copy(update={"cells": tuple(cells), "pairs": ()}))
    assert [cell.name for cell in standings.cells] == [cells[i].name for i in (1, 3, 0, 4, 2)]
    assert [*standings.ranks.values()] == [1, 1, 3, 3, 5]


def test_as_good_as_the_best_is_what_no_test_tells_apart(report: Report) -> None:
    standings = Standings(report)
    best, *rest = [cell.name for cell in standings.cells]
    expected = {best}
    for name in rest:
        pair = standings.difference(best, name)
        assert pair is not None
        if not pair.told_apart:
            expected.add(name)
    assert 1 < len(expected) < 18
    assert standings.as_good == expected


def test_as_good_as_the_best_does_not_need_the_groups(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.record.comparing.groups.MOST_GROUPS", 1)
    standings = Standings(report)
    assert standings.groups == ()
    assert standings.as_good == Standings(report).as_good
    assert 1 < len(standings.as_good) < 18


def test_without_pairs_nothing_is_said_about_groups(report: Report) -> None:
    standings = Standings(report.model_copy(update={"pairs": ()}))
    assert standings.groups == ()
    assert standings.as_good == frozenset()
    assert standings.letters == {}


def test_without_a_finished_cell_there_is_no_order(report: Report) -> None:
    standings = Standings(report.model_copy(update={"cells": (), "pairs": ()}))
    assert standings.cells == standings.unfinished == ()
    assert not standings.unvalidated


def test_a_difference_turned_round(report: Report) -> None:
    pair = PairedDifference(
        first=("a", "m"),
        second=("b", "m"),
        difference=0.05,
        ci95=(0.04, 0.06),
        only_first=20,
        only_second=10,
        p_adjusted=0.2,
    )
    standings = Standings(report.model_copy(update={"pairs": (pair,)}))
    assert standings.difference(("a", "m"), ("b", "m")) is pair
    turned = standings.difference(("b", "m"), ("a", "m"))
    assert turned is not None
    assert (turned.first, turned.second) == (("b", "m"), ("a", "m"))
    assert (turned.difference, turned.ci95) == (-0.05, (-0.06, -0.04))
    assert (turned.only_first, turned.only_second) == (10, 20)
    assert standings.difference(("a", "m"), ("c", "m")) is None


def test_a_cell_without_validation_accuracy_is_noticed(report: Report) -> None:
    assert not Standings(report).unvalidated
    first = report.cells[0].model_copy(update={"validation_accuracy": ()})
    assert Standings(report.model_copy(update={"cells": (first, *report.cells[1:])})).unvalidated
