"""The kept reports have the pairs and the Markdown that the code writes of them now."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.record.claims.agreement import Agreement
from pipelines.record.claims.pairs import pair_lies
from pipelines.record.report import Report
from pipelines.reporting.markdown import markdown
from tests.pipelines.reporting.keep import REPORTS, kept_anew

KEPT = sorted(path.parent for path in REPORTS.glob("*/report.json"))


@pytest.mark.parametrize("folder", KEPT, ids=[folder.name for folder in KEPT])
def test_kept_markdown_is_up_to_date(folder: Path) -> None:
    written = (folder / "report.md").read_text(encoding="utf-8")
    assert written == markdown(Report.read(folder / "report.json"))


@pytest.mark.parametrize("folder", KEPT, ids=[folder.name for folder in KEPT])
def test_kept_pairs_are_those_of_the_predictions(folder: Path) -> None:
    path = folder / "report.json"
    report, anew = Report.read(path), kept_anew(path)
    assert report.pairs_statistic == anew.pairs_statistic
    same = {
        cell.name: Agreement(cell.name, same=True, same_predictions=True)
        for cell in report.cells
        if cell.status == "done"
    }
    assert pair_lies(report, anew, same, exactly=True) == []
    assert len(report.pairs) == len(anew.pairs)


def test_there_are_kept_reports() -> None:
    assert len(KEPT) >= 7
