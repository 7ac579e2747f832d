from __future__ import annotations

from pathlib import Path

from pipelines.record.report import Report
from pipelines.reporting.shown.difference import diff


def test_files_and_reports_are_compared(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(report.to_json(), encoding="utf-8")
    same = diff(path, tmp_path)
    assert same.same_results
    assert "20 of 20 cells the same" in repr(same)
    evil = "<script>"
    changed = report.cells[0].model_copy(update={"features": evil, "accuracy": 0.5})
    other = report.model_copy(
        update={"cells": (changed, *report.cells[1:]), "environment": {"cpu": evil}}
    )
    found = diff(path, other)
    assert not found.same_results
    assert "Environment:" in str(found)
    html = found._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "environment the same" not in repr(found)
