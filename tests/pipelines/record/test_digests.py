from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data import Dataset
from pipelines.checking import check_reports
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import ReportError
from pipelines.record.comparing.changes import file_changes
from pipelines.record.digests import digest, results_digest, why_edited, with_digests
from pipelines.record.report import Report
from pipelines.reporting.diff import changes_as_text
from pipelines.reproduction import reproduce
from pipelines.running.progress import Listener, Step

Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="session")
def spec() -> Comparison:
    return Comparison.from_dict(
        {
            "features": {
                "raw": {"extractor": "RawPixels"},
                "color": {"extractor": "ColorHistogram"},
            },
            "models": {
                "knn": {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [1, 3]}},
                "bayes": {"classifier": "GaussianNB"},
            },
            "seeds": [0, 1],
        }
    )


@pytest.fixture(scope="session")
def found(spec: Comparison, tiny: Dataset) -> str:
    return compare(spec, dataset=tiny, cache=False).to_json()


@pytest.fixture
def content(found: str) -> dict[str, Any]:
    return dict(json.loads(found))


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c["measurements"].update(total_s=1e6, started="2000-01-01", cells=[]),
        lambda c: c["environment"].update(python="3.0", machine="abacus"),
        lambda c: c.update(preconv="99.0", title="Other", digest="0" * 64),
        lambda c: c["dataset"].update(name="elsewhere"),
        lambda c: c["dataset"].update(passed_over=[{"kind": "other", "n": 1}]),
        lambda c: c["spec"].update(data="elsewhere", title="Other", own={"models": {"a": "A()"}}),
        lambda c: c["cells"][0].update(error="tcp://10.0.0.1 is gone"),
        lambda c: c.update(dict(reversed(c.items()))),
    ],
)
def test_where_and_when_it_was_run_is_no_result(content: dict[str, Any], edit: Edit) -> None:
    edited = copy.deepcopy(content)
    edit(edited)
    assert results_digest(edited) == content["results_digest"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c["cells"][0]["predictions_sha256"].append("0" * 64),
        lambda c: c["cells"][0]["n_correct"].append(1),
        lambda c: c["cells"][0].update(accuracy=0.123),
        lambda c: c["cells"][0].update(status="failed"),
        lambda c: c["cells"][0].update(dim=5),
        lambda c: c["cells"][0]["chosen"][1].update(n_neighbors=7),
        lambda c: c["cells"][0].update(validation_accuracy=[0.5, 0.123]),
        lambda c: c["cells"][0]["metrics"].update(log_loss=9.0),
        lambda c: c["cells"].reverse(),
        lambda c: c["pairs"][0].update(p_adjusted=0.5),
        lambda c: c.update(pairs_statistic="corrected-max-t"),
        lambda c: c["dataset"].update(sha256="0" * 64),
        lambda c: c["spec"].update(seeds=[1, 0]),
        lambda c: c.update(schema=2),
    ],
)
def test_all_that_was_found_is_covered(content: dict[str, Any], edit: Edit) -> None:
    edited = copy.deepcopy(content)
    edit(edited)
    assert edited != content
    assert results_digest(edited) != content["results_digest"]


class StopsAfterSix(Listener):
    n_ended = 0

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        self.n_ended += bool(step.model)
        if self.n_ended == 6:  # of eight, so one cell of four has both of its seeds
            raise KeyboardInterrupt


def test_a_run_that_was_stopped_and_one_from_the_cache_have_the_same(
    spec: Comparison, tiny: Dataset, tmp_path: Path, content: dict[str, Any]
) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        compare(spec, dataset=tiny, out=out, listener=StopsAfterSix())
    stopped = Report.read(out / "report.json")
    assert {cell.status for cell in stopped.cells} == {"done", "pending"}
    assert stopped.results_digest not in (None, content["results_digest"])
    resumed = compare(spec, dataset=tiny, out=out)
    again = json.loads((out / "report.json").read_text("utf-8"))
    assert resumed.results_digest == again["results_digest"] == content["results_digest"]
    assert again["digest"] != content["digest"]  # it has other times
    assert f"<code>{content['results_digest']}</code>" in (out / "report.html").read_text("utf-8")
    assert Report.read(out / "report.html").results_digest == content["results_digest"]


def test_a_wrong_one_is_an_error_that_names_the_file(
    content: dict[str, Any], tmp_path: Path, tiny: Dataset
) -> None:
    path = tmp_path / "report.json"
    content["results_digest"] = "0" * 64
    content["digest"] = digest(content)
    path.write_text(json.dumps(content), "utf-8")
    says = "its results_digest is not that of its results: they were edited"
    assert why_edited(content) == says
    (checked,) = check_reports(path)
    assert (checked.path, checked.wrong) == (path, (says,))
    check = reproduce(path, data=tiny)
    assert (check.status, check.differences) == (1, (f"{path}: {says}",))
    with pytest.raises(ReportError) as refused:
        file_changes(path, path)
    assert str(refused.value) == f"{path}: {says}"


def test_a_report_of_before_has_none_and_stays_as_it_is(
    content: dict[str, Any], tmp_path: Path
) -> None:
    del content["results_digest"]
    content["digest"] = digest(content)
    assert why_edited(content) is None
    assert with_digests(content) == content
    path = tmp_path / "report.json"
    path.write_text(json.dumps(content), "utf-8")
    report = Report.read(path)
    assert report.results_digest is None
    assert json.loads(report.to_json()) == content
    assert check_reports(path)[0].ok


def test_a_difference_says_whether_all_that_was_found_is_the_same(
    content: dict[str, Any], tmp_path: Path
) -> None:
    other = copy.deepcopy(content)
    other["measurements"]["total_s"] += 1
    earlier = {key: value for key, value in other.items() if key != "results_digest"}
    moved = copy.deepcopy(content)
    moved["cells"][0]["metrics"]["log_loss"] = 9.0
    texts = []
    for each in (other, earlier, moved):
        for name, one in (("before", content), ("after", each)):
            (tmp_path / f"{name}.json").write_text(json.dumps(with_digests(one)), "utf-8")
        changes = file_changes(tmp_path / "before.json", tmp_path / "after.json")
        assert changes.same_results
        texts.append(changes_as_text(changes).split("\n\n")[-1])
    same = f"Results: the same, bit for bit. Their digest: {content['results_digest']}"
    assert texts[:2] == [same, same]
    assert texts[2].startswith("Results: the predictions are the same, but scores, choices or ")
    assert content["results_digest"] in texts[2]
    assert results_digest(moved) in texts[2]
