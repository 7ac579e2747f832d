"""The headline, on small reports that can be worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Cell, CellCost, FeatureCost, PairedDifference, Report
from pipelines.reporting.texts.headline import headline


def cell(features: str, model: str, accuracy: float | None, status: str = "done") -> Cell:
    return Cell.model_validate(
        {
            "features": features,
            "model": model,
            "status": status,
            "seeds": (0,),
            "n_test": 1000,
            "accuracy": accuracy,
        }
    )


def pair(
    first: str, second: str, difference: float, p: float, *, half: float = 0.01, holm: bool = False
) -> PairedDifference:
    return PairedDifference(
        first=(first, "m"),
        second=(second, "m"),
        difference=difference,
        ci95=(difference - half, difference + half),
        only_first=20,
        only_second=10,
        **({"p_value": p, "p_holm": p} if holm else {"p_adjusted": p}),
    )


@pytest.fixture
def small(report: Report) -> Any:
    """The standings of a report with the cells, seconds and pairs asked for."""

    def make(cells: list[Cell], seconds: dict[str, float] | None = None, **more: Any) -> Standings:
        timed = report.measurements.model_copy(
            update={
                "features": tuple(
                    FeatureCost(
                        features=name,
                        seed=0,
                        fit_s=s / 2,
                        transform_train_s=0.0,
                        transform_test_s=0.0,
                    )
                    for name, s in (seconds or {}).items()
                ),
                "cells": tuple(
                    CellCost(features=name, model="m", seed=0, choose_s=0, fit_s=s / 2, predict_s=0)
                    for name, s in (seconds or {}).items()
                ),
            }
        )
        update = {"cells": tuple(cells), "pairs": (), "measurements": timed, **more}
        return Standings(report.model_copy(update=update))

    return make


def test_winner_that_is_sure(small: Any) -> None:
    made = small(
        [cell("b", "m", 0.70), cell("a", "m", 0.75)],
        {"a": 100.0, "b": 10.0},
        pairs=(pair("a", "b", 0.05, 0.001),),
    )
    assert headline(made) == [
        "m on a is the most accurate: 75.0 % of 1,000 test images right, in 1 min 40 s.",
        "It is ahead of the next, m on b, by 5.0 points, 95 % interval 4.0 to 6.0.",
        "m on b comes within 5.0 points of it in 10 s, 10 times as fast.",
    ]


def test_winner_that_cannot_be_told_apart(small: Any) -> None:
    made = small([cell("a", "m", 0.705), cell("b", "m", 0.70)], pairs=(pair("a", "b", 0.005, 0.4),))
    assert headline(made) == [
        "m on a is the most accurate: 70.5 % of 1,000 test images right.",
        "It cannot be told apart from m on b (0.5 points, 95 % interval −0.5 to 1.5).",
    ]


def test_an_earlier_report_shows_no_interval_that_contradicts_its_verdict(small: Any) -> None:
    cells = [cell("a", "m", 0.705), cell("b", "m", 0.69)]
    made = small(cells, pairs=(pair("a", "b", 0.015, 0.64, holm=True),))
    assert headline(made)[1] == (
        "It cannot be told apart from m on b (1.5 points, p = 0.64 for all pairs)."
    )
    made = small(cells, pairs=(pair("a", "b", 0.015, 0.0002, half=0.02, holm=True),))
    assert headline(made)[1] == (
        "It is ahead of the next, m on b, by 1.5 points, p < 0.001 for all pairs."
    )


def test_rounding_moves_no_zero_into_an_interval(small: Any) -> None:
    cells = [cell("a", "m", 0.705), cell("b", "m", 0.69)]
    made = small(cells, pairs=(pair("a", "b", 0.015, 0.0495, half=0.0148),))
    assert headline(made)[1] == (
        "It is ahead of the next, m on b, by 1.5 points, 95 % interval 0.02 to 3.0."
    )


def test_a_lead_is_written_as_finely_as_its_interval(small: Any) -> None:
    cells = [cell("a", "m", 0.7003), cell("b", "m", 0.7)]
    made = small(cells, pairs=(pair("a", "b", 0.0003, 0.01, half=0.0001),))
    assert headline(made)[1] == (
        "It is ahead of the next, m on b, by 0.03 points, 95 % interval 0.02 to 0.04."
    )


def test_cells_with_equal_counts_are_equal(small: Any) -> None:
    # The last bit of a mean is noise: the order is that of the report, and no lead is below zero.
    cells = [cell("a", "m", 0.7), cell("b", "m", 0.7 + 1e-16)]
    assert cells[0].accuracy != cells[1].accuracy
    first = (
        "No cell is more accurate than m on a: 70.0 % of 1,000 test images right. m on b has as "
        "many right."
    )
    for pairs in ((pair("a", "b", -1e-16, 1.0),), (pair("b", "a", 0.0, 1.0),)):
        made = small(cells, pairs=pairs)
        assert [each.features for each in made.cells] == ["a", "b"]
        assert headline(made) == [
            first,
            "It cannot be told apart from m on b (0.0 points, 95 % interval −1.0 to 1.0).",
        ]
    assert headline(small(cells)) == [first]  # without pairs there is no more to be said
    three = headline(small([*cells, cell("c", "m", 0.7), cell("d", "m", 0.1)]))
    assert three[0].endswith(" right. 2 others have as many right.")


def test_a_rival_is_no_further_behind_than_is_said(small: Any) -> None:
    cells = [cell("a", "m", 0.8013), cell("b", "m", 0.7730)]
    seconds = {"a": 100.0, "b": 10.0}
    assert headline(small(cells, seconds))[2] == (
        "m on b comes within 2.9 points of it in 10 s, 10 times as fast."
    )
    equal = [cells[0], cell("b", "m", 0.8013)]
    assert headline(small(equal, seconds))[1] == (
        "m on b is as accurate, in 10 s, 10 times as fast."
    )


def test_only_all_right_is_a_hundred_per_cent(small: Any) -> None:
    nearly = cell("a", "m", 0.9996)
    assert headline(small([nearly])) == ["m on a gets 99.96 % of 1,000 test images right."]


def test_without_pairs_the_lead_is_a_plain_difference(small: Any) -> None:
    made = small([cell("a", "m", 0.7), cell("b", "m", 0.6)])
    assert headline(made)[1] == "That is 10.0 points more than the next, m on b."


def test_no_bargain_where_the_winner_is_quick(small: Any) -> None:
    made = small([cell("a", "m", 0.7), cell("b", "m", 0.69)], {"a": 10.0, "b": 6.0})
    assert not any("as fast" in sentence for sentence in headline(made))


def test_one_cell_and_none(small: Any) -> None:
    one = headline(small([cell("a", "m", 0.5)]))
    assert one == ["m on a gets 50.0 % of 1,000 test images right."]
    pending = [cell("a", "m", None, "pending"), cell("b", "m", None, "failed")]
    assert headline(small(pending)) == [
        "No cell is finished yet: 1 still to run and 1 failed of 2 cells."
    ]
