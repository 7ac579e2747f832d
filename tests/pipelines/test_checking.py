"""A check finds what cannot be true in a report, without running anything."""

import json
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import pipelines
from pipelines.checking import Checked, check_reports, far_seeds
from pipelines.cli import app
from pipelines.errors import ReportError
from pipelines.record.claims.consistency import _of_pairs
from pipelines.record.digests import with_digests
from pipelines.record.report import Cell, Report

KEPT = Path(pipelines.__file__).parent / "reports"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return a folder with a kept report and its predictions, to be changed."""
    for name in ("report.json", "predictions.npz"):
        shutil.copy(KEPT / "builtin-filters" / name, tmp_path / name)
    return tmp_path


def edited(folder: Path, change: Callable[[Any], None]) -> Checked:
    """Change the content of a report and give it a digest that fits, as a forger would."""
    path = folder / "report.json"
    content = json.loads(path.read_text())
    change(content)
    content = with_digests(content)
    path.write_text(json.dumps(content))
    (checked,) = check_reports(folder)
    return checked


def rewritten(folder: Path, change: Callable[[Any], None]) -> Checked:
    path = folder / "predictions.npz"
    with np.load(path) as archive:
        arrays = dict(archive)
    change(arrays)
    np.savez_compressed(path, **arrays)
    (checked,) = check_reports(folder)
    return checked


@pytest.mark.slow
def test_the_kept_reports_hold_together() -> None:
    found = check_reports(KEPT)
    assert [each.wrong for each in found] == [()] * len(found)
    assert len(found) == len([*KEPT.glob("*/report.json")])
    assert all(each.n_predictions >= 1_000 * each.n_cells > 0 for each in found)


def test_without_predictions_only_they_are_unchecked(kept: Path) -> None:
    (kept / "predictions.npz").unlink()
    (checked,) = check_reports(kept)
    assert checked.ok
    assert checked.n_predictions == 0
    assert "no predictions.npz" in checked.unchecked[0]


def test_an_edit_without_a_new_digest_is_found(kept: Path) -> None:
    path = kept / "report.json"
    path.write_text(path.read_text().replace('"title": "', '"title": "Not ', 1))
    (checked,) = check_reports(kept)
    assert "it was edited" in checked.wrong[0]


def one_more(content: Any) -> None:
    content["cells"][0]["n_correct"][0] += 1


def other_seed(content: Any) -> None:
    content["spec"]["seeds"] = [5]


def no_spec(content: Any) -> None:
    content["spec"]["models"]["ridge"]["classifier"] = "os.system"


def moved_f1(content: Any) -> None:
    content["cells"][0]["metrics"]["macro_f1"] += 1e-4


def moved_matrix(content: Any) -> None:
    row = content["cells"][0]["confusion"][0]
    row[1], row[2] = row[1] + 1, row[2] - 1


def surer_pair(content: Any) -> None:
    content["pairs"][0]["p_adjusted"] = 0.5 * content["pairs"][0]["p_adjusted"] + 1e-3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (one_more, "not the predictions of this report"),
        (other_seed, "seeds"),
        (no_spec, "os.system"),
        (moved_f1, "macro_f1"),
        (moved_matrix, "by its own counts"),
        (surer_pair, "paired difference"),
    ],
)
def test_a_forged_report_is_found(kept: Path, change: Callable[[Any], None], said: str) -> None:
    assert any(said in line for line in edited(kept, change).wrong)


def more_counts(content: Any) -> None:
    content["cells"][0]["n_correct"] = [700, 700, 700]


def no_test_images(content: Any) -> None:
    content["dataset"]["n_test"] = 0
    for cell in content["cells"]:
        cell.update(n_test=0, n_correct=[0])


def resampled_from_nothing(content: Any) -> None:
    content["dataset"]["n_train"] = 0
    content["spec"]["resamples"] = 3
    content["pairs_statistic"] = "corrected-max-t"
    for cell in content["cells"]:
        cell.update(
            seeds=[0, 1, 2],
            n_correct=[700, 701, 703],
            predictions_sha256=3 * cell["predictions_sha256"],
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (more_counts, "not one count"),
        (no_test_images, "no test images"),
        (resampled_from_nothing, "no training images"),
    ],
)
def test_one_that_contradicts_itself_hides_no_other(
    kept: Path, change: Callable[[Any], None], said: str
) -> None:
    (kept / "predictions.npz").unlink()
    (kept / "a").mkdir()
    shutil.copy(kept / "report.json", kept / "a" / "report.json")
    path = kept / "report.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(with_digests(content)))
    found = check_reports(kept)
    assert [each.ok for each in found] == [False, True]
    assert any(said in line for line in found[0].wrong)
    assert CliRunner().invoke(app, ["check", str(kept)]).exit_code == 1


def test_an_error_that_nobody_thought_of_hides_no_other(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("pipelines.checking.contradictions", fails)
    (checked,) = check_reports(kept)
    assert "cannot be checked: ZeroDivisionError: division by zero" in checked.wrong[0]


def small_cells(content: Any, rows: int, columns: int) -> None:
    """Make cells that hold next to nothing, and claim to be done."""
    content["spec"]["features"] = {f"f{i}": {"extractor": "RawPixels"} for i in range(rows)}
    model = content["spec"]["models"]["ridge"]
    content["spec"]["models"] = {f"m{i}": model for i in range(columns)}
    seeds, n_test = content["spec"]["seeds"], content["dataset"]["n_test"]
    content["pairs"] = []
    content["cells"] = [
        {"features": row, "model": column, "status": "done", "seeds": seeds, "n_test": n_test}
        for row in content["spec"]["features"]
        for column in content["spec"]["models"]
    ]


def test_the_pairs_of_many_cells_are_not_written_down(kept: Path) -> None:
    """10,000 cells have 50 million pairs: 15 GB."""
    (kept / "predictions.npz").unlink()
    path = kept / "report.json"
    content = json.loads(path.read_text())
    small_cells(content, 20, 20)
    path.write_text(json.dumps(with_digests(content)))
    report = Report.read(path)
    tracemalloc.start()
    try:
        lines = _of_pairs(report)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines == ["the paired differences are not of the pairs of cells that are done"]
    assert peak < 1e6  # 80,000 pairs would be 20 MB
    (checked,) = check_reports(kept)
    assert len(checked.wrong) == 400
    assert "done, but without dim" in checked.wrong[0]


def test_names_of_ones_own_are_no_endless_grid(kept: Path) -> None:
    def change(content: Any) -> None:
        names = {f"n{i}": "?" for i in range(2000)}
        content["spec"]["own"] = {"features": names, "models": names}

    assert "4,008,004 cells; a report has at most 10,000" in edited(kept, change).wrong[0]


def test_predictions_of_another_run_are_found(kept: Path) -> None:
    def change(arrays: Any) -> None:
        name = next(key for key in arrays if "/" in key and "confidence" not in key)
        arrays[name] = np.roll(arrays[name], 1, axis=1)

    assert "not the predictions of this report" in rewritten(kept, change).wrong[0]


def test_other_labels_are_found(kept: Path) -> None:
    def change(arrays: Any) -> None:
        arrays["labels"] = 9 - arrays["labels"]

    assert not rewritten(kept, change).ok


def test_a_page_of_another_report_is_found(kept: Path) -> None:
    from pipelines.reporting.page import page

    other = Report.read(KEPT / "cifar10-pixels" / "report.json")
    (kept / "report.html").write_text(page(other), encoding="utf-8")
    (checked,) = check_reports(kept)
    assert "it shows another report" in checked.wrong[0]
    own = Report.read(kept / "report.json")
    (kept / "report.html").write_text(page(own), encoding="utf-8")
    (checked,) = check_reports(kept)
    assert checked.ok


def test_a_page_of_a_run_that_was_stopped_may_lag_behind(kept: Path) -> None:
    from pipelines.reporting.page import page

    report = Report.read(kept / "report.json")
    few = report.model_copy(update={"cells": tuple(map(as_pending, report.cells)), "pairs": ()})
    more = few.model_copy(update={"cells": (*report.cells[:1], *few.cells[1:])})
    (kept / "predictions.npz").unlink()
    (kept / "report.html").write_text(page(few), encoding="utf-8")
    for now in (more, report):
        (kept / "report.json").write_text(now.to_json(), encoding="utf-8")
        (checked,) = check_reports(kept)
        assert checked.wrong == ()
        assert "of an earlier moment of this run" in " ".join(checked.unchecked)
    before = few.measurements.model_copy(update={"started": "2001-01-01T00:00:00+00:00"})
    other = few.model_copy(update={"measurements": before})
    (kept / "report.html").write_text(page(other), encoding="utf-8")
    (checked,) = check_reports(kept)
    assert "it shows another report" in checked.wrong[0]


def as_pending(cell: Cell) -> Cell:
    return Cell(
        features=cell.features,
        model=cell.model,
        status="pending",
        seeds=cell.seeds,
        n_test=cell.n_test,
    )


def a_cell(*n_correct: int) -> Cell:
    seeds = tuple(range(len(n_correct)))
    return Cell(
        features="f", model="m", status="done", seeds=seeds, n_test=1000, n_correct=n_correct
    )


def test_only_a_seed_beyond_the_spread_is_far() -> None:
    assert far_seeds(a_cell(500, 510, 490)) == []
    assert far_seeds(a_cell(500, 300)) == []
    # Three others that agree: 500 ± t(0.9995; 6) √(4·250/6 · 4/3), which is 88.8.
    assert far_seeds(a_cell(500, 500, 500, 412)) == []
    assert far_seeds(a_cell(500, 500, 500, 411)) == [
        "f × m: seed 3 is right on 411 of 1000, the others on 500 in the mean"
    ]
    assert far_seeds(a_cell(550, 500, 450, 411)) == []  # where seeds lie apart, one more does


def test_a_network_that_stopped_early_with_one_of_three_seeds_is_no_outlier() -> None:
    """On few values of a colour histogram, the number of epochs chosen moves accuracy by points."""
    assert far_seeds(a_cell(482, 424, 484)) == []
    assert far_seeds(a_cell(482, 100, 484)) != []


def test_false_alarms_are_as_rare_as_said() -> None:
    """Seeds whose spread is that of the test images alone: one in a thousand, or fewer."""
    rng = np.random.default_rng(0)
    n_alarms = sum(len(far_seeds(a_cell(*rng.binomial(1000, 0.5, 5).tolist()))) for _ in range(200))
    assert n_alarms <= 2
    n_found = sum(
        bool(far_seeds(a_cell(*rng.binomial(1000, 0.5, 4).tolist(), 330))) for _ in range(20)
    )
    assert n_found == 20


def test_a_folder_without_a_report_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"no report\.json"):
        check_reports(tmp_path)


def test_a_missing_report_is_no_wrong_one(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"typo\.json: there is no such file"):
        check_reports(tmp_path / "typo.json")
    ran = CliRunner().invoke(app, ["check", str(tmp_path / "typo.json")])
    assert ran.exit_code == 2
    assert "WRONG" not in ran.output


def test_below_the_home_folder_all_reports_are_checked(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept / "runs" / "mine").mkdir(parents=True)
    for path in [*kept.glob("*.*")]:
        path.rename(kept / "runs" / "mine" / path.name)
    monkeypatch.setenv("HOME", str(kept))
    (checked,) = check_reports("~/runs")
    assert checked.path == kept / "runs" / "mine" / "report.json"
    assert checked.ok


def test_the_command_says_what_is_wrong_and_exits_with_one(kept: Path) -> None:
    ran = CliRunner().invoke(app, ["check", str(kept)])
    assert ran.exit_code == 0
    assert "holds together (4 cells, 4,000 predictions)" in ran.output
    edited(kept, moved_f1)
    ran = CliRunner().invoke(app, ["check", str(kept), "--json"])
    assert ran.exit_code == 1
    (said,) = json.loads(ran.output)
    assert not said["ok"]
    assert "macro_f1" in said["wrong"][0]
