from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import Dataset
from pipelines import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import PredictionsError
from pipelines.record.doubts import Doubt, doubts
from pipelines.record.predictions import kept_of_images
from pipelines.record.report import Report
from pipelines.reporting.doubts import Doubts, doubts_as_text, doubts_beside

A, B, C = ("raw", "a"), ("raw", "b"), ("raw", "c")
LABELS = np.array([0, 1, 1, 0])


def test_only_what_all_of_the_best_cells_say_with_every_seed_is_a_doubt() -> None:
    predicted = {
        A: np.array([[1, 1, 0, 1], [1, 1, 0, 0]]),
        B: np.array([[1, 0, 0, 1], [1, 1, 0, 1]]),
        C: np.array([[0, 0, 0, 0], [0, 0, 0, 0]]),
    }
    sure = {A: np.full((2, 4), 0.6), B: np.full((2, 4), 0.8)}
    sure[A][:, 2] = 0.9
    # The third cell has no probabilities, so it is not asked.
    found = doubts(LABELS, predicted, sure, [C, A, B])
    assert found == [Doubt(2, 1, 0, 0.85), Doubt(0, 0, 1, 0.7)]
    assert doubts(LABELS, predicted, {}, [C, A, B]) == []


def test_the_list_is_text_or_csv_that_no_spreadsheet_runs() -> None:
    listed = Doubts([Doubt(1, 0, 1, 0.75)], ["a", "=cmd\x1b"], ["cat", "dog"], 2)
    assert doubts_as_text(listed).splitlines() == [
        "of 2 test images 1 label is in doubt",
        "=cmd�: labelled cat, named dog (75 %)",
    ]
    two_lines = replace(listed, class_names=["cat\nof 2 test images 0", "dog"])
    assert len(doubts_as_text(two_lines).splitlines()) == 2
    header, row = doubts_as_text(listed, as_csv=True).splitlines()
    assert header == "image,name,label,predicted,confidence"
    assert row.startswith("1,'=cmd")
    assert row.endswith(",cat,dog,0.7500")


def test_they_are_read_beside_a_report(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(report.to_json())
    with pytest.raises(PredictionsError, match="no such file"):
        doubts_beside(tmp_path)
    with pytest.raises(PredictionsError, match="no such file"):
        kept_of_images(report, tmp_path / "report.json")


def test_images_keep_their_names_in_files_and_on_the_page(
    tiny: Dataset, spec: Comparison, tmp_path: Path
) -> None:
    labels = tiny.labels_test.copy()
    labels[4] = (labels[4] + 1) % 3  # a wrong label
    names = tuple(f"photos/{i}.png" for i in range(tiny.n_test))
    named = replace(tiny, labels_test=labels, names_test=names)
    few = spec.select(features=["color"], models=["knn"])
    compare(few, dataset=named, out=tmp_path, cache=False)
    with np.load(tmp_path / "predictions.npz", allow_pickle=False) as kept:
        assert tuple(kept["names"]) == names
    found = doubts_beside(tmp_path)
    assert found.found
    (tmp_path / "report.json").unlink()
    for where in (tmp_path, tmp_path / "report.html"):
        assert doubts_beside(where) == found
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Look at these labels" in page
    assert all(names[each.index] in page for each in found.found[:3])
