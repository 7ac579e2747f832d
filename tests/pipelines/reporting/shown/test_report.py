from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import MissingExtraError, PredictionsError, ReportError
from pipelines.record.predictions import write_predictions
from pipelines.record.report import Report as Record
from pipelines.reporting import write_report
from pipelines.reporting.shown.report import Report, load_report
from tests.pipelines.made_up import CLASS_NAMES, MadeUp


@pytest.fixture(scope="module")
def shown(report: Record) -> Report:
    return Report.of(report)


@pytest.fixture(scope="module")
def folder(made_up: MadeUp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report with its page and its predictions, of two cells."""
    folder = tmp_path_factory.mktemp("made-up")
    few = made_up.report.model_copy(update={"cells": made_up.report.cells[:2]})
    (folder / "report.json").write_text(few.to_json(), encoding="utf-8")
    write_report(few, folder)
    predicted = {cell.name: made_up.predictions[cell.name] for cell in few.cells}
    write_predictions(
        folder / "predictions.npz", made_up.labels, predicted, {}, n_classes=len(CLASS_NAMES)
    )
    return folder


def test_a_folder_a_file_and_a_page_are_one_report(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.html"
    alone.write_bytes((folder / "report.html").read_bytes())
    reports = [load_report(each) for each in (folder, folder / "report.json", str(alone))]
    assert reports[0] == reports[1] == reports[2]
    assert reports[0] == Record.read(folder)
    assert reports[0] != reports[0].model_copy(update={"title": "other"})
    with pytest.raises(ReportError, match="no such file"):
        load_report(tmp_path)


def test_confusions_are_counted_from_predictions_or_read(folder: Path, tmp_path: Path) -> None:
    report = load_report(folder)
    alone = tmp_path / "report.html"
    alone.write_bytes((folder / "report.html").read_bytes())
    for cell in report.cells:
        expected = np.array(cell.confusion)
        for named in ("/".join(cell.name), ":".join(cell.name), cell.name):
            assert np.array_equal(report.confusion(named), expected)
        assert np.array_equal(load_report(alone).confusion(cell.name), expected)
    with pytest.raises(ReportError, match=r"no such cell: 'a/b'; the report has raw/linear"):
        report.confusion("a/b")
    other = report.cells[0].model_copy(update={"predictions_sha256": ("0" * 64,) * 3})
    (tmp_path / "report.json").write_text(
        report.model_copy(update={"cells": (other,)}).to_json(), encoding="utf-8"
    )
    (tmp_path / "predictions.npz").write_bytes((folder / "predictions.npz").read_bytes())
    with pytest.raises(PredictionsError, match="not the predictions of this report"):
        load_report(tmp_path).confusion(other.name)


def test_an_unfinished_cell_has_no_confusions(shown: Report) -> None:
    with pytest.raises(ReportError, match="bovw/knn: no confusion matrix: the cell is pending"):
        shown.confusion("bovw/knn")


def test_the_best_and_the_short_forms(shown: Report) -> None:
    best = shown.best
    assert best is not None
    assert best.accuracy == max(cell.accuracy or 0 for cell in shown.cells)
    assert repr(shown) == str(shown)
    assert f"best {'/'.join(best.name)}" in repr(shown)
    assert len(repr(shown)) < 300
    none = Report.of(shown.model_copy(update={"cells": ()}))
    assert none.best is None
    assert "0 of 0 cells done" in repr(none)


def test_a_frame_has_a_row_a_cell(shown: Report) -> None:
    frame = shown.to_frame()
    assert len(frame) == 20
    wanted = ["features", "model", "accuracy", "low", "high", "n_test", "seeds", "total_s"]
    assert set(wanted) <= set(frame.columns)
    done = frame[frame.status == "done"]
    assert ((done.low < done.accuracy) & (done.accuracy < done.high)).all()


def test_without_pandas_the_error_names_the_extra(
    shown: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"preconv\[pandas\]"):
        shown.to_frame()


def test_what_a_notebook_shows_is_escaped(shown: Report) -> None:
    evil = "<script>alert(1)</script>"
    cells = tuple(cell.model_copy(update={"features": evil}) for cell in shown.cells[:2])
    dataset: Any = shown.dataset.model_copy(update={"name": evil})
    hostile = {"title": evil, "cells": cells, "dataset": dataset, "pairs": ()}
    html = Report.of(shown.model_copy(update=hostile))._repr_html_()
    assert "<script" not in html
    assert html.count("alert(1)") >= 4
