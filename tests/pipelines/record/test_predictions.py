"""Predictions beside a report: read if they are its own, refused in every other case."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import PredictionsError
from pipelines.record.predictions import kept_of_images, kept_predictions
from pipelines.record.report import Report
from tests.pipelines.made_up import MadeUp

ROOT = Path(__file__).parents[3]


def write(folder: Path, made_up: MadeUp, **changed: Any) -> Path:
    """Write what a run keeps beside its report; return the report's path."""
    arrays: dict[str, Any] = {"labels": made_up.labels.astype(np.uint8)}
    arrays |= {"/".join(name): p.astype(np.uint8) for name, p in made_up.predictions.items()}
    arrays |= changed
    np.savez_compressed(
        folder / "predictions.npz", **{k: v for k, v in arrays.items() if v is not None}
    )
    return folder / "report.json"


def test_they_come_back(made_up: MadeUp, tmp_path: Path) -> None:
    labels, found = kept_predictions(made_up.report, write(tmp_path, made_up))
    assert (labels == made_up.labels).all()
    assert found.keys() == made_up.predictions.keys()
    for name, predicted in found.items():
        assert predicted.dtype == np.uint8  # as in the file: no more memory than that declares
        assert (predicted == made_up.predictions[name]).all()


@pytest.mark.parametrize("name", ["builtin", "cifar10-jpeg"])
def test_the_kept_reports_have_theirs(name: str) -> None:
    path = ROOT / "pipelines" / "reports" / name / "report.json"
    report = Report.read(path)
    labels, found = kept_predictions(report, path)
    assert len(labels) == report.dataset.n_test
    assert len(found) == sum(cell.status == "done" for cell in report.cells)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"hog/mlp": None}, "hog/mlp"),
        ({"labels": None}, "labels"),
        ({"labels": np.zeros(1000, np.uint8)}, "not the predictions of this report"),
        ({"hog/mlp": np.zeros((3, 1000), np.uint8)}, "not the predictions of this report"),
        ({"hog/mlp": np.zeros((2, 1000), np.uint8)}, "must be integers"),
        ({"hog/mlp": np.zeros((3, 1000), np.float32)}, "must be integers"),
        ({"hog/mlp": np.full((3, 1000), None)}, "must be integers"),
    ],
)
def test_others_are_refused(
    made_up: MadeUp, tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    path = write(tmp_path, made_up, **changed)
    with pytest.raises(PredictionsError, match=says):
        kept_predictions(made_up.report, path)


def test_what_is_no_archive_or_too_large_is_refused(
    made_up: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(PredictionsError, match="no such file"):
        kept_predictions(made_up.report, path)
    (tmp_path / "predictions.npz").write_bytes(b"PK no archive")
    with pytest.raises(PredictionsError, match="cannot be read"):
        kept_predictions(made_up.report, path)
    write(tmp_path, made_up)
    monkeypatch.setattr("pipelines.record.predictions._LARGEST_BYTES", 1000)
    assert kept_predictions(made_up.report, path)[1], "it holds what it declares"
    monkeypatch.setattr("pipelines.record.predictions._RATIO", 0)
    with pytest.raises(PredictionsError, match="bytes; at most"):
        kept_predictions(made_up.report, path)


def test_nothing_is_read_for_two_cells_or_for_no_images(made_up: MadeUp, tmp_path: Path) -> None:
    path, report = write(tmp_path, made_up), made_up.report
    done = [cell for cell in report.cells if cell.status == "done"]
    twice = report.model_copy(update={"cells": (*report.cells, done[0])})
    one, other = (
        done[0].model_copy(update={"features": features, "model": model})
        for features, model in (("a", "b/c"), ("a/b", "c"))
    )
    none = report.dataset.model_copy(update={"n_test": 0})
    for wrong, said in (
        (twice, "more than once"),
        (report.model_copy(update={"cells": (one, other)}), "one name"),
        (report.model_copy(update={"dataset": none}), "no test images"),
        (
            report.model_copy(update={"cells": (done[0].model_copy(update={"seeds": ()}),)}),
            "without seeds",
        ),
    ):
        with pytest.raises(PredictionsError, match=said):
            kept_predictions(wrong, path)


def test_large_labels_stay_integers(made_up: MadeUp, tmp_path: Path) -> None:
    labels, _ = kept_predictions(
        made_up.report, write(tmp_path, made_up, labels=made_up.labels.astype(np.uint64))
    )
    assert labels.dtype == np.int64


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("member", ["labels", "hog/mlp", "confidence/hog/mlp", "names"])
def test_what_unpacks_without_a_bound_is_not_read(
    made_up: MadeUp, tmp_path: Path, member: str, packing: int
) -> None:
    names = np.array([f"{i}.png" for i in range(1000)])
    more: dict[str, Any] = {"confidence/hog/mlp": np.ones((3, 1000), np.float16), "names": names}
    path = write(tmp_path, made_up, **more)
    assert kept_of_images(made_up.report, path).names == tuple(names.tolist())
    file = tmp_path / "predictions.npz"
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content, packing if name == f"{member}.npy" else None)
    with pytest.raises(PredictionsError, match=f"{member} is neither stored nor deflated"):
        kept_of_images(made_up.report, path)
