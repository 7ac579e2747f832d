from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import ReportError
from pipelines.record.folder.report_file import as_part_of_a_page
from pipelines.record.folder.reports_below import reports_below
from pipelines.record.report import Report


def test_every_report_is_found_once_and_nothing_else(report: Report, tmp_path: Path) -> None:
    text = report.model_copy(update={"cells": report.cells[:1], "pairs": ()}).to_json()
    for name in ("b", "a/deep", ".hidden", "broken", "page", "foreign"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("b", "a/deep", ".hidden"):
        (tmp_path / name / "report.json").write_text(text, encoding="utf-8")
    (tmp_path / "b" / "report.html").write_text("<html>the page of the same report")
    (tmp_path / "broken" / "report.json").write_text("{")
    page = "<html>" + " " * (1 << 20) + as_part_of_a_page(text)
    (tmp_path / "page" / "report.html").write_text(page, encoding="utf-8")
    (tmp_path / "foreign" / "report.html").write_text("<html>of another program")
    (tmp_path / "again").symlink_to(tmp_path)
    found = {
        path.relative_to(tmp_path).as_posix(): type(each) for path, each in reports_below(tmp_path)
    }
    assert found == {
        "a/deep/report.json": Report,
        "b/report.json": Report,
        "broken/report.json": ReportError,
        "page/report.html": Report,
    }


def test_no_folder_and_too_many_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReportError, match="no such folder"):
        list(reports_below(tmp_path / "none"))
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text("{}")
    monkeypatch.setattr("pipelines.record.folder.reports_below._MOST_REPORTS", 1)
    with pytest.raises(ReportError, match="more than 1 reports"):
        list(reports_below(tmp_path))


def test_a_folder_that_cannot_be_looked_into_is_told(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "report.json").write_text(report.to_json(), encoding="utf-8")
    (tmp_path / "private").mkdir()
    look = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("private"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = {path.parent.name: each for path, each in reports_below(tmp_path)}
    assert isinstance(found["mine"], Report)
    assert isinstance(found["private"], ReportError)


def test_a_page_is_read_no_further_than_one_can_be(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "<html>" + " " * (3 << 20) + as_part_of_a_page(report.to_json())
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    assert len(list(reports_below(tmp_path))) == 1
    monkeypatch.setattr("pipelines.record.folder.reports_below.LARGEST_PAGE_BYTES", 2 << 20)
    assert list(reports_below(tmp_path)) == []


def test_an_edited_report_has_no_place_among_the_others(report: Report, tmp_path: Path) -> None:
    text = report.to_json()
    edited = text.replace(f'"title": "{report.title}"', '"title": "Better"')
    assert edited != text
    (tmp_path / "report.json").write_text(edited, encoding="utf-8")
    ((_, found),) = reports_below(tmp_path)
    assert isinstance(found, ReportError)
    assert "it was edited" in str(found)
    result = CliRunner().invoke(app, ["report", str(tmp_path), "--csv"])
    assert (result.exit_code, "it was edited" in result.stderr) == (0, True)
    assert CliRunner().invoke(app, ["report", str(tmp_path), "--html"]).exit_code == 2
