"""Several views of each image through a whole comparison: spec, run, saved model, reproduction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion

from data import Dataset
from data.pixels.views import views_of
from features import HOG, ColorHistogram, RawPixels, Views
from models import LinearClassifier, MLPClassifier, ViewsClassifier
from pipelines.compare import compare
from pipelines.comparison.plan import make_plan
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError
from pipelines.record.report import Report
from pipelines.report_files import ReportFiles
from pipelines.reproduction import reproduce
from pipelines.running.cells.choosing import validation_split
from pipelines.saved_model import load_model
from tests.pipelines.running.alone import ran

pytestmark = pytest.mark.usefixtures("without_pages")

COLOR = {"extractor": "ColorHistogram", "bins": 2, "grid": [1, 2]}
SPEC: dict[str, Any] = {
    "features": {
        "once": COLOR,
        "color": {**COLOR, "views": 10, "shift": 2},
        "raw": {"extractor": "RawPixels", "views": 10, "shift": 2},
        "raw+color": {"union": ["raw", "color"]},
    },
    "models": {
        "knn": {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [1, 5]}},
        "ridge": {"classifier": "LinearClassifier", "loss": "squared", "alpha": [0.1, 1.0]},
        "mlp": {
            "classifier": "MLPClassifier",
            "hidden_layer_sizes": [8],
            "max_iter": 8,
            "early_stopping": True,
        },
    },
}


def seen(images: Any) -> list[Any]:
    return views_of(images, 10, 2)


def test_a_row_of_views_has_an_extractor_of_views() -> None:
    plan = make_plan(Comparison.from_dict(SPEC), classifiers={"own": KNeighborsClassifier(3)})
    assert isinstance(plan.extractors["color"], Views)
    assert plan.extractors["color"].get_params(deep=False) | {"extractor": None} == {
        "extractor": None,
        "n_views": 10,
        "shift": 2,
    }
    assert isinstance(plan.extractors["once"], ColorHistogram)


def test_what_a_spec_says_of_views_comes_back_from_it() -> None:
    spec = Comparison.from_dict(SPEC)
    table = spec.to_dict()["features"]
    assert "views" not in table["once"]
    assert table["color"] == {**COLOR, "views": 10, "shift": 2}
    assert Comparison.from_dict(spec.to_dict()).features == spec.features
    two = Comparison.from_dict({"features": {"color": {**COLOR, "views": 2}}})
    assert two.to_dict()["features"]["color"] == {**COLOR, "views": 2}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"views": 3}, "views"),
        ({"views": "10"}, "views"),
        ({"views": 10, "shift": -1}, "shift"),
        ({"views": 2, "shift": 1}, "shift: only five views or more are shifted; add views = 10"),
    ],
)
def test_impossible_views_are_refused(table: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        Comparison.from_dict({"features": {"color": {**COLOR, **table}}})


def test_parts_of_other_views_make_no_union() -> None:
    for other in ({}, {"views": 2}, {"views": 10, "shift": 1}):
        raw = {"extractor": "RawPixels", **other}
        with pytest.raises(SpecError, match=r"parts must be of the same views, got raw .*, color"):
            Comparison.from_dict({"features": {**SPEC["features"], "raw": raw}})


def test_no_view_of_a_held_out_image_is_learned_from() -> None:
    """A neighbour that had seen another view of the image would always be right."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 1, 6)) + 0.01 * rng.normal(size=(100, 4, 6))
    X, labels = X.astype(np.float32), rng.integers(0, 2, 100)
    candidates = [({"p": p}, KNeighborsClassifier(1, p=p)) for p in (2, 1)]
    outcome = ran(X, X, labels, 2, candidates, 0)
    fit_on, choose_by = validation_split(labels, 0)
    alone = ViewsClassifier(KNeighborsClassifier(1, p=outcome.chosen["p"]), n_views=4)
    alone.fit(X[fit_on], labels[fit_on])
    right = np.mean(alone.predict(X[choose_by]) == labels[choose_by])
    assert outcome.validation_accuracy == right < 0.9
    assert np.array_equal(outcome.predicted, labels)  # these it was fitted on


def test_ones_own_union_of_views_is_taken_for_what_it_is(tiny: Dataset) -> None:
    parts = [("raw", RawPixels()), ("hog", HOG(pixels_per_cell=(4, 4), cells_per_block=(1, 1)))]
    inside = Views(FeatureUnion(parts), n_views=2)
    outside = FeatureUnion([(name, Views(part, n_views=2)) for name, part in parts])
    mixed = FeatureUnion([("raw", Views(RawPixels(), n_views=2)), ("hog", parts[1][1])])
    spec = Comparison.from_dict(
        {
            "features": {
                "raw": {"extractor": "RawPixels", "views": 2},
                "hog": {
                    "extractor": "HOG",
                    "pixels_per_cell": [4, 4],
                    "cells_per_block": [1, 1],
                    "views": 2,
                },
                "both": {"union": ["raw", "hog"]},
            },
            "models": {"ridge": {"classifier": "LinearClassifier", "loss": "squared"}},
        }
    ).select(features=["both"])
    own = {"inside": inside, "outside": outside, "mixed": mixed}
    cells = {cell.features: cell for cell in compare(spec, dataset=tiny, extractors=own).cells}
    assert cells["both"].predictions_sha256 == cells["inside"].predictions_sha256
    assert cells["both"].predictions_sha256 == cells["outside"].predictions_sha256
    assert {cells[name].dim for name in ("both", "inside", "outside")} == {cells["both"].dim}
    assert cells["mixed"].status == "failed"
    assert "views" in str(cells["mixed"].error)


@pytest.fixture(scope="module")
def report(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportFiles, "render", lambda *_: None)
        made = compare(
            Comparison.from_dict(SPEC), dataset=tiny, out=folder, save_model=True, cache=False
        )
    return folder, made


def test_every_cell_is_the_classifier_on_all_views(report: Any, tiny: Dataset) -> None:
    folder, found = report
    done = {(cell.features, cell.model): cell for cell in found.cells}
    assert all(cell.status == "done" for cell in found.cells)
    assert {name: done[name, "knn"].dim for name in ("once", "color", "raw+color")} == {
        "once": 16,
        "color": 160,
        "raw+color": 10 * (192 + 16),
    }
    raw = RawPixels().fit(tiny.images_train)
    train, test = (
        np.stack([raw.transform(view) for view in seen(images)], axis=1)
        for images in (tiny.images_train, tiny.images_test)
    )
    cell = done["raw", "ridge"]
    ridge = LinearClassifier(loss="squared", alpha=cell.chosen[0]["alpha"])
    ridge.fit(train.reshape(-1, 192), np.repeat(tiny.labels_train, 10))
    means = ridge.decision_function(test.reshape(-1, 192)).reshape(-1, 10, 3).mean(axis=1)
    assert cell.n_correct == (int((means.argmax(axis=1) == tiny.labels_test).sum()),)
    epochs = done["raw", "mlp"].chosen[0]["max_iter"]
    net = MLPClassifier((8,), max_iter=epochs, n_iter_no_change=epochs, random_state=0)
    net.fit(train.reshape(-1, 192), np.repeat(tiny.labels_train, 10))
    means = net.predict_proba(test.reshape(-1, 192)).reshape(-1, 10, 3).mean(axis=1)
    with np.load(folder / "predictions.npz") as kept:
        agree = (kept["raw/mlp"][0] == means.argmax(axis=1)).mean()
    assert agree > 0.95  # bit for bit but for the number of threads


def test_the_saved_model_sees_the_same_views(report: Any, tiny: Dataset) -> None:
    folder, _ = report
    model = load_model(folder / "model.skops")
    scores, _ = model.scores(tiny.images_test)
    with np.load(folder / "predictions.npz") as kept:
        expected = kept[f"{model.features}/{model.model}"][0]
    assert np.array_equal(scores.argmax(axis=1), expected)


@pytest.mark.parametrize("features", ["color", "raw+color"])
def test_a_model_of_views_answers_alike_whichever_is_best(
    features: str, tiny: Dataset, tmp_path: Path
) -> None:
    spec = Comparison.from_dict(SPEC).select(features=[features], models=["mlp"])
    found: Report = compare(spec, dataset=tiny, out=tmp_path, save_model=True)
    scores, _ = load_model(tmp_path / "model.skops").scores(tiny.images_test)
    n_right = int((scores.argmax(axis=1) == tiny.labels_test).sum())
    assert (n_right,) == found.cells[0].n_correct


def test_a_report_of_views_reproduces(report: Any, tiny_npz: Path) -> None:
    folder, found = report
    again = reproduce(folder / "report.json", data=tiny_npz)
    assert again.ok, again.differences
    assert len(again.exact) == len(found.cells)
