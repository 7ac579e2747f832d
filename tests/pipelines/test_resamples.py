"""A comparison over resamples, from the run to the pages, and back by reproducing it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import DataError, Dataset, save_npz
from pipelines.compare import compare
from pipelines.comparison.resampled import resamples_of
from pipelines.comparison.spec import Comparison
from pipelines.errors import PredictionsError, SpecError
from pipelines.forecasting.forecast import forecast
from pipelines.record.comparing.changes import file_changes
from pipelines.record.digests import with_digests
from pipelines.record.predictions import kept_predictions, kept_tested
from pipelines.record.report import Report
from pipelines.record.significance.resampled_statistic import accuracy_interval
from pipelines.record.significance.statistics import wilson
from pipelines.reporting.diff import changes_as_text
from pipelines.reporting.doubts import doubts_beside
from pipelines.reporting.shown.report import load_report
from pipelines.reproduction import reproduce
from pipelines.running.progress import Listener, Step
from pipelines.saved_model import load_model
from pipelines.terminal.comparisons import show_forecast
from pipelines.terminal.reports import show_report

K = 3
BOTH = {
    "raw": {"extractor": "RawPixels"},
    "color": {"extractor": "ColorHistogram", "bins": 2},
    "both": {"union": ["raw", "color"]},
}


def asked(**more: Any) -> Comparison:
    return Comparison.from_dict(
        {
            "resamples": K,
            "features": {
                "raw": {"extractor": "RawPixels"},
                "color": {"extractor": "ColorHistogram", "bins": 2},
            },
            "models": {
                "knn": {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [1, 5]}},
                "nearest": {"classifier": "KNeighborsClassifier", "n_neighbors": 1},
            },
        }
        | more
    )


class Heard(Listener):
    """Remembers what ended and what failed; stops the run at one step, if asked to."""

    def __init__(self, stop_at: Step | None = None) -> None:
        self.stop_at = stop_at
        self.steps: list[Step] = []
        self.kept: dict[Step, bool] = {}
        self.failed: list[tuple[Step, str]] = []

    def plan(self, steps: Sequence[Step]) -> None:
        self.steps += steps

    def begin(self, step: Step) -> None:
        if step == self.stop_at:
            raise KeyboardInterrupt

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        self.kept[step] = kept

    def fail(self, step: Step, error: str) -> None:
        self.failed.append((step, error))


@pytest.fixture(scope="module")
def made(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report of resamples and, beside it, its images."""
    folder = tmp_path_factory.mktemp("resamples")
    save_npz(tiny, folder / "tiny.npz")
    compare(asked(), dataset=tiny, out=folder / "out", cache=False)
    return folder / "out"


@pytest.fixture
def edited(made: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write the report after an edit, with a digest to match."""

    def write(edit: Callable[[dict[str, Any]], None]) -> Path:
        content = json.loads((made / "report.json").read_text("utf-8"))
        edit(content)
        content = with_digests(content)
        path = tmp_path / "report.json"
        path.write_text(json.dumps(content), "utf-8")
        return path

    return write


def test_a_cell_is_measured_on_every_resample(made: Path, tiny: Dataset) -> None:
    report = Report.read(made)
    assert report.is_resampled
    assert report.dataset.sha256 == tiny.sha256
    assert (report.dataset.n_train, report.dataset.n_test) == (60, 40)
    assert len(report.pairs) == 6
    for cell in report.cells:
        assert (cell.status, cell.seeds, cell.n_test) == ("done", (0, 1, 2), 40)
        assert cell.ci95 == accuracy_interval(cell.n_correct, 40, 60)
        assert cell.accuracy == pytest.approx(np.mean(cell.n_correct) / 40)
        assert cell.confusion is not None
        assert sum(map(sum, cell.confusion)) == K * 40


def test_what_is_predicted_is_what_scikit_learn_predicts_on_the_same_split(
    made: Path, tiny: Dataset
) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    _, predicted = kept_predictions(Report.read(made), made / "report.json")
    resamples = resamples_of(asked(), tiny)
    assert resamples is not None
    for number, found in enumerate(predicted["raw", "nearest"]):
        drawn = resamples[number]
        train, test = (
            images.reshape(len(images), -1) / 255.0
            for images in (drawn.images_train, drawn.images_test)
        )
        expected = KNeighborsClassifier(1).fit(train, drawn.labels_train).predict(test)
        np.testing.assert_array_equal(found, expected)


def test_the_predictions_say_which_images_were_tested(made: Path, tiny: Dataset) -> None:
    report = Report.read(made)
    labels, predicted = kept_predictions(report, made / "report.json")
    tested = kept_tested(report, made / "report.json")
    pool = np.concatenate([tiny.labels_train, tiny.labels_test])
    assert tested.shape == (K, 40)
    np.testing.assert_array_equal(labels, pool[tested])
    assert all(table.shape == (K, 40) for table in predicted.values())
    with pytest.raises(PredictionsError, match="every resample has other test images"):
        doubts_beside(made)


def test_predictions_of_another_report_are_refused(made: Path, tmp_path: Path) -> None:
    with np.load(made / "predictions.npz") as kept:
        arrays = dict(kept)
    arrays["labels"] = arrays["labels"][::-1]
    np.savez(tmp_path / "predictions.npz", **arrays)
    with pytest.raises(PredictionsError, match="not the predictions of this report"):
        kept_predictions(Report.read(made), tmp_path / "report.json")
    np.savez(tmp_path / "predictions.npz", **arrays | {"labels": arrays["labels"][0]})
    with pytest.raises(PredictionsError, match="labels must be integers"):
        kept_predictions(Report.read(made), tmp_path / "report.json")


def test_the_pages_and_the_terminal_say_what_is_covered(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    covers = "other training images and other test images of this kind, of these sizes"
    for name in ("report.md", "report.html"):
        text = " ".join((made / name).read_text("utf-8").split())
        assert covers in text
        assert "3 resamples" in text
        assert "corrected resampled t" in text
        for other in ("Wilson's", "bootstrap over test images", "not covered"):
            assert other not in text
    show_report(load_report(made), [])
    said = " ".join(capsys.readouterr().out.split())
    assert f"for {covers}." in said
    assert "3 resamples: split anew for each resample, stratified by class" in said


def test_an_honest_report_reproduces_bit_for_bit(made: Path) -> None:
    result = reproduce(made, data=made.parent / "tiny.npz")
    assert (result.status, result.differences, len(result.exact)) == (0, (), 4)


@pytest.mark.slow
def test_in_another_environment_the_same_is_the_same(made: Path, edited: Any) -> None:
    path = edited(lambda content: content["environment"].update(numpy="1.99.0"))
    result = reproduce(path, data=made.parent / "tiny.npz", only=["raw:knn", "color:knn"])
    assert (result.status, result.differences) == (0, ())


def narrower(content: dict[str, Any]) -> None:
    """Take Wilson's interval in place of the wider one."""
    cell = content["cells"][0]
    mean = round(sum(cell["n_correct"]) / len(cell["n_correct"]))
    cell["ci95"] = list(wilson(mean, cell["n_test"]))


def surer(content: dict[str, Any]) -> None:
    for pair in content["pairs"]:
        pair["p_adjusted"] = pair["p_adjusted"] / 2


def of_one_split(content: dict[str, Any]) -> None:
    content["pairs_statistic"] = "max-t"


def other_resamples(content: dict[str, Any]) -> None:
    content["spec"]["data_seed"] = 5


def fewer_resamples(content: dict[str, Any]) -> None:
    content["spec"]["resamples"] = 2


@pytest.mark.parametrize(
    "edit",
    [
        narrower,
        pytest.param(surer, marks=pytest.mark.slow),
        of_one_split,
        pytest.param(other_resamples, marks=pytest.mark.slow),
        fewer_resamples,
    ],
)
def test_a_lie_is_found(made: Path, edited: Any, edit: Any) -> None:
    result = reproduce(edited(edit), data=made.parent / "tiny.npz")
    assert result.status == 1
    assert result.differences


@pytest.mark.slow
def test_it_goes_on_where_it_stopped(tiny: Dataset, made: Path, tmp_path: Path) -> None:
    spec = asked(features=BOTH)
    with pytest.raises(KeyboardInterrupt):
        compare(spec, dataset=tiny, out=tmp_path, listener=Heard(Step("both", "knn", 1)))
    heard = Heard()
    report = compare(spec, dataset=tiny, out=tmp_path, listener=heard)
    assert all(kept for step, kept in heard.kept.items() if step.seed < 1)
    assert not any(kept for step, kept in heard.kept.items() if step.seed == 2)
    assert report.cells[:4] == Report.read(made).cells
    assert set(heard.steps) == set(heard.kept)


@pytest.mark.usefixtures("without_pages")
def test_an_interrupted_run_reports_the_resamples_that_are_over(
    tiny: Dataset, tmp_path: Path
) -> None:
    models = {"knn": {"classifier": "KNeighborsClassifier"}}
    spec = asked(features=FLAT, models=models, resamples=4)
    stop = Heard(Step("raw", "knn", 2))
    with pytest.raises(KeyboardInterrupt) as stopped:
        compare(spec, dataset=tiny, out=tmp_path, listener=stop)
    assert "report.json has the first 2 of 4 resamples; the same" in stopped.value.__notes__[0]
    part = Report.read(tmp_path)
    assert [(cell.status, cell.seeds) for cell in part.cells] == [("done", (0, 1))]
    assert part.spec["resamples"] == 2
    assert "resamples = 4" in (tmp_path / "spec.toml").read_text("utf-8")
    assert kept_tested(part, tmp_path / "report.json").shape == (2, 40)
    save_npz(tiny, tmp_path / "tiny.npz")
    result = reproduce(tmp_path, data=tmp_path / "tiny.npz")
    assert (result.status, result.differences, len(result.exact)) == (0, (), 1)
    # The same command goes on; when it is stopped once more, no report is replaced by a smaller.
    heard = Heard()
    whole = compare(spec, dataset=tiny, out=tmp_path, listener=heard)
    kept = {step.seed for step, kept in heard.kept.items() if kept and step.model}
    assert kept == {0, 1}
    with pytest.raises(KeyboardInterrupt) as stopped:
        compare(spec, dataset=tiny, out=tmp_path, listener=Heard(Step("raw", "knn", 3)))
    assert "report.json has 4 resamples of an earlier run; the same" in stopped.value.__notes__[0]
    assert Report.read(tmp_path).cells == whole.cells


@pytest.mark.usefixtures("without_pages")
def test_more_resamples_of_fewer_cells_replace_no_report_of_more(
    tiny: Dataset, tmp_path: Path
) -> None:
    near = {"classifier": "KNeighborsClassifier"}
    models = {"few": near, "many": {**near, "n_neighbors": 30}}
    whole = compare(asked(features=FLAT, models=models, resamples=2), dataset=tiny, out=tmp_path)
    more = asked(features=FLAT, models=models, resamples=4)
    with pytest.raises(SpecError, match="with 1 more cells, as raw × many; run these, too, or"):
        compare(more, dataset=tiny, out=tmp_path, only=[("raw", "few")])
    with pytest.raises(KeyboardInterrupt) as stopped:
        compare(more, dataset=tiny, out=tmp_path, listener=Heard(Step("raw", "few", 2)))
    assert "report.json has 2 resamples of an earlier run; the same" in stopped.value.__notes__[0]
    assert Report.read(tmp_path).cells == whole.cells
    few = compare(more, dataset=tiny, out=tmp_path, only=[("raw", "few")], overwrite=True)
    assert [cell.status for cell in few.cells] == ["done", "pending"]


@pytest.mark.usefixtures("without_pages")
def test_of_folds_whole_repeats_are_reported(tiny: Dataset, tmp_path: Path) -> None:
    models = {"knn": {"classifier": "KNeighborsClassifier"}}
    spec = asked(features=FLAT, models=models, resamples=None, folds=2, repeats=2)
    with pytest.raises(KeyboardInterrupt) as stopped:
        compare(spec, dataset=tiny, out=tmp_path, listener=Heard(Step("raw", "knn", 1)))
    assert "No report was written" in stopped.value.__notes__[0]
    with pytest.raises(KeyboardInterrupt):
        compare(spec, dataset=tiny, out=tmp_path, listener=Heard(Step("raw", "knn", 3)))
    assert Report.read(tmp_path).spec["repeats"] == 1
    save_npz(tiny, tmp_path / "tiny.npz")
    assert reproduce(tmp_path, data=tmp_path / "tiny.npz").status == 0


@pytest.mark.slow
def test_more_resamples_take_the_first_ones_from_the_cache(tiny: Dataset) -> None:
    few, many = (asked(resamples=k, features=FLAT) for k in (2, 3))
    compare(few, dataset=tiny)
    heard = Heard()
    report = compare(many, dataset=tiny, listener=heard)
    assert {step.seed for step, kept in heard.kept.items() if kept} == {0, 1}
    assert report.cells[0].seeds == (0, 1, 2)


FLAT = {"raw": {"extractor": "RawPixels"}}


def test_a_cell_that_failed_on_a_resample_is_not_run_on_the_next(tiny: Dataset) -> None:
    models = {
        "good": {"classifier": "KNeighborsClassifier"},
        "bad": {"classifier": "KNeighborsClassifier", "n_neighbors": 61},
    }
    heard = Heard()
    report = compare(asked(features=FLAT, models=models), dataset=tiny, cache=False, listener=heard)
    assert [cell.status for cell in report.cells] == ["done", "failed"]
    assert [error for _, error in heard.failed[1:]] == [
        "not run: it failed on another resample"
    ] * (K - 1)


@pytest.mark.slow
def test_folds_test_every_image_once(tiny: Dataset, tmp_path: Path) -> None:
    spec = asked(resamples=None, folds=5, repeats=2, features=FLAT)
    compare(spec, dataset=tiny, out=tmp_path, cache=False)
    report = Report.read(tmp_path)
    assert (report.dataset.n_train, report.dataset.n_test) == (80, 20)
    assert report.cells[0].seeds == tuple(range(10))
    tested = kept_tested(report, tmp_path / "report.json")
    assert sorted(tested[:5].ravel()) == sorted(tested[5:].ravel()) == list(range(100))
    assert "each of 5 folds is tested once, 2 times" in (tmp_path / "report.md").read_text("utf-8")
    save_npz(tiny, tmp_path / "tiny.npz")
    assert reproduce(tmp_path, data=tmp_path / "tiny.npz").status == 0


@pytest.mark.slow
def test_a_saved_model_is_that_of_the_first_resample(tiny: Dataset, tmp_path: Path) -> None:
    spec = asked(resamples=2, features=FLAT)
    for cache in (False, True, True):  # the last one fits again what the cache has
        compare(spec, dataset=tiny, out=tmp_path, cache=cache, save_model=True, overwrite=True)
        model = load_model(tmp_path / "model.skops")
        resamples = resamples_of(spec, tiny)
        assert resamples is not None
        report = Report.read(tmp_path)
        _, predicted = kept_predictions(report, tmp_path / "report.json")
        expected = [table[0].tolist() for table in predicted.values()]
        assert model.predict(resamples[0].images_test).tolist() in expected


@pytest.mark.slow
def test_two_reports_of_the_same_resamples_are_paired(
    made: Path, tiny: Dataset, tmp_path: Path
) -> None:
    models = {
        "knn": {"classifier": "KNeighborsClassifier", "n_neighbors": 9},
        "nearest": {"classifier": "KNeighborsClassifier", "n_neighbors": 1},
    }
    compare(asked(models=models), dataset=tiny, out=tmp_path / "a", cache=False)
    changes = file_changes(made, tmp_path / "a")
    assert not changes.unpaired
    assert [cell.name[1] for cell in changes.changed_cells] == ["knn"] * 2
    assert all(cell.paired for cell in changes.changed_cells)
    assert "by the corrected resampled t" in changes_as_text(changes)
    compare(asked(data_seed=1), dataset=tiny, out=tmp_path / "b", cache=False)
    assert (
        "resamples of the two reports are not the same"
        in file_changes(made, tmp_path / "b").unpaired
    )
    one = asked(resamples=None, features=FLAT)
    compare(one, dataset=tiny, out=tmp_path / "c", cache=False)
    assert "the other of a single split" in file_changes(made, tmp_path / "c").unpaired


def test_a_forecast_counts_every_resample(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = asked(features=FLAT, data=str(made.parent / "tiny.npz"))
    before = forecast(spec)
    assert (before.n_seeds, before.resampled) == (K, True)
    assert not any(row.kept for row in before.features)
    compare(spec)
    after = forecast(spec)
    assert all(row.kept for row in after.features)
    assert [cell.n_kept for cell in after.cells] == [K, K]
    show_forecast(after)
    assert "3 of 3 resamples in the cache" in capsys.readouterr().out


def test_images_that_cannot_be_split_anew_are_refused_before_anything_is_written(
    tiny: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"tiny: class .* cut into 60 folds"):
        compare(asked(resamples=None, folds=60), dataset=tiny, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_report_in_the_folder_of_another_split_is_not_replaced(
    made: Path, tiny: Dataset, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path / "out")
    with pytest.raises(Exception, match="a report of another spec"):
        compare(asked(resamples=2), dataset=tiny, out=tmp_path / "out")
