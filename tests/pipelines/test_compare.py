from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from data import Dataset, DataWarning, save_npz
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError
from pipelines.record.digests import why_edited
from pipelines.record.report import Cell, CellName, Report
from pipelines.report_files import ReportFiles
from pipelines.running.progress import Listener, Step
from tests.pipelines.own import (
    FailsToFit,
    FailsToTransform,
    Flat,
    GivesNaN,
    Grown,
    Interrupts,
    Noise,
    WrongRows,
)

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.usefixtures("without_pages")


def cells(report: Report) -> dict[CellName, Cell]:
    return {(cell.features, cell.model): cell for cell in report.cells}


def knn_only(**more: object) -> Comparison:
    return Comparison.from_dict(
        {"models": {"knn": {"classifier": "KNeighborsClassifier", "n_neighbors": 3}}, **more}
    )


class Heard(Listener):
    def __init__(self) -> None:
        self.said: list[str] = []
        self.notes: list[str] = []

    def plan(self, steps: object) -> None:
        self.planned = list(steps)  # type: ignore[call-overload]

    def begin(self, step: Step) -> None:
        self.said.append(f"begin {step} {step.seed}")

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        self.said.append(f"{'kept' if kept else 'done'} {step} {step.seed}")
        self.notes.append(note)

    def fail(self, step: Step, error: str) -> None:
        self.said.append(f"failed {step} {step.seed} {error}")


@dataclass(frozen=True)
class Ended:
    """A comparison that came to its end, what was heard of it, and its folder."""

    report: Report
    heard: Heard
    folder: Path


@pytest.fixture(scope="module")
def ended(tiny: Dataset, spec: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """All of the comparison, run once, without a cache."""
    folder, heard = tmp_path_factory.mktemp("ended"), Heard()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportFiles, "render", lambda *_: None)
        report = compare(spec, dataset=tiny, out=folder, listener=heard, cache=False)
    return Ended(report, heard, folder)


def test_every_cell_is_run_and_reported(ended: Ended) -> None:
    report = ended.report
    assert [(c.features, c.model) for c in report.cells] == [
        (row, model) for row in ("raw", "color", "raw+color") for model in ("knn", "mlp")
    ]
    for cell in report.cells:
        assert cell.status == "done"
        assert cell.seeds == (0, 1)
        assert len(cell.n_correct) == len(cell.predictions_sha256) == 2
        assert cell.accuracy == pytest.approx(sum(cell.n_correct) / 80)
        assert cell.accuracy_std == pytest.approx(np.std(np.array(cell.n_correct) / 40, ddof=1))
        assert cell.metrics is not None
    dims = {cell.features: cell.dim for cell in report.cells}
    assert dims == {"raw": 192, "color": 8, "raw+color": 200}
    by_name = cells(report)
    assert {choice["n_neighbors"] for choice in by_name["raw", "knn"].chosen} <= {1, 5}
    assert by_name["raw", "knn"].learning_curves == ()
    curves = by_name["raw", "mlp"].learning_curves
    assert len(curves) == 2
    assert curves[0][0].val_loss is not None
    assert report.measurements.peak_memory_bytes > 10_000_000
    assert len(report.measurements.cells) == 12
    assert len(report.pairs) == 15


def test_files_hold_the_report_and_the_predictions(tiny: Dataset, ended: Ended) -> None:
    report, folder = ended.report, ended.folder
    content = json.loads((folder / "report.json").read_text())
    assert why_edited(content) is None
    assert content["results_digest"] == report.results_digest
    assert Report.read(folder / "report.json").cells == report.cells
    with np.load(folder / "predictions.npz", allow_pickle=False) as kept:
        assert np.array_equal(kept["labels"], tiny.labels_test)
        for cell in report.cells:
            predicted = kept[f"{cell.features}/{cell.model}"]
            assert predicted.shape == (2, 40)
            assert tuple((predicted == tiny.labels_test).sum(axis=1)) == cell.n_correct
            confidence = kept[f"confidence/{cell.features}/{cell.model}"]
            assert confidence.shape == (2, 40)
            assert (confidence >= 0.33).all()
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "predictions.npz",
        "report.json",
        "spec.toml",
    ]


def test_an_extractor_runs_once_for_all_classifiers_and_seeds(tiny: Dataset) -> None:
    compare(
        knn_only(seeds=[0, 1, 2]),
        dataset=tiny,
        extractors={"flat": Flat()},
        classifiers={"again": KNeighborsClassifier()},
        cache=False,
    )
    assert Flat.calls == ["fit", "transform 60", "transform 40"]


def test_a_random_extractor_runs_once_a_seed(tiny: Dataset) -> None:
    report = compare(
        knn_only(seeds=[3, 5]),
        dataset=tiny,
        extractors={"noise": Noise(random_state=99)},
        classifiers={"again": KNeighborsClassifier()},
        cache=False,
    )
    assert Flat.calls == ["fit 3", "fit 5"]
    assert [(cost.features, cost.seed) for cost in report.measurements.features] == [
        ("noise", 3),
        ("noise", 5),
    ]


def test_a_part_that_is_not_a_row_is_run_for_the_union_only(
    tiny: Dataset, spec: Comparison
) -> None:
    report = compare(spec.select(features=["raw+color"], models=["knn"]), dataset=tiny)
    assert [(c.features, c.dim) for c in report.cells] == [("raw+color", 200)]
    assert {cost.features for cost in report.measurements.features} == {"raw", "color"}


def test_own_estimators_are_untouched_rows_and_columns(tiny: Dataset) -> None:
    mine, classifier = Flat(scale=10), LogisticRegression(max_iter=50)
    report = compare(
        knn_only(), dataset=tiny, extractors={"mine": mine}, classifiers={"logistic": classifier}
    )
    assert [(c.features, c.model) for c in report.cells] == [("mine", "knn"), ("mine", "logistic")]
    assert not hasattr(classifier, "coef_")
    assert report.spec["own"]["features"] == {"mine": "Flat(scale=10)"}
    # The best that one can check it against is the same thing by hand.
    train = (tiny.images_train.reshape(60, -1) / 10).astype(np.float32)
    test = (tiny.images_test.reshape(40, -1) / 10).astype(np.float32)
    by_hand = KNeighborsClassifier(n_neighbors=3).fit(train, tiny.labels_train).predict(test)
    assert cells(report)["mine", "knn"].n_correct == (int((by_hand == tiny.labels_test).sum()),)


@pytest.mark.parametrize("extractor", [FailsToTransform(), GivesNaN(), WrongRows()])
def test_an_extractor_that_fails_spares_the_others(tiny: Dataset, extractor: Flat) -> None:
    heard = Heard()
    report = compare(
        knn_only(features={"raw": {"extractor": "RawPixels"}}, seeds=[0, 1]),
        dataset=tiny,
        extractors={"bad": extractor},
        listener=heard,
    )
    found = cells(report)
    assert found["raw", "knn"].status == "done"
    bad = found["bad", "knn"]
    assert bad.status == "failed"
    assert bad.error is not None
    assert bad.error.startswith("seed 0: bad: ")
    assert "\n" not in bad.error
    assert bad.accuracy is None
    assert Flat.calls.count("fit") == 1
    assert [line for line in heard.said if line.startswith("failed bad features")]


def test_a_union_with_a_failed_part_fails_and_the_other_part_does_not(tiny: Dataset) -> None:
    spec = knn_only(
        features={
            "raw": {"extractor": "RawPixels"},
            "hog": {"extractor": "HOG", "pixels_per_cell": [64, 64]},
            "both": {"union": ["raw", "hog"]},
        }
    )
    report = compare(spec, dataset=tiny)
    assert [cell.status for cell in report.cells] == ["done", "failed", "failed"]
    assert "hog" in str(report.cells[2].error)


def test_a_classifier_that_fails_spares_the_others(tiny: Dataset) -> None:
    report = compare(
        knn_only(features={"raw": {"extractor": "RawPixels"}}),
        dataset=tiny,
        classifiers={"bad": FailsToFit(), "good": LogisticRegression()},
    )
    assert [cell.status for cell in report.cells] == ["done", "failed", "done"]
    error = cells(report)["raw", "bad"].error
    assert error is not None
    assert error.startswith("seed 0: MemoryError: an allocation failed; ")
    assert "--limit" in error


def test_an_interrupted_run_leaves_its_report_and_goes_on_from_there(
    tiny: Dataset, tmp_path: Path
) -> None:
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}})
    own = {"stop": Interrupts()}
    with pytest.raises(KeyboardInterrupt):
        compare(spec, dataset=tiny, out=tmp_path, classifiers=own)
    report = Report.read(tmp_path / "report.json")
    assert [cell.status for cell in report.cells] == ["done", "pending"]

    heard = Heard()
    again = compare(spec, dataset=tiny, out=tmp_path, listener=heard, overwrite=True)
    assert heard.said == [
        "begin raw features 0",
        "kept raw features 0",
        "begin raw × knn 0",
        "kept raw × knn 0",
    ]
    assert again.cells[0] == report.cells[0]
    assert again.measurements.cells[0].cached
    assert again.measurements.cells[0].fit_s == report.measurements.cells[0].fit_s


def test_what_is_interrupted_says_what_is_kept(tiny: Dataset, tmp_path: Path) -> None:
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}})
    stops, first = {"stop": Interrupts()}, Comparison.from_dict({"features": spec.features})

    def notes(spec: Comparison, cache: bool) -> str:
        with pytest.raises(KeyboardInterrupt) as interrupted:
            compare(
                spec, dataset=tiny, out=tmp_path, classifiers=stops, cache=cache, overwrite=True
            )
        return " ".join(interrupted.value.__notes__)

    assert notes(first, True) == "No report was written; the same command goes on from there."
    assert not list(tmp_path.glob("*.*"))
    there = f"{tmp_path / 'report.json'} has the cells that were done; the same command "
    assert notes(spec, True) == f"{there}goes on from there."
    assert notes(spec, False) == f"{there}begins anew, as nothing goes to the cache."
    before = {path: path.read_bytes() for path in tmp_path.glob("*.*")}
    assert len(before) == 2
    notes(first, True)
    assert {path: path.read_bytes() for path in tmp_path.glob("*.*")} == before


def test_pages_of_another_comparison_do_not_stay(tiny: Dataset, tmp_path: Path) -> None:
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}})
    compare(spec, dataset=tiny, out=tmp_path, cache=False)
    for page in ("report.md", "report.html"):
        (tmp_path / page).write_text("of the first")
    other = knn_only(features={"color": {"extractor": "ColorHistogram"}})
    compare(other, dataset=tiny, out=tmp_path, cache=False, overwrite=True)
    assert not list(tmp_path.glob("report.[mh]*")), "no page is made here"


class StopsAt(Listener):
    def __init__(self, model: str) -> None:
        self.model = model

    def begin(self, step: Step) -> None:
        if step.model == self.model:
            raise KeyboardInterrupt


@pytest.mark.parametrize("resamples", [None, 2])
def test_a_cell_that_fails_replaces_no_earlier_report(
    resamples: int | None, tiny: Dataset, tmp_path: Path
) -> None:
    near = {"classifier": "KNeighborsClassifier"}
    models = {"many": {**near, "n_neighbors": 61}, "few": near}  # there are 60 images
    features = {"raw": {"extractor": "RawPixels"}}
    spec = Comparison.from_dict({"features": features, "models": models, "resamples": resamples})
    report = compare(spec, dataset=tiny, out=tmp_path, cache=False)
    assert [cell.status for cell in report.cells] == ["failed", "done"]
    before = {path: path.read_bytes() for path in tmp_path.glob("*.*")}
    with pytest.raises(KeyboardInterrupt) as stopped:
        compare(spec, dataset=tiny, out=tmp_path, cache=False, listener=StopsAt("few"))
    assert "No report was written" in stopped.value.__notes__[0]
    assert {path: path.read_bytes() for path in tmp_path.glob("*.*")} == before
    with pytest.raises(KeyboardInterrupt):
        compare(spec, dataset=tiny, out=tmp_path / "new", cache=False, listener=StopsAt("few"))
    cells = Report.read(tmp_path / "new" / "report.json").cells
    assert [cell.status for cell in cells] == ["failed", "pending"]


class RemovesItsFolder(Listener):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, step: Step) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def test_a_folder_that_is_removed_meanwhile_is_made_again(
    tiny: Dataset, spec: Comparison, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    few = spec.select(features=["raw"], models=["knn"])
    report = compare(few, dataset=tiny, out=out, listener=RemovesItsFolder(out))
    assert Report.read(out / "report.json").cells == report.cells


def test_a_page_that_cannot_be_written_is_an_error_and_a_picture_is_none(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("PRECONV_CACHE", str(tmp_path / "cache"))
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}})

    def fail(error: Exception) -> None:
        def page(*_: object) -> None:
            raise error

        monkeypatch.setattr("pipelines.reporting.page.page", page)

    fail(OSError("no room"))
    with pytest.raises(OSError, match="no room"):
        compare(spec, dataset=tiny, out=tmp_path / "out")
    fail(ValueError("no such colour"))
    with pytest.warns(RuntimeWarning, match="no pages written: ValueError: no such colour"):
        compare(spec, dataset=tiny, out=tmp_path / "out")
    assert (tmp_path / "out" / "report.json").exists()


def test_warm_cold_and_no_cache_find_the_same(
    tiny: Dataset, spec: Comparison, ended: Ended
) -> None:
    cold = compare(spec, dataset=tiny)
    warm = compare(spec, dataset=tiny)
    none = ended.report
    assert cold.cells == warm.cells == none.cells
    assert cold.pairs == warm.pairs == none.pairs
    assert cold.results_digest == warm.results_digest == none.results_digest
    assert all(cost.cached for cost in warm.measurements.cells)
    assert not any(cost.cached for cost in none.measurements.cells)


def test_the_plan_says_all_that_is_then_done(ended: Ended) -> None:
    heard = ended.heard
    begun = [line.removeprefix("begin ") for line in heard.said if line.startswith("begin")]
    assert begun == [f"{step} {step.seed}" for step in heard.planned]
    assert len(begun) == 2 + 12


def test_only_some_cells(tiny: Dataset, spec: Comparison) -> None:
    report = compare(spec, dataset=tiny, only=[("color", "knn")])
    status = {name: cell.status for name, cell in cells(report).items()}
    assert status.pop(("color", "knn")) == "done"
    assert set(status.values()) == {"pending"}
    assert {cost.features for cost in report.measurements.features} == {"color"}
    for other in (("color", "liner"), "color:knn"):
        with pytest.raises(SpecError, match="is no cell of this comparison; its cells are pairs"):
            compare(spec, dataset=tiny, only=[other])  # type: ignore[list-item]


def test_the_chosen_epochs_are_what_the_whole_training_part_gets(tiny: Dataset) -> None:
    report = compare(
        Comparison.from_dict({}),
        dataset=tiny,
        extractors={"flat": Flat()},
        classifiers={"grown": Grown()},
    )
    first, last = Grown.fits
    assert first == {"max_iter": 100, "early_stopping": True, "n": 54, "n_val": 6}
    assert last == {"max_iter": 7, "early_stopping": False, "n": 60, "n_val": 0}
    (cell,) = report.cells
    assert cell.chosen == ({"max_iter": 7},)
    assert [epoch.loss for epoch in cell.learning_curves[0]] == [1.0, None]
    assert "nan" not in report.to_json().lower()


class Counted(KNeighborsClassifier):
    """Counts its fits."""

    fits: list[int] = []  # noqa: RUF012 - shared on purpose

    def fit(self, X: Any, y: Any) -> Counted:
        self.fits.append(len(X))
        super().fit(X, y)
        return self


def test_nothing_is_fitted_a_second_time_to_be_saved(tiny: Dataset, tmp_path: Path) -> None:
    own: dict[str, Any] = {"extractors": {"flat": Flat()}, "classifiers": {"counted": Counted(3)}}
    Counted.fits.clear()
    alone = compare(Comparison.from_dict({}), dataset=tiny, cache=False, **own)
    assert Counted.fits == [60]  # nothing to choose, and nothing to save
    assert alone.cells[0].validation_accuracy == ()
    compare(
        Comparison.from_dict({}), dataset=tiny, out=tmp_path, save_model=True, cache=False, **own
    )
    assert Counted.fits == [60] * 2  # one pairing is the best without being measured
    assert (tmp_path / "model.skops").exists()
    own["classifiers"]["again"] = Counted(5)
    folder = tmp_path / "two"
    saved = compare(
        Comparison.from_dict({}), dataset=tiny, out=folder, save_model=True, cache=False, **own
    )
    assert Counted.fits[2:] == [54, 60] * 2  # among several, the held-out images choose
    assert saved.cells[0].predictions_sha256 == alone.cells[0].predictions_sha256


def test_an_empty_comparison_and_an_impossible_folder_are_refused(
    tiny: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(SpecError, match="features: the comparison names none"):
        compare(knn_only(), dataset=tiny)
    (tmp_path / "file").write_text("")
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}})
    with pytest.raises(SpecError, match="cannot be the folder"):
        compare(spec, dataset=tiny, out=tmp_path / "file")
    with pytest.raises(SpecError, match="name a folder"):
        compare(spec, dataset=tiny, save_model=True)


def test_a_title_belongs_to_the_data_of_its_spec(tiny: Dataset) -> None:
    features = {"raw": {"extractor": "RawPixels"}}

    def heading(spec: Comparison) -> tuple[str, object]:
        report = compare(spec.select(features=["raw"], models=["knn"]), dataset=tiny)
        assert report.spec["data"] == "tiny"
        return report.title, report.spec.get("title")

    builtin = Comparison.from_options(seeds=[0])
    assert builtin.title == "Built-in images"
    assert heading(builtin) == ("tiny", None)
    assert heading(knn_only(features=features, title="Mine")) == ("Mine", "Mine")
    assert heading(knn_only(features=features, title="Mine", data="other")) == ("tiny", None)
    assert heading(knn_only(features=features, title="Mine", data="tiny")) == ("Mine", "Mine")
    asked = Comparison.from_options(title="Mine", seeds=[0])
    assert heading(asked) == ("Mine", "Mine")


def test_a_folder_of_another_report_is_refused(tiny: Dataset, tmp_path: Path) -> None:
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}})
    compare(spec, dataset=tiny, out=tmp_path)
    before = (tmp_path / "report.json").read_bytes()
    other = Dataset(
        "tiny", 255 - tiny.images_train, tiny.labels_train, tiny.images_test, tiny.labels_test,
        tiny.class_names,
    )  # fmt: skip
    with pytest.raises(SpecError, match="a report of other images, 'tiny'"):
        compare(spec, dataset=other, out=tmp_path)
    with pytest.raises(SpecError, match="a report of another spec"):
        compare(spec, dataset=tiny, out=tmp_path, extractors={"flat": Flat()})
    assert (tmp_path / "report.json").read_bytes() == before
    compare(spec, dataset=tiny, out=tmp_path)
    # The same images by another name are the same comparison.
    compare(spec, dataset=replace(tiny, name="tiny.zip"), out=tmp_path)
    compare(spec, dataset=other, out=tmp_path, overwrite=True)
    assert Report.read(tmp_path / "report.json").dataset.sha256 == other.sha256


def test_a_spec_that_toml_cannot_say_is_not_written_as_another(
    tiny: Dataset, tmp_path: Path
) -> None:
    def written(*depths: int | None) -> bool:
        tree = {"classifier": "DecisionTreeClassifier", "choose": {"max_depth": depths}}
        features = {"raw": {"extractor": "RawPixels"}}
        spec = Comparison.from_dict({"features": features, "models": {"tree": tree}})
        compare(spec, dataset=tiny, out=tmp_path, overwrite=True)
        return (tmp_path / "spec.toml").exists()

    assert written(1, 2)
    assert not written(1, None)


@pytest.mark.parametrize(
    "name",
    ["report.json", "report.html", "predictions.npz", "spec.toml", "model.skops", "models/a.skops"],
)
def test_a_file_that_is_no_report_is_not_replaced(tiny: Dataset, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}})
    with pytest.raises(SpecError, match=f"holds {name}"):
        compare(spec, dataset=tiny, out=tmp_path)
    assert path.read_text() == "mine"


SCRIPT = """
import sys
import pipelines.running.environment
from pipelines import Comparison, compare
pipelines.running.environment.SMALL = 0  # so that fits share the work, too
report = compare(Comparison.from_toml(sys.argv[1]), cache=False)
print([(cell.predictions_sha256, cell.metrics.log_loss) for cell in report.cells])
"""


def test_arrays_edited_between_two_runs_make_another_run(tiny: Dataset) -> None:
    images = tiny.images_train.copy()
    dataset = replace(tiny, images_train=images)
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}})
    first = compare(spec, dataset=dataset)
    images[...] = np.random.default_rng(1).integers(0, 256, (60, 8, 8, 3))
    again = compare(spec, dataset=dataset)
    fresh = compare(spec, dataset=replace(tiny, images_train=images))
    assert again.dataset.sha256 == fresh.dataset.sha256 != first.dataset.sha256
    assert again.cells == fresh.cells != first.cells


def test_test_images_that_were_trained_on_are_counted_and_said_once(tiny: Dataset) -> None:
    shared = np.concatenate([tiny.images_train[:4], tiny.images_test[4:]])
    dataset = replace(tiny, images_test=shared)
    spec = knn_only(features={"raw": {"extractor": "RawPixels"}}, seeds=[0, 1])
    with pytest.warns(DataWarning) as heard:
        report = compare(spec, dataset=dataset)
    (warning,) = heard
    assert "tiny: 4 of 40 test images are also in the training part" in str(warning.message)
    assert warning.filename == __file__
    assert report.dataset.n_test_in_train == 4


WIDE = """
data = "wide.npz"
[features.raw]
extractor = "RawPixels"
n_jobs = N_JOBS
[features.words]
extractor = "BagOfVisualWords"
n_words = 20
patch_size = 4
n_samples = 4000
n_jobs = N_JOBS
[models.linear]
classifier = "LinearClassifier"
[models.mlp]
classifier = "MLPClassifier"
hidden_layer_sizes = [96]
max_iter = 3
"""


@pytest.mark.slow
def test_the_threads_asked_for_make_no_difference(tmp_path: Path) -> None:
    # Wide enough for BLAS to share the work between threads.
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (400, 16, 16, 3), dtype=np.uint8)
    labels = np.arange(400) % 3
    wide = Dataset("wide", images[:300], labels[:300], images[300:], labels[300:], ("a", "b", "c"))
    save_npz(wide, tmp_path / "wide.npz")
    said = []
    for threads, n_jobs in (("1", "1"), ("5", "3")):
        (tmp_path / "spec.toml").write_text(WIDE.replace("N_JOBS", n_jobs))
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, "spec.toml"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **dict.fromkeys(names, threads)},
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(run.stdout)
    # The log loss follows the last bits of every probability, which predictions may hide.
    assert said[0] == said[1]
    assert "None" not in said[0]


FACTOR = 1.0


class ReadsAFile(TransformerMixin, BaseEstimator):
    """Responses to filters that are kept in a file, times a global."""

    def __init__(self, path: str) -> None:
        self.path = path

    def fit(self, X: Any, y: Any = None) -> ReadsAFile:
        return self

    def transform(self, X: Any) -> Any:
        return X.reshape(len(X), -1) / 255 @ np.load(self.path) * FACTOR


def test_an_own_extractor_is_never_served_from_another_file_or_global(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "filters.npy"

    def found() -> int:
        heard = Heard()
        mine = {"mine": ReadsAFile(str(path))}
        report = compare(knn_only(), dataset=tiny, extractors=mine, listener=heard)
        assert "192 values, not cached: no cache_key" in heard.notes
        return report.cells[0].n_correct[0]

    np.save(path, np.eye(192))
    first = found()
    np.save(path, np.zeros((192, 192)))
    assert found() != first
    np.save(path, np.eye(192))
    monkeypatch.setitem(globals(), "FACTOR", 0.0)
    assert found() != first
