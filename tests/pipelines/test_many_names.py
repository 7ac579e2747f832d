"""Comparisons from TOML alone, on the command line: run, resumed, reproduced, saved, asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from data import Dataset, load_dataset, save_npz
from pipelines import Comparison, compare, reproduce
from pipelines.cli import app
from pipelines.record.report import Report

FEW = """
[features.color]
extractor = "ColorHistogram"
choose = { bins = [2, 3] }
[models.svc]
classifier = "sklearn.svm.SVC"
standardize = true
choose = { C = [1, 10] }
[models.forest]
classifier = "RandomForestClassifier"
n_estimators = 1
max_depth = 1
[models.calibrated]
classifier = "CalibratedClassifierCV"
estimator = "svc"
cv = 2
[models.nearest]
classifier = "NearestCentroid"
"""

MANY = """
[features.raw]
extractor = "RawPixels"
[features.color]
extractor = "ColorHistogram"
bins = 4
[features.hsv]
extractor = "ColorHistogram"
color_space = "hsv"
choose = { bins = [2, 4] }
[features.hog]
extractor = "HOG"
[features.hog4]
extractor = "HOG"
choose = { pixels_per_cell = [[8, 8], [16, 16]] }
[features.hog-views]
extractor = "HOG"
pixels_per_cell = [16, 16]
views = 2
[features.bovw]
extractor = "BagOfVisualWords"
n_words = 16
[features.fisher]
extractor = "FisherVector"
n_components = 2
[features."hog+color"]
union = ["hog", "color"]
[features."bovw+hsv"]
union = ["bovw", "hsv"]

[models.linear]
classifier = "LinearClassifier"
standardize = true
alpha = "auto"
[models.mlp]
classifier = "MLPClassifier"
hidden_layer_sizes = [16]
max_iter = 5
early_stopping = true
[models.mlp3]
classifier = "MLPClassifier"
hidden_layer_sizes = [16, 16]
max_iter = 5
[models.knn]
classifier = "KNeighborsClassifier"
choose = { n_neighbors = [1, 5] }
[models.svc]
classifier = "SVC"
standardize = true
choose = { C = [1, 10] }
[models.ridge]
classifier = "RidgeClassifier"
standardize = true
alpha = "auto"
[models.logistic]
classifier = "sklearn.linear_model.LogisticRegression"
standardize = true
max_iter = 1000
[models.forest]
classifier = "RandomForestClassifier"
n_estimators = 8
n_jobs = 2
[models.boosted]
classifier = "HistGradientBoostingClassifier"
max_iter = 2
[models.bayes]
classifier = "GaussianNB"
[models.bag]
classifier = "BaggingClassifier"
estimator = "ridge"
n_estimators = 2
[models.stack]
classifier = "StackingClassifier"
estimators = ["knn", "bayes"]
final_estimator = "logistic"
cv = 2
"""

runner = CliRunner()


def few_images(n_train: int, n_test: int) -> Dataset:
    whole = load_dataset()
    train = np.concatenate([np.flatnonzero(whole.labels_train == k)[:n_train] for k in range(10)])
    test = np.concatenate([np.flatnonzero(whole.labels_test == k)[:n_test] for k in range(10)])
    return Dataset(
        "few",
        whole.images_train[train],
        whole.labels_train[train],
        whole.images_test[test],
        whole.labels_test[test],
        whole.class_names,
    )


def ran(tmp_path: Path, text: str, *options: str) -> tuple[Any, Report]:
    (tmp_path / "spec.toml").write_text(f'data = "{tmp_path / "images.npz"}"\n{text}')
    given = [str(tmp_path / "spec.toml"), "--out", str(tmp_path / "out"), *options]
    result = runner.invoke(app, ["compare", *given])
    assert result.exit_code == 0, result.output
    return result, Report.read(tmp_path / "out" / "report.json")


def asked(tmp_path: Path, image: Any) -> None:
    Image.fromarray(image).save(tmp_path / "image.png")
    model = str(tmp_path / "out" / "model.skops")
    answer = runner.invoke(app, ["predict", model, str(tmp_path / "image.png")])
    assert answer.exit_code == 0, answer.output


@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("without_pages")
def test_the_best_that_can_be_saved_is_saved_and_a_sentence_says_so(
    tiny: Dataset, tmp_path: Path
) -> None:
    save_npz(tiny, tmp_path / "images.npz")
    result, report = ran(tmp_path, FEW, "--save-models")
    said = " ".join(result.output.split())
    assert "color × svc is best on the held-out images, and is not saved: SVC: it is lib" in said
    assert "Saved is color × nearest, the best pairing that can be." in said
    assert {cell.status for cell in report.cells} == {"done"}
    asked(tmp_path, tiny.images_test[0])


def test_what_is_chosen_on_features_comes_out_again(tiny: Dataset, tmp_path: Path) -> None:
    spec = Comparison.from_dict(
        {
            "seeds": [0, 1],
            "features": {
                "hog": {"extractor": "HOG", "choose": {"pixels_per_cell": [[2, 2], [4, 4]]}},
                "raw": {"extractor": "RawPixels"},
                "both": {"union": ["raw", "hog"]},
            },
            "models": {"near": {"classifier": "GaussianNB"}},
        }
    )
    report = compare(spec, dataset=tiny, cache=False)
    path = tmp_path / "report.json"
    path.write_text(report.to_json(), encoding="utf-8")
    assert [*report.cells[0].chosen[0]] == ["hog.pixels_per_cell"]
    assert [cost.features for cost in report.measurements.features] == ["hog", "raw"]
    assert report.cells[1].validation_accuracy == ()
    check = reproduce(path, tiny)
    assert (check.status, check.differences) == (0, ())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_twelve_classifiers_on_ten_features(tmp_path: Path) -> None:
    images = few_images(12, 5)
    save_npz(images, tmp_path / "images.npz")
    ran(tmp_path, MANY, "--features", "raw,hog4", "--models", "svc,stack")
    _, report = ran(tmp_path, MANY, "--overwrite", "--save-models")
    assert len(report.cells) == 120
    assert {cell.status for cell in report.cells} == {"done"}
    kept = {(c.features, c.model) for c in report.measurements.cells if c.cached}
    assert kept >= {(row, model) for row in ("raw", "hog4") for model in ("svc", "stack")}
    _, again = ran(tmp_path, MANY, "--save-models")
    assert [cell.predictions_sha256 for cell in again.cells] == [
        cell.predictions_sha256 for cell in report.cells
    ]
    assert all(cost.cached for cost in again.measurements.cells)
    asked(tmp_path, images.images_test[0])
    data = ["--data", str(tmp_path / "images.npz")]
    same = runner.invoke(app, ["reproduce", str(tmp_path / "out"), *data])
    assert same.exit_code == 0, same.output
    assert "120 cells the same, bit for bit" in same.output
