from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ReportError
from pipelines.record.report import Report
from pipelines.reporting.leaderboard.board import Leaderboard
from pipelines.reporting.leaderboard.budgets import (
    best_within,
    budget_table,
    budgets_in,
    timed_rows,
    write_picture,
)
from pipelines.reporting.leaderboard.page import leaderboard_page
from tests.pipelines.reporting.leaderboard.folders import write_runs


@pytest.fixture(scope="module")
def board(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Leaderboard:
    return Leaderboard.of(write_runs(report, tmp_path_factory.mktemp("runs")))


def test_the_best_within_a_budget_is_none_that_takes_longer() -> None:
    rows = [
        {"accuracy": 0.5, "total_s": 30.0, "seeds": [0]},
        {"accuracy": 0.7, "total_s": 60.0, "seeds": [0]},
        {"accuracy": 0.9, "total_s": 60.1, "seeds": [0]},
    ]
    assert best_within(rows, 1.0) == rows[1]
    assert best_within(rows, 0.1) is None


def test_of_equals_the_surest_is_the_best_and_then_the_quickest() -> None:
    rows: list[Any] = [
        {"accuracy": 0.7 + 1e-16, "total_s": 60.0, "seeds": [0]},
        {"accuracy": 0.7, "total_s": 30.0, "seeds": [0]},
    ]
    assert rows[0]["accuracy"] > rows[1]["accuracy"]
    assert best_within(rows, 1.0) == rows[1]
    often = {"accuracy": 0.6996, "total_s": 50.0, "seeds": [0, 1, 2]}
    assert best_within([*rows, often], 1.0) == often, "70.0 % as well"
    assert best_within([*rows, often | {"accuracy": 0.699}], 1.0) == rows[1]
    nearly = {"accuracy": 0.099, "total_s": 10.0, "seeds": [0]}
    assert best_within([nearly, {"accuracy": 1.0, "total_s": 60.0, "seeds": [0]}], 1.0) != nearly


@pytest.mark.parametrize("text", ["", "0", "5,,6", "-1", "nan", "1e9", "5 min"])
def test_budgets_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ReportError, match="minutes above 0"):
        budgets_in(text)


def test_only_cells_with_a_place_and_a_time_count(board: Leaderboard) -> None:
    rows = [row for kinds in timed_rows(board).values() for some in kinds.values() for row in some]
    assert rows
    assert all(row["place"] and row["total_s"] for row in rows)


def test_kinds_are_the_classifiers_and_whether_they_see_pixels(board: Leaderboard) -> None:
    kinds = {row["features"]: row["kind"] for row in board.rows if row["model"] == "linear"}
    assert kinds["raw"] == "LinearClassifier on pixels"
    assert {kind for name, kind in kinds.items() if name not in ("raw",)} <= {"LinearClassifier"}


def test_a_table_has_the_best_of_each_kind_and_no_markup(board: Leaderboard) -> None:
    table = budget_table(board, (1e-9, 1e5))
    head, _, *lines = table.splitlines()
    assert head.endswith("| 1e-09 min | 100000 min |")
    assert lines
    assert all("|  |" in line for line in lines)  # nothing is that fast
    assert "\x1b" not in table


def test_a_table_shows_names_from_outside_as_they_are(board: Leaderboard) -> None:
    evil = "[a](b) <b> x|y"
    rows = tuple({**row, "data": evil, "kind": evil, "report": evil} for row in board.rows)
    _, _, *lines = budget_table(replace(board, rows=rows), (1e5,)).splitlines()
    assert lines
    for line in lines:
        assert line.count(r"\[a\](b) \<b\> x\|y") == 3


def test_the_page_draws_it_for_each_set_of_images(board: Leaderboard) -> None:
    page = leaderboard_page(board, board.folder / "leaderboard.html")
    assert page.count('<figure class="by-time">') == len(timed_rows(board))
    assert "<script>alert" not in page


def test_a_picture_is_written_whole_or_an_error_says_why(
    board: Leaderboard, tmp_path: Path
) -> None:
    path = write_picture(board, tmp_path / "new" / "time.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ReportError, match=r"\.png, \.svg or \.pdf"):
        write_picture(board, tmp_path / "time.gif")
    with pytest.raises(ReportError, match="cannot be written"):
        write_picture(board, path / "below-a-file.png")
