from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data import Dataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import ReportError
from pipelines.record.digests import digest
from pipelines.record.folder.report_file import read_json
from pipelines.record.report import SCHEMA, Report

REPORTS = Path(__file__).parents[3] / "pipelines" / "reports"


@pytest.fixture(scope="session")
def text(tiny: Dataset) -> str:
    spec = Comparison.from_dict(
        {
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {"knn": {"classifier": "KNeighborsClassifier"}},
        }
    )
    return compare(spec, dataset=tiny, cache=False).to_json()


@pytest.fixture
def content(text: str) -> dict[str, Any]:
    return dict(json.loads(text))


def test_a_report_survives_its_file(content: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(content))
    again = Report.read(path)
    assert json.loads(again.to_json()) == content
    assert content["digest"] == digest(content)
    assert content["schema"] == SCHEMA


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*/report.json")), ids=str)
def test_reports_of_before_keep_their_digest(path: Path) -> None:
    report = Report.read(path)
    assert report.dataset.n_test_in_train is None
    assert json.loads(report.to_json())["digest"] == report.digest


def test_images_in_both_parts_are_in_the_report_if_there_are_some(
    content: dict[str, Any],
) -> None:
    assert "n_test_in_train" not in content["dataset"]
    content["dataset"]["n_test_in_train"] = 3
    again = Report.parse(content, "x")
    assert again.dataset.n_test_in_train == 3
    assert json.loads(again.to_json())["dataset"] == content["dataset"]


def test_the_digest_covers_everything(content: dict[str, Any]) -> None:
    true = content["digest"]
    for edit in ("accuracy", "seeds", "status"):
        edited = json.loads(json.dumps(content))
        edited["cells"][0][edit] = None
        assert digest(edited) != true
    assert digest(content | {"title": "other"}) != true
    assert digest(dict(reversed(content.items()))) == true


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read as JSON"),
        ("[1]", "a report is a JSON object"),
        ('{"schema": 1, "schema": 1}', "a key is given twice"),
        ('{"schema": NaN}', "NaN is no number"),
        ('{"schema": -Infinity}', "-Infinity is no number"),
        ('{"schema": 1e999}', "1e999 is too large a number"),
        ('{"title": "\\ud800"}', "surrogates not allowed"),
        ('{"spec": ' + '{"a": ' * 30 + "1" + "}" * 31, "nests more than 20 deep"),
        ("[" * 200_000, "cannot be read as JSON"),
        ('{"schema": ' + "9" * 10_000 + "}", "cannot be read as JSON"),
        ('{"schema": 2}', "schema '2'; this version of preconv reads 1"),
        ('{"schema": 1}', "Field required"),
        ("\x00\xff", "cannot be read as JSON"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ReportError, match=says) as refused:
        Report.read(path)
    assert str(refused.value).startswith(str(path))
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c["cells"][0].update(accuracy=1.5),
        lambda c: c["cells"][0].update(n_correct=[-1]),
        lambda c: c["cells"][0].update(n_correct=["3"]),
        lambda c: c["cells"][0].update(n_correct=[3.0]),
        lambda c: c["cells"][0].update(n_correct=[True]),
        lambda c: c["cells"][0].update(accuracy="0.5"),
        lambda c: c["cells"][0].update(n_test=10**30),
        lambda c: c["cells"][0].update(status="fine"),
        lambda c: c["cells"][0].update(more=1),
        lambda c: c["dataset"].update(sha256="../../etc/passwd"),
        lambda c: c.update(cells={}),
        lambda c: c.update(script="<script>"),
    ],
)
def test_values_out_of_range_are_refused(content: dict[str, Any], edit: Any) -> None:
    edit(content)
    with pytest.raises(ReportError, match="here: "):
        Report.parse(content, "here")


def test_a_report_of_no_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text("{}" + " " * 100)
    monkeypatch.setattr("pipelines.record.folder.report_file.LARGEST_BYTES", 50)
    with pytest.raises(ReportError, match="too large"):
        read_json(path)
    with pytest.raises(ReportError, match="too large"):
        read_json(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReportError, match="no such file"):
        read_json(tmp_path / "empty")
    with pytest.raises(ReportError, match="it is a device, not a file"):
        read_json("/dev/zero")


PAIR = {
    "first": ["a", "m"],
    "second": ["b", "m"],
    "difference": 0.1,
    "ci95": [0.05, 0.15],
    "only_first": 3,
    "only_second": 1,
}


def test_an_earlier_report_keeps_its_pairs_and_its_digest(
    content: dict[str, Any], tmp_path: Path
) -> None:
    content["pairs"] = [PAIR | {"p_value": 0.01, "p_holm": 0.2}]
    del content["pairs_statistic"], content["results_digest"]
    content["digest"] = digest(content)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(content))
    report = Report.read(path)
    assert report.pairs_statistic == "mcnemar-holm"
    assert (report.pairs[0].p, report.pairs[0].told_apart) == (0.2, False)
    assert json.loads(report.to_json()) == content


def test_a_pair_is_told_apart_by_the_p_value_for_all_pairs(content: dict[str, Any]) -> None:
    for p, told in ((0.0495, True), (0.05, False)):
        report = Report.parse(content | {"pairs": [PAIR | {"p_adjusted": p}]}, "here")
        assert report.pairs_statistic == "max-t"
        assert report.pairs[0].told_apart is told
    with pytest.raises(ReportError, match=r"here: pairs\.0: .*p_adjusted or, in earlier"):
        Report.parse(content | {"pairs": [PAIR]}, "here")
    with pytest.raises(ReportError, match=r"here: pairs_statistic: "):
        Report.parse(content | {"pairs_statistic": "other"}, "here")


def test_a_cell_prints_as_one_short_line(report: Report) -> None:
    cell = report.cells[0]
    assert str(cell) == repr(cell)
    assert repr(cell).startswith(f"<Cell {cell.features!r}, {cell.model!r}: ")
    assert len(str(cell)) < 60
