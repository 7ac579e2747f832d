"""The kept reports in Markdown are what the code writes of them now."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.record.report import Report
from pipelines.reporting.markdown import markdown

REPORTS = Path(__file__).parents[3] / "pipelines" / "reports"
KEPT = sorted(path.parent for path in REPORTS.glob("*/report.json"))


@pytest.mark.parametrize("folder", KEPT, ids=[folder.name for folder in KEPT])
def test_kept_markdown_is_up_to_date(folder: Path) -> None:
    written = (folder / "report.md").read_text(encoding="utf-8")
    assert written == markdown(Report.read(folder / "report.json"))


def test_there_are_kept_reports() -> None:
    assert len(KEPT) >= 7
