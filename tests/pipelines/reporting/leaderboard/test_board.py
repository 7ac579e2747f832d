from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from pipelines.errors import ReportError
from pipelines.record.report import Report
from pipelines.record.significance.resampled_statistic import RESAMPLED
from pipelines.reporting.leaderboard.board import BOARD_COLUMNS, Leaderboard, data_names
from pipelines.reporting.leaderboard.page import leaderboard_page
from tests.pipelines.reporting.leaderboard.folders import write_runs


@pytest.fixture(scope="module")
def board(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Leaderboard:
    return Leaderboard.of(write_runs(report, tmp_path_factory.mktemp("runs")))


def test_cells_on_the_same_images_are_placed_among_each_other(board: Leaderboard) -> None:
    assert sorted(board.files) == ["=first", "other", "second"]
    assert board.n_data == 2
    for data in {row["data_sha256"] for row in board.rows}:
        rows = [row for row in board.rows if row["data_sha256"] == data]
        done = [row for row in rows if row["place"]]
        accuracies = [row["accuracy"] for row in done]
        ahead = [sum(other > each for other in accuracies) for each in accuracies]
        assert [row["place"] for row in done] == [1 + n for n in ahead]
        assert accuracies == sorted(accuracies, reverse=True)
        assert rows[: len(done)] == done  # those without a place come last
    assert {row["status"] for row in board.rows if not row["place"]} == {"failed"}


def test_equally_accurate_cells_share_their_place(report: Report, tmp_path: Path) -> None:
    best, *others = sorted(
        (c for c in report.cells if c.accuracy), key=lambda c: -(c.accuracy or 0)
    )
    for name, cell in (("x", best), ("y", best), ("z", others[-1])):
        each = report.model_copy(update={"cells": (cell,), "pairs": ()})
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(each.to_json(), encoding="utf-8")
    assert [row["place"] for row in Leaderboard.of(tmp_path).rows] == [1, 1, 3]


def test_images_of_one_name_are_told_apart(board: Leaderboard) -> None:
    names = data_names(board.rows)
    assert len(set(names.values())) == 2
    assert all(name == f"made-up ({sha256[:8]})" for (sha256, _), name in names.items())


def test_images_of_two_names_are_one_list(report: Report, tmp_path: Path) -> None:
    done = sorted((c for c in report.cells if c.accuracy), key=lambda cell: cell.accuracy or 0)[:6]
    for name, called, cells in (("x", "b", done[::2]), ("y", "a", done[1::2])):
        data = report.dataset.model_copy(update={"name": called})
        each = report.model_copy(update={"cells": tuple(cells), "pairs": (), "dataset": data})
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(each.to_json(), encoding="utf-8")
    board = Leaderboard.of(tmp_path)
    accuracies = [row["accuracy"] for row in board.rows]
    assert accuracies == sorted(accuracies, reverse=True)
    assert [row["place"] for row in board.rows] == [1, 2, 3, 4, 5, 6]
    assert [row["data"] for row in board.rows] == ["a", "b"] * 3
    assert [*data_names(board.rows).values()] == ["a"]


def test_resamples_have_places_of_their_own(report: Report, tmp_path: Path) -> None:
    few = report.model_copy(update={"cells": report.cells[:2], "pairs": ()})
    anew = few.model_copy(update={"pairs_statistic": RESAMPLED})
    drawn: dict[str, dict[str, int]] = {
        "anew": {"resamples": 30},
        "more": {"resamples": 40},
        "folds": {"folds": 5, "data_seed": 0},
        "thrice": {"folds": 5, "repeats": 3},
        "other": {"folds": 5, "repeats": 3, "data_seed": 1},
    }
    each_drawn = {
        name: anew.model_copy(update={"spec": anew.spec | how}) for name, how in drawn.items()
    }
    for name, each in {"single": few, **each_drawn}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(each.to_json(), encoding="utf-8")
    board = Leaderboard.of(tmp_path)
    assert [(row["report"], row["place"]) for row in board.rows] == [
        (name, place)
        for name in ("single", "anew", "more", "folds", "thrice", "other")
        for place in (1, 2)
    ]
    assert [*data_names(board.rows).values()] == [
        "made-up",
        "made-up, split anew (30 resamples)",
        "made-up, split anew (40 resamples)",
        "made-up, split anew (5 folds)",
        "made-up, split anew (5 folds × 3)",
        "made-up, split anew (5 folds × 3, data_seed 1)",
    ]
    page = leaderboard_page(board, tmp_path / "leaderboard.html")
    assert "Images that were split anew are a set of their own" in page


def test_equal_counts_keep_their_order(report: Report, tmp_path: Path) -> None:
    cells = tuple(
        cell.model_copy(update={"accuracy": accuracy})
        for cell, accuracy in zip(report.cells[:2], (0.7, 0.7 + 1e-16), strict=True)
    )
    one = report.model_copy(update={"cells": cells, "pairs": ()})
    (tmp_path / "report.json").write_text(one.to_json(), encoding="utf-8")
    rows = Leaderboard.of(tmp_path).rows
    assert [(row["features"], row["model"]) for row in rows] == [cell.name for cell in cells]


def test_what_is_printed_is_read_again(board: Leaderboard) -> None:
    rows = list(csv.DictReader(io.StringIO(board.to_csv())))
    assert tuple(rows[0]) == BOARD_COLUMNS
    assert {row["report"] for row in rows} == {"'=first", "other", "second"}
    read = json.loads(board.to_json())
    assert [row["accuracy"] for row in read] == [row["accuracy"] for row in board.rows]


def test_what_cannot_be_read_is_named(board: Leaderboard, tmp_path: Path) -> None:
    assert len(board.unread) == 1
    assert "broken" in board.unread[0]
    with pytest.raises(ReportError, match=r"no report that can be read below it$"):
        Leaderboard.of(tmp_path)
    (tmp_path / "report.json").write_text("[]")
    with pytest.raises(ReportError, match=r"the first that cannot be read: .*a JSON object"):
        Leaderboard.of(tmp_path)
