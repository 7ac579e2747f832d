"""A validation part that comes with the images: chosen by, then fitted on, and reported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from data import Dataset, Omission, save_npz
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.digests import with_digests
from pipelines.record.report import LeftOut, Report
from pipelines.reporting.markdown import markdown
from pipelines.reporting.page import page
from pipelines.reproduction import reproduce
from tests.pipelines.running.alone import ran

pytestmark = pytest.mark.usefixtures("without_pages")

KS = (1, 5, 25)


@pytest.fixture(scope="session")
def parted(tiny: Dataset) -> Dataset:
    """The same images, of which the last 20 for training are for choosing."""
    return replace(
        tiny,
        images_train=tiny.images_train[:40],
        labels_train=tiny.labels_train[:40],
        images_validation=tiny.images_train[40:],
        labels_validation=tiny.labels_train[40:],
    )


def spec(data: str = "builtin") -> Comparison:
    knn = {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": list(KS)}}
    return Comparison.from_dict(
        {
            "data": data,
            "seeds": [0, 1],
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {"knn": knn},
        }
    )


def flat(images: np.ndarray) -> np.ndarray:
    return (images.reshape(len(images), -1) / 255).astype(np.float32)


def test_it_is_what_is_chosen_by_and_the_last_fit_is_on_both(parted: Dataset) -> None:
    report = compare(spec(), dataset=parted, cache=False)
    (cell,) = report.cells
    assert parted.images_validation is not None
    scores = {
        k: KNeighborsClassifier(k)
        .fit(flat(parted.images_train), parted.labels_train)
        .score(flat(parted.images_validation), parted.labels_validation)
        for k in KS
    }
    best = max(scores, key=lambda k: scores[k])
    assert [each["n_neighbors"] for each in cell.chosen] == [best, best]
    assert cell.validation_accuracy == pytest.approx((scores[best],) * 2)
    both = flat(np.concatenate([parted.images_train, parted.images_validation]))
    labels = np.concatenate([parted.labels_train, parted.labels_validation])
    predicted = KNeighborsClassifier(best).fit(both, labels).predict(flat(parted.images_test))
    n_correct = int((predicted == parted.labels_test).sum())
    assert cell.n_correct == (n_correct, n_correct)
    assert (report.dataset.n_train, report.dataset.n_validation) == (40, 20)


def test_the_seed_decides_nothing_where_the_part_is_given() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    train, test = rng.normal(size=(60, 3)) + labels[:, None], rng.normal(size=(9, 3))
    candidates = [({"k": k}, KNeighborsClassifier(k)) for k in KS]
    given, again = (ran(train, test, labels, 2, candidates, s, n_validation=20) for s in (0, 9))
    assert given.validation_accuracy == again.validation_accuracy
    assert given.chosen == again.chosen


def test_it_reproduces_and_a_report_that_counts_wrong_does_not(
    parted: Dataset, tmp_path: Path
) -> None:
    save_npz(parted, tmp_path / "parted.npz")
    report = compare(spec(str(tmp_path / "parted.npz")), out=tmp_path / "out", cache=False)
    path = tmp_path / "out" / "report.json"
    assert reproduce(path, data=tmp_path / "parted.npz").ok
    content = json.loads(report.to_json())
    content["dataset"]["n_validation"] = 7
    content = with_digests(content)
    path.write_text(json.dumps(content))
    check = reproduce(path, data=tmp_path / "parted.npz")
    assert "n_validation 7 in the report, 20 in the data" in check.differences


def test_what_was_passed_over_is_in_the_report_and_on_its_pages(parted: Dataset) -> None:
    names = tuple(f"cat/{i}.heic" for i in range(12))
    dataset = replace(parted, passed_over=(Omission("files without an image's suffix", 40, names),))
    report = compare(spec(), dataset=dataset, cache=False)
    assert report.dataset.passed_over == (
        LeftOut(kind="files without an image's suffix", n=40, names=names[:5]),
    )
    assert Report.parse(json.loads(report.to_json()), "x").dataset == report.dataset
    assert "40 training, 20 validation and 40 test images" in markdown(report)
    assert "- Passed over: files without an image's suffix: 40 (cat/0.heic" in markdown(report)
    shown = page(report)
    assert "training / validation / test" in shown
    assert "cat/4.heic, …" in shown


def test_test_images_that_were_chosen_by_are_counted(parted: Dataset) -> None:
    assert parted.images_validation is not None
    images = np.concatenate([parted.images_validation[:3], parted.images_test[3:]])
    dataset = replace(parted, images_test=images)
    with pytest.warns(UserWarning, match="3 of 40 test images are also in the validation part"):
        report = compare(spec(), dataset=dataset, cache=False)
    assert report.dataset.n_test_in_validation == 3
    assert "3 test images are also in the validation part" in markdown(report)
