from __future__ import annotations

import pytest

from pipelines.record.report import Report
from pipelines.reporting.tables.rows import COLUMNS, tidy_rows


def test_a_row_has_every_column_and_says_what_the_cell_says(report: Report) -> None:
    rows = tidy_rows(report)
    assert len(rows) == len(report.cells)
    for cell, row in zip(report.cells, rows, strict=True):
        assert tuple(row) == COLUMNS
        assert (row["features"], row["model"], row["accuracy"]) == (*cell.name, cell.accuracy)
        assert (row["low"], row["high"]) == (cell.ci95 or (None, None))
        assert (row["total_s"] is None) == (cell.status != "done")
        if row["total_s"] is not None:
            parts = sum(row[f"{part}_s"] for part in ("extract", "choose", "fit", "predict"))
            assert parts == pytest.approx(row["total_s"])
    assert sorted(row["rank"] for row in rows if row["rank"]) == list(range(1, 19))
