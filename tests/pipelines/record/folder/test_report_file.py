"""A page carries its report, and whatever a page holds is read or refused, never run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.errors import ReportError, SpecError
from pipelines.record.folder import report_file as report_file_module
from pipelines.record.folder.report_file import (
    OPENING,
    as_part_of_a_page,
    check_room,
    read_json,
    report_file,
    report_text,
)
from pipelines.record.report import Report

CONTENT = {"title": "</script><script>alert(1)</script>&\u2028\u2029 <!-- é 猫", "n": [0.1, None]}


def a_page(carried: str) -> str:
    return f"\n<!doctype html><html><body>{carried}</body></html>"


def test_what_a_page_carries_comes_out_as_it_was(tmp_path: Path) -> None:
    carried = as_part_of_a_page(json.dumps(CONTENT))
    inside = carried.removeprefix(OPENING).removesuffix("</script>")
    assert inside.isascii()
    assert not set(inside) & set("<>&")
    path = tmp_path / "report.html"
    path.write_text(a_page(carried), encoding="utf-8")
    assert read_json(path) == CONTENT
    assert read_json(tmp_path) == CONTENT  # there is no report.json in the folder
    assert report_file(str(tmp_path)) == path
    (tmp_path / "report.json").write_text('{"other": 1}')
    assert read_json(tmp_path) == {"other": 1}


def test_the_largest_report_that_may_be_written_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_room(20, 1000, 5)
    with pytest.raises(SpecError, match=r"40 cells with 1,000 classes would take about 79 MiB"):
        check_room(40, 1000, 5)
    with pytest.raises(SpecError, match=r"of 1 cell with 9,000 classes .* take fewer classes"):
        check_room(1, 9000, 5)
    k, n_cells = 125, 20
    monkeypatch.setattr(report_file_module, "LARGEST_BYTES", 2**20)
    check_room(n_cells, k, 5)
    with pytest.raises(SpecError, match="would take about 2 MiB, and 1 are read"):
        check_room(2 * n_cells, k, 5)
    row = [0] * (k - 1) + [50]
    text = report_text({"cells": [{"confusion": [row] * k, "per_class": [1 / 3] * k}] * n_cells})
    assert 2**19 < len(text) < 2**20
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    assert read_json(tmp_path)["cells"][-1]["confusion"] == [row] * k


def test_counts_are_in_rows_and_what_is_text_stays_as_it_is() -> None:
    content = {"title": "[\n 1,\n 2\n]", "n": [1, 2], "some": [1, None, 2.5, -1], "none": []}
    text = report_text(content)
    assert json.loads(text) == content
    assert '"n": [1,2]' in text
    assert text.count("\n") == 11


def test_a_report_has_the_same_digest_in_its_page(report: Report, tmp_path: Path) -> None:
    few = report.model_copy(update={"cells": report.cells[:2]})
    path = tmp_path / "page.html"
    path.write_text(a_page(as_part_of_a_page(few.to_json())), encoding="utf-8")
    again = Report.read(path)
    assert again.to_json() == few.to_json()
    assert again.digest == json.loads(few.to_json())["digest"]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (a_page(""), "carries no report; pages of earlier versions"),
        (a_page(2 * as_part_of_a_page("{}")), "carries 2 reports"),
        (f"<html>{OPENING}{{}}", "cut off"),
        (a_page(OPENING + "[" * 100_000 + "</script>"), "cannot be read as JSON"),
        (a_page(OPENING + "alert(1)</script>"), "cannot be read as JSON"),
        (a_page(as_part_of_a_page("[1]")), "a report is a JSON object"),
        (a_page(OPENING + '{"a": "<b>", "a": 1}</script>'), "given twice"),
    ],
)
def test_other_pages_are_refused_in_one_sentence(page: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    path.write_text(page)
    with pytest.raises(ReportError, match=says) as refused:
        read_json(path)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


def test_a_page_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    with path.open("wb") as file:
        file.write(b"<html>")
        file.truncate(2**30)  # takes no room on the disk
    with pytest.raises(ReportError, match="too large"):
        read_json(path)


def test_a_report_in_a_page_has_the_limit_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.html"
    path.write_text(a_page(as_part_of_a_page(json.dumps({"a": "b" * 100}))))
    monkeypatch.setattr("pipelines.record.folder.report_file.LARGEST_BYTES", 50)
    with pytest.raises(ReportError, match="the report in this page is larger"):
        read_json(path)
