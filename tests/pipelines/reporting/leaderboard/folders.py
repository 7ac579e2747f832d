"""A folder of reports: two on the same images, one on others, one that is broken."""

from __future__ import annotations

from pathlib import Path

from pipelines.record.report import Report

EVIL = "<script>alert(1)</script>"


def write_runs(report: Report, folder: Path) -> Path:
    """Write small reports below a folder, and return it."""
    few = report.model_copy(update={"cells": report.cells[:4], "pairs": ()})
    hostile = few.cells[0].model_copy(update={"features": "other", "accuracy": 0.9})
    other = few.dataset.model_copy(update={"sha256": "f" * 64})
    reports = {
        "=first": few,
        "second": few.model_copy(update={"cells": (hostile, *few.cells[1:]), "title": EVIL}),
        "other": few.model_copy(update={"dataset": other, "cells": few.cells[:2]}),
    }
    for name, each in reports.items():
        (folder / name).mkdir()
        (folder / name / "report.json").write_text(each.to_json(), encoding="utf-8")
    (folder / "second" / "report.html").write_text("<html>")
    (folder / "broken").mkdir()
    (folder / "broken" / "report.json").write_text("{")
    return folder
