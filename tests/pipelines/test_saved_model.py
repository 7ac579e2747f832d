from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from PIL import Image
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from data import Dataset
from features import RawPixels
from models import LinearClassifier, MLPClassifier
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import SavedModelError
from pipelines.keeping.packing import pack
from pipelines.predicting.answers import Answer, Unread, predict_files
from pipelines.predicting.questions import questions
from pipelines.record.report import Report
from pipelines.report_files import ReportFiles
from pipelines.saved_model import LAYOUT, load_model
from tests.pipelines.own import Flat

pytestmark = pytest.mark.usefixtures("without_pages")


@pytest.fixture(scope="module")
def saved(
    tiny: Dataset, spec: Comparison, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Report]:
    """The best model of a comparison, which no test changes, and the report beside it."""
    out = tmp_path_factory.mktemp("saved")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportFiles, "render", lambda *_: None)
        report = compare(spec, dataset=tiny, out=out, save_model=True, cache=False)
    return out / "model.skops", report


def predicted(report: Report, path: Path, features: str, model: str) -> Any:
    with np.load(path.with_name("predictions.npz")) as kept:
        return kept[f"{features}/{model}"][0]


def test_the_best_on_the_validation_part_is_saved_as_it_was_reported(
    saved: tuple[Path, Report], tiny: Dataset
) -> None:
    path, report = saved
    model = load_model(path)
    means = [np.mean(cell.validation_accuracy) for cell in report.cells]
    best = report.cells[int(np.argmax(means))]
    assert (model.features, model.model) == (best.features, best.model)
    assert model.class_names == tiny.class_names
    assert model.image_shape == (8, 8, 3)
    scores, are_probabilities = model.scores(tiny.images_test)
    assert are_probabilities
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-5)
    labels = predicted(report, path, best.features, best.model)
    assert np.array_equal(scores.argmax(axis=1), labels)


def test_the_test_images_have_no_say_in_what_is_saved(tiny: Dataset, tmp_path: Path) -> None:
    # What is right about training images is wrong about every test image here.
    shifted = Dataset(
        "shifted",
        tiny.images_train,
        tiny.labels_train,
        tiny.images_train ^ np.uint8(1),
        (tiny.labels_train + 1) % 3,
        tiny.class_names,
    )
    spec = Comparison.from_dict(
        {
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {"linear": {"classifier": "LinearClassifier"}},
        }
    )
    report = compare(
        spec,
        dataset=shifted,
        out=tmp_path,
        save_model=True,
        classifiers={"guess": DummyClassifier()},
    )
    linear, guess = report.cells
    assert linear.validation_accuracy > guess.validation_accuracy
    assert linear.n_correct < guess.n_correct
    assert load_model(tmp_path / "model.skops").model == "linear"


def test_from_a_cache_or_without_one_the_same_model_is_saved(
    saved: tuple[Path, Report], tiny: Dataset, spec: Comparison, tmp_path: Path
) -> None:
    path, _ = saved
    expected = load_model(path).scores(tiny.images_test)[0]
    compare(spec, dataset=tiny)  # the cache then has the cells, and no model
    report = compare(spec, dataset=tiny, out=tmp_path, save_model=True)
    assert any(cost.cached for cost in report.measurements.cells)
    found = load_model(tmp_path / "model.skops").scores(tiny.images_test)[0]
    assert np.array_equal(found, expected)


def test_the_best_of_several_features_is_saved_if_only_that_came_from_the_cache(
    tiny: Dataset, tmp_path: Path
) -> None:
    def run(bins: list[int], out: Path | None = None) -> Report:
        spec = {
            "features": {"color": {"extractor": "ColorHistogram", "choose": {"bins": bins}}},
            "models": {"ridge": {"classifier": "LinearClassifier", "loss": "squared"}},
        }
        return compare(Comparison.from_dict(spec), dataset=tiny, out=out, save_model=bool(out))

    run([2, 3])
    report = run([2, 1], tmp_path)  # all images have one histogram of one bin
    assert report.cells[0].chosen == ({"color.bins": 2},)
    scores, _ = load_model(tmp_path / "model.skops").scores(tiny.images_test)
    labels = predicted(report, tmp_path / "model.skops", "color", "ridge")
    assert np.array_equal(scores.argmax(axis=1), labels)


def test_nothing_is_said_of_a_best_pairing_that_nobody_asked_for(
    tiny: Dataset, tmp_path: Path
) -> None:
    models = {"svc": {"classifier": "SVC"}, "nearest": {"classifier": "KNeighborsClassifier"}}
    spec = {"features": {"raw": {"extractor": "RawPixels"}}, "models": models}
    with pytest.warns(RuntimeWarning) as warned:
        compare(Comparison.from_dict(spec), dataset=tiny, out=tmp_path, save_all_models=True)
    assert [str(each.message)[:27] for each in warned] == ["raw × svc is not saved: SVC"]
    assert [path.name for path in tmp_path.glob("models/*")] == ["raw--nearest.skops"]


def test_a_file_is_of_the_same_cell_whatever_else_is_done(tiny: Dataset, tmp_path: Path) -> None:
    # On some disks the two names would be one file.
    features = {name: {"extractor": "RawPixels"} for name in ("RAW", "raw")}
    models = {"near": {"classifier": "KNeighborsClassifier"}}
    spec = Comparison.from_dict({"features": features, "models": models})
    for name, only in (("all", None), ("one", [("raw", "near")])):
        compare(spec, dataset=tiny, out=tmp_path / name, only=only, save_all_models=True)
        model = load_model(tmp_path / name / "models" / "raw--near-2.skops")
        assert model.features == "raw"


def test_a_fit_again_that_fails_is_told_as_that(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = Comparison.from_options(data="tiny", features=["raw"], models=["knn"], seeds=[0])
    compare(spec, dataset=tiny)  # the cache then has the cell, and no model

    def fails(*_: object) -> None:
        raise RuntimeError("a worker died")

    monkeypatch.setattr("pipelines.running.units.fit_again", fails)
    said = "raw × knn is not saved: .* to fit it again failed: RuntimeError: a worker died"
    with pytest.raises(SavedModelError, match=said):
        compare(spec, dataset=tiny, out=tmp_path, save_model=True)


def test_new_images_are_answered(saved: tuple[Path, Report], tiny: Dataset, tmp_path: Path) -> None:
    model = load_model(saved[0])
    photos = tmp_path / "photos"
    photos.mkdir()
    for i in range(3):
        Image.fromarray(tiny.images_test[i]).save(photos / f"{i}.png")
    Image.new("L", (50, 20)).save(photos / "grey.bmp")
    (photos / "notes.txt").write_text("no image")
    (photos / "broken.jpg").write_bytes(b"no image")

    paths = [question.path for question in questions([photos], [])]
    assert [path.name for path in paths] == ["0.png", "1.png", "2.png", "broken.jpg", "grey.bmp"]
    found = predict_files(model, paths, 2)
    assert [each.path for each in found] == paths
    answers = [each for each in found if isinstance(each, Answer)]
    failures = [each.error for each in found if isinstance(each, Unread)]
    assert [answer.path.name for answer in answers] == ["0.png", "1.png", "2.png", "grey.bmp"]
    assert len(failures) == 1
    assert "broken.jpg" in failures[0]
    scores, _ = model.scores(tiny.images_test[:3])
    for answer, row in zip(answers, scores, strict=False):
        best = np.argsort(-row)[:2]
        assert [name for name, _ in answer.top] == [tiny.class_names[k] for k in best]
        assert [value for _, value in answer.top] == [float(row[k]) for k in best]
    assert set(answers[0].to_dict()["top"][0]) == {"class", "probability"}


def test_new_images_get_their_size_as_those_of_the_training(tiny: Dataset, tmp_path: Path) -> None:
    wide = np.arange(8 * 20 * 3, dtype=np.uint8).reshape(8, 20, 3)
    Image.fromarray(wide).save(tmp_path / "wide.png")
    for fit in ("stretch", "crop"):
        spec = Comparison.from_options(data="tiny", features=["raw"], models=["knn"], fit=fit)
        compare(spec, dataset=tiny, out=tmp_path / fit, save_model=True)
    crop, stretch = (load_model(tmp_path / f / "model.skops") for f in ("crop", "stretch"))
    assert np.array_equal(crop.read(tmp_path / "wide.png"), wide[:, 6:14])
    assert not np.array_equal(stretch.read(tmp_path / "wide.png"), wide[:, 6:14])


def test_a_score_that_is_no_number_is_null_in_json() -> None:
    answer = Answer(Path("a.png"), (("cat", 0.5), ("dog", float("-inf"))), has_probabilities=False)
    assert answer.to_dict()["top"] == [
        {"class": "cat", "score": 0.5},
        {"class": "dog", "score": None},
    ]


def test_a_folder_without_images_is_named(tmp_path: Path) -> None:
    with pytest.raises(SavedModelError, match="no images in this folder"):
        questions([tmp_path], [])


class OwnRidge(RidgeClassifier):
    """A classifier of one's own."""


def test_own_extractors_are_saved_and_loaded_if_they_are_named(
    tiny: Dataset, tmp_path: Path
) -> None:
    compare(
        Comparison.from_dict({}),
        dataset=tiny,
        out=tmp_path,
        save_model=True,
        extractors={"mine": Flat()},
        classifiers={"ridge": OwnRidge()},
    )
    named = [
        "sklearn.preprocessing._label.LabelBinarizer",
        "tests.pipelines.own.Flat",
        "tests.pipelines.test_saved_model.OwnRidge",
    ]
    with pytest.raises(SavedModelError, match=f"not trusted: {', '.join(named)}; if you know"):
        load_model(tmp_path / "model.skops")
    with pytest.raises(SavedModelError, match=r"not trusted: sklearn\.preprocessing"):
        load_model(tmp_path / "model.skops", trusted=named[1:])
    model = load_model(tmp_path / "model.skops", trusted=named)
    scores, are_probabilities = model.scores(tiny.images_test)
    assert not are_probabilities
    labels = predicted(Report.read(tmp_path / "report.json"), tmp_path / "x", "mine", "ridge")
    assert np.array_equal(scores.argmax(axis=1), labels)


IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), np.uint8)
RAW = RawPixels().fit(IMAGES)
LINEAR = LinearClassifier(loss="squared").fit(RAW.transform(IMAGES), [0, 1] * 3)
GOOD: dict[str, Any] = {
    "preconv_model": LAYOUT,
    "title": "t",
    "features": "f",
    "model": "m",
    "class_names": ["a", "b"],
    "image_shape": [8, 8, 3],
    "extractors": [RAW],
    "classifier": LINEAR,
}


def test_a_file_with_this_content_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(pack(GOOD))
    assert load_model(path).scores(IMAGES)[0].shape == (6, 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([1, 2], "something else"),
        ({"a": 1}, "something else"),
        (GOOD | {"preconv_model": 2}, "another version of preconv; make it again"),
        ({key: GOOD[key] for key in GOOD if key != "classifier"}, "fields"),
        (GOOD | {"more": 1}, "fields"),
        (GOOD | {"class_names": []}, "fields"),
        (GOOD | {"class_names": ["a", 1]}, "fields"),
        (GOOD | {"class_names": ["a", "\x1b[2J"]}, "cannot be shown"),
        (GOOD | {"class_names": ["a", "\ud800"]}, "cannot be shown"),
        (GOOD | {"class_names": ["a"]}, "not among the 1"),
        (GOOD | {"image_shape": [8, 8]}, "fields"),
        (GOOD | {"image_shape": [10**6, 10**6, 3]}, "impossible shape"),
        (GOOD | {"image_shape": [8, 8, 2]}, "impossible shape"),
        (GOOD | {"image_shape": [8, 9, 3]}, r"not for images of \(8, 9, 3\)"),
        (GOOD | {1: 2}, "fields"),
        (GOOD | {"extractors": [LINEAR]}, "fields"),
        (GOOD | {"extractors": []}, "fields"),
        (GOOD | {"extractors": [RawPixels()]}, "not for images"),
        (GOOD | {"classifier": RAW}, "fields"),
        (GOOD | {"classifier": LinearClassifier()}, "classifier takes others"),
        (GOOD | {"classifier": 3}, "extractors, then a classifier"),
        (GOOD | {"extractors": [[RAW]]}, "extractors, then a classifier"),
        (GOOD | {"extractors": [RAW, RAW]}, "make 384 values, its classifier takes others"),
    ],
)
def test_a_file_with_other_content_is_refused(tmp_path: Path, content: Any, says: str) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(pack(content))
    with pytest.raises(SavedModelError, match=says) as refused:
        load_model(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "http" not in str(refused.value)


def test_names_of_any_script_are_read_again(tmp_path: Path) -> None:
    """Persian parts letters, emoji are joined, and Japanese has a wide space of its own."""
    names = [
        "گربه\N{ZERO WIDTH NON-JOINER}ها",
        "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET} 黒\N{IDEOGRAPHIC SPACE}猫",
    ]
    path = tmp_path / "model.skops"
    path.write_bytes(pack(GOOD | {"class_names": names, "title": names[1]}))
    assert load_model(path).class_names == tuple(names)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", [LinearClassifier, MLPClassifier])
def test_weights_that_end_in_no_number_give_no_answer(tmp_path: Path, kind: Any) -> None:
    """Finite weights can be so large that what is computed with them is not."""
    fitted = kind(max_iter=200).fit(RAW.transform(IMAGES), [0, 1, 2] * 2)
    for weights in fitted.coefs_ if kind is MLPClassifier else [fitted.coef_]:
        weights[...] = np.finfo(weights.dtype).max
    path = tmp_path / "model.skops"
    path.write_bytes(pack(GOOD | {"classifier": fitted, "class_names": ["a", "b", "c"]}))
    with pytest.raises(SavedModelError, match=r"its scores are no numbers; .* make it again"):
        load_model(path).scores(IMAGES)


def test_a_file_of_an_earlier_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(skops.io.dumps(GOOD))
    with pytest.raises(
        SavedModelError, match=r"another version of preconv; make it again.*models`$"
    ):
        load_model(path)


def test_a_model_of_parts_that_do_not_fit_says_so(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(pack(GOOD | {"extractors": [Flat()], "classifier": OwnRidge()}))
    trusted = ["tests.pipelines.own.Flat", "tests.pipelines.test_saved_model.OwnRidge"]
    with pytest.raises(SavedModelError, match="f × m cannot predict"):
        load_model(path, trusted=trusted).scores(np.zeros((1, 8, 8, 3), np.uint8))


def test_no_file_and_a_large_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SavedModelError, match="no such file"):
        load_model(tmp_path / "none.skops")
    with pytest.raises(SavedModelError, match="it is a folder, not a file"):
        load_model(tmp_path)
    monkeypatch.setattr("pipelines.saved_model.memory_left", lambda: 11)
    (tmp_path / "big").write_bytes(b"1234")
    with pytest.raises(SavedModelError, match=r"takes .* of memory, and .* are free; free some"):
        load_model(tmp_path / "big")


class Locked(KNeighborsClassifier):
    """The best one, with what no file can keep."""

    def fit(self, X: Any, y: Any) -> Locked:
        super().fit(X, y)
        self.lock_ = threading.Lock()
        return self


@pytest.mark.usefixtures("without_pages")
def test_where_the_best_cannot_be_written_the_next_is(tiny: Dataset, tmp_path: Path) -> None:
    spec = Comparison.from_dict(
        {
            "seeds": [0],
            "features": {"color": {"extractor": "ColorHistogram"}},
            "models": {"near": {"classifier": "KNeighborsClassifier", "n_neighbors": 1}},
        }
    )
    own = {"locked": Locked(n_neighbors=40)}
    for folder in (tmp_path / "cold", tmp_path / "from the cache"):
        with pytest.warns(RuntimeWarning, match=r"locked is best on the held-out images, and is n"):
            compare(spec, dataset=tiny, out=folder, classifiers=own, save_model=True)
        assert load_model(folder).model == "near"
