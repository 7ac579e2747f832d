from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from pipelines.errors import ReportError
from pipelines.record.report import Report
from pipelines.reporting.leaderboard.board import BOARD_COLUMNS, Leaderboard, data_names
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
        assert [row["place"] for row in done] == list(range(1, len(done) + 1))
        accuracies = [row["accuracy"] for row in done]
        assert accuracies == sorted(accuracies, reverse=True)
        assert rows[: len(done)] == done  # those without a place come last
    assert {row["status"] for row in board.rows if not row["place"]} == {"failed"}


def test_images_of_one_name_are_told_apart(board: Leaderboard) -> None:
    names = data_names(board.rows)
    assert len(set(names.values())) == 2
    assert all(name == f"made-up ({sha256[:8]})" for sha256, name in names.items())


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
