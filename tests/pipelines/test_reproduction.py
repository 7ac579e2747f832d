from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import NAMED_DATASETS, Dataset, save_npz
from data.named.named_dataset import NamedDataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import MemoryShortError
from pipelines.record.claims.consistency import macro_f1, per_class_accuracy
from pipelines.record.digests import with_digests
from pipelines.record.report import Cell, Report
from pipelines.record.significance.statistics import wilson
from pipelines.reproduction import _found, reproduce
from tests.pipelines.own import FailsToFit, Flat, GivesNaN

pytestmark = pytest.mark.usefixtures("without_pages")

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="session")
def original(tiny: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of a comparison of four cells, as JSON."""
    path = tmp_path_factory.mktemp("original") / "tiny.npz"
    save_npz(tiny, path)
    spec = Comparison.from_dict(
        {
            "data": str(path),
            "seeds": [0, 1],
            "features": {
                "raw": {"extractor": "RawPixels"},
                "color": {"extractor": "ColorHistogram", "bins": 2},
            },
            "models": {
                "knn": {"classifier": "KNeighborsClassifier"},
                "mlp": {"classifier": "MLPClassifier", "hidden_layer_sizes": [4], "max_iter": 3},
            },
        }
    )
    content = json.loads(compare(spec, cache=False).to_json())
    assert content["spec"]["data"] == "tiny.npz"
    return dict(content)


@pytest.fixture
def found_again(original: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run find what the original run found, in no time."""
    honest = Report.parse(original, "original")

    def found(spec: Comparison, *, only: list[tuple[str, str]], **_: object) -> Report:
        cells = tuple(
            each
            if each.name in only
            else Cell(
                features=each.features,
                model=each.model,
                status="pending",
                seeds=each.seeds,
                n_test=each.n_test,
            )
            for each in honest.cells
        )
        pairs = [pair for pair in honest.pairs if {pair.first, pair.second} <= {*only}]
        return honest.model_copy(update={"cells": cells, "pairs": tuple(pairs)})

    monkeypatch.setattr("pipelines.reproduction.compare", found)


@pytest.fixture
def written(original: dict[str, Any], tmp_path: Path) -> Callable[..., Path]:
    """Write the report with something edited; its digest made to fit, or left as it was."""

    def write(edit: Edit = lambda content: None, *, digested: bool = True) -> Path:
        content = json.loads(json.dumps(original))
        edit(content)
        if digested:
            content = with_digests(content)
        path = tmp_path / "report.json"
        path.write_text(json.dumps(content))
        return path

    return write


def cell(content: dict[str, Any], k: int = 0) -> dict[str, Any]:
    return dict.__getitem__(content, "cells")[k]  # type: ignore[no-any-return]


def test_an_honest_report_reproduces_bit_for_bit(
    written: Callable[..., Path], tiny_npz: Path
) -> None:
    result = reproduce(written(), data=tiny_npz)
    assert result.ok
    assert (result.status, result.differences, result.notes) == (0, (), ())
    assert len(result.exact) == 4
    assert result.close == ()


def test_only_the_cells_asked_for_are_run(written: Callable[..., Path], tiny_npz: Path) -> None:
    result = reproduce(written(), data=tiny_npz, only=["color:knn"])
    assert result.ok
    assert result.exact == (("color", "knn"),)
    assert result.report is not None
    assert [c.status for c in result.report.cells].count("pending") == 3

    unknown = reproduce(written(), data=tiny_npz, only=["hog:knn"])
    assert unknown.status == 2
    assert "the report has raw:knn, raw:mlp" in unknown.differences[0]


def test_kept_results_are_not_looked_at(
    written: Callable[..., Path], tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the cache was read")

    monkeypatch.setattr("data.keeping.cache.RunCache.get", refuse)
    monkeypatch.setattr("data.keeping.cache.RunCache.put", refuse)
    assert reproduce(written(), data=tiny_npz).ok


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: cell(c).update(accuracy=0.99),
        lambda c: c["spec"].update(seeds=[0, 2]),
        lambda c: c["dataset"].update(sha256="0" * 64),
        lambda c: c.update(digest="0" * 64),
        lambda c: c.update(digest=None),
        lambda c: c.pop("digest"),
        lambda c: cell(c).update(accuracy=67.2),  # no longer a fraction: edited all the same
    ],
)
def test_an_edit_breaks_the_digest(
    written: Callable[..., Path], tiny_npz: Path, edit: Edit
) -> None:
    result = reproduce(written(edit, digested=False), data=tiny_npz)
    assert result.status == 1
    assert "edited" in result.differences[0]
    assert result.report is None


def failed(content: dict[str, Any]) -> None:
    unfinished(content, 0, status="failed", error="seed 0: MemoryError")


def flipped(sha256: str) -> str:
    return sha256[1:] + sha256[0]


@pytest.mark.usefixtures("found_again")
@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda c: cell(c).update(accuracy=0.99), "raw × knn: accuracy is 0.99 in the report"),
        (lambda c: cell(c).update(ci95=[0.1, 0.2]), "ci95[0] is 0.1"),
        (lambda c: cell(c).update(ci95=None), "ci95[0] is None"),
        (lambda c: cell(c).update(confusion=None), "done, but without confusion"),
        (lambda c: cell(c).update(error="seed 0: x"), "done, with an error"),
        (lambda c: cell(c).update(n_test=41), "not those of the spec"),
        (lambda c: cell(c).update(seeds=[0, 2]), "not those of the spec"),
        (lambda c: c["spec"].update(seeds=[0, 2]), "not those of the spec"),
        (lambda c: cell(c).update(n_correct=[40]), "not one count"),
        (lambda c: cell(c).update(n_correct=[41, 3]), "more correct answers than images"),
        (lambda c: cell(c).update(n_correct=[3, 3, 3]), "not one count"),
        (lambda c: c["dataset"].update(n_test=0), "no test images"),
        (lambda c: c["dataset"].update(n_train=0), "no training images"),
        (lambda c: cell(c).update(features="hog"), "the spec does not have this cell"),
        (lambda c: c["cells"].pop(), "color × mlp: the spec has this cell, the report does not"),
        (lambda c: c["cells"].append(cell(c)), "more than once"),
        (lambda c: c["dataset"].update(n_train=61), "n_train 61 in the report, 60 in the data"),
        (
            lambda c: c["dataset"].update(n_test_in_train=2),
            "n_test_in_train 2 in the report, 0 in the data",
        ),
        (lambda c: cell(c)["confusion"][0].reverse(), "confusion"),
        (lambda c: cell(c).update(dim=193), "dim 193 in the report, 192 now"),
        (
            lambda c: cell(c).update(predictions_sha256=[*map(flipped, ["ab" * 32, "cd" * 32])]),
            "by other predictions",
        ),
        (lambda c: failed(c), "failed in the report, done now"),
        (lambda c: cell(c)["metrics"].update(log_loss=0.01), "raw × knn: metrics"),
        (lambda c: cell(c, 1).update(validation_accuracy=[1, 1]), "raw × mlp: validation_accuracy"),
        (lambda c: cell(c, 1)["learning_curves"][0][0].update(loss=0.1), "learning_curves"),
        (lambda c: c["pairs"][0].update(p_adjusted=0.5), "the paired difference is not that of"),
        (lambda c: c["pairs"][0].update(p_adjusted=0.001), "told apart, and its interval"),
        (lambda c: c.pop("pairs_statistic"), "of another statistic"),
        (lambda c: c["pairs"][0].update(ci95=[-0.9, 0.9]), "the paired difference is not that of"),
        (lambda c: c["pairs"].pop(), "not of the pairs of cells"),
        (
            lambda c: cell(c, 3).update(predictions_sha256=cell(c, 1)["predictions_sha256"]),
            "and elsewhere 12 by the same predictions",
        ),
    ],
)
def test_an_edit_with_a_digest_to_match_is_found_by_running(
    written: Callable[..., Path], tiny_npz: Path, edit: Edit, says: str
) -> None:
    result = reproduce(written(edit), data=tiny_npz)
    assert result.status == 1
    assert not result.ok
    assert any(says in line for line in result.differences), result.differences


def test_an_earlier_report_is_checked_by_the_statistic_that_it_claims(
    tiny: Dataset, written: Callable[..., Path], tiny_npz: Path, original: dict[str, Any]
) -> None:
    spec = Comparison.from_dict({k: v for k, v in original["spec"].items() if k != "own"})
    then = compare(spec, dataset=tiny, cache=False, pairs_statistic="mcnemar-holm")
    pairs = json.loads(then.to_json())["pairs"]
    assert set(pairs[0]) >= {"p_value", "p_holm"}
    assert "p_adjusted" not in pairs[0]

    def earlier(content: dict[str, Any], **changed: Any) -> None:
        content.pop("pairs_statistic")
        content["pairs"] = [{**pairs[0], **changed}, *pairs[1:]]

    assert reproduce(written(earlier), data=tiny_npz).ok
    for lie, says in (
        ({"ci95": [-0.9, 0.9]}, "the paired difference is not that of"),
        ({"p_value": 0.001}, "p_value is not that"),
        ({"p_holm": 0.001}, "p_holm does not follow"),
    ):
        result = reproduce(written(lambda c, lie=lie: earlier(c, **lie)), data=tiny_npz)
        assert result.status == 1
        assert says in result.differences[0]


def many_cells(content: dict[str, Any], n: int, **changed: Any) -> None:
    content["cells"] += [{**cell(content), **changed}] * n


@pytest.mark.usefixtures("found_again")
@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda c: many_cells(c, 2_000), "raw × knn: the report has this cell more than once"),
        (
            lambda c: c["cells"].extend({**cell(c), "features": f"f{k}"} for k in range(2_000)),
            "f0 × knn: the spec does not have this cell",
        ),
        (lambda c: many_cells(c, 10_000), "cells: Tuple should have at most 10000 items"),
    ],
)
def test_thousands_of_cells_take_no_time(
    written: Callable[..., Path], tiny_npz: Path, edit: Edit, says: str
) -> None:
    path = written(edit)
    start = time.process_time()
    result = reproduce(path, data=tiny_npz)
    assert any(says in line for line in result.differences), result.differences[:3]
    assert time.process_time() - start < 10  # all their pairs would take minutes


@pytest.mark.parametrize(
    "own", ["x", 5, [], {"features": 5, "models": None}, {"features": [["raw"]]}]
)
@pytest.mark.usefixtures("found_again")
def test_what_is_no_list_of_own_code_names_none(
    written: Callable[..., Path], tiny_npz: Path, own: Any
) -> None:
    assert reproduce(written(lambda c: c["spec"].update(own=own)), data=tiny_npz).status == 0


def test_a_consistent_lie_is_found_by_running(written: Callable[..., Path], tiny_npz: Path) -> None:
    result = reproduce(written(lambda c: one_image_otherwise(c, 0)), data=tiny_npz)
    assert result.status == 1
    assert "correct in the report" in result.differences[0]


def elsewhere(content: dict[str, Any]) -> None:
    content["environment"]["numpy"] = "1.99.0"


def test_in_another_environment_the_same_is_the_same(
    written: Callable[..., Path], tiny_npz: Path
) -> None:
    result = reproduce(written(elsewhere), data=tiny_npz)
    assert result.ok
    assert (result.status, len(result.exact), result.close) == (0, 4, ())
    assert any("numpy: 1.99.0 there" in note for note in result.notes)


@pytest.mark.usefixtures("found_again")
def test_in_another_environment_a_figure_may_be_rounded_otherwise(
    written: Callable[..., Path], tiny_npz: Path
) -> None:
    def rounded(content: dict[str, Any]) -> None:
        elsewhere(content)
        metrics = cell(content, 1)["metrics"]
        metrics.update(log_loss=metrics["log_loss"] * 1.0001)

    result = reproduce(written(rounded), data=tiny_npz)
    assert result.ok
    assert (result.status, len(result.exact), result.close) == (3, 3, (("raw", "mlp"),))
    assert any("with other probabilities" in note for note in result.notes)


def one_image_otherwise(content: dict[str, Any], k: int, *, by: int = 1) -> None:
    """Let a cell be right on some other images with each seed, and everything follow from that."""
    claimed = cell(content, k)
    counts = [n + by for n in claimed["n_correct"]]
    low, high = wilson(round(sum(counts) / 2), 40)
    confusion = claimed["confusion"]
    for _ in range(2 * by):
        wrong = [(i, j) for i in range(3) for j in range(3) if i != j and confusion[i][j]]
        i, j = max(wrong, key=lambda at: confusion[at[0]][at[1]])
        confusion[i][j] -= 1
        confusion[i][i] += 1
    table = np.array(confusion)
    claimed.update(
        n_correct=counts, accuracy=sum(counts) / 80, ci95=[low, high],
        accuracy_std=float(np.std(np.array(counts) / 40, ddof=1)),
        predictions_sha256=[f"{k}{seed}" * 32 for seed in range(2)],
    )  # fmt: skip
    claimed["metrics"].update(
        macro_f1=macro_f1(table), per_class_accuracy=per_class_accuracy(table)
    )
    claimed["metrics"]["top2"] = min(1.0, claimed["metrics"]["top2"] + by / 40)
    paired_anew(content)


def paired_anew(content: dict[str, Any]) -> None:
    """Let the paired differences follow from the accuracies."""
    accuracies = {(c["features"], c["model"]): c.get("accuracy") for c in content["cells"]}
    for pair in content["pairs"]:
        first, second = tuple(pair["first"]), tuple(pair["second"])
        moved = accuracies[first] - accuracies[second] - pair["difference"]
        pair["difference"] += moved
        pair["ci95"] = [end + moved for end in pair["ci95"]]
        if pair["difference"] < 0:
            pair["first"], pair["second"] = pair["second"], pair["first"]
            pair["difference"] *= -1
            pair["ci95"] = [-pair["ci95"][1], -pair["ci95"][0]]
            pair["only_first"], pair["only_second"] = pair["only_second"], pair["only_first"]


@pytest.mark.usefixtures("found_again")
def test_another_environment_gets_a_tolerance_and_a_status_of_its_own(
    written: Callable[..., Path], tiny_npz: Path
) -> None:
    def moved(content: dict[str, Any]) -> None:
        elsewhere(content)
        one_image_otherwise(content, 1)

    result = reproduce(written(moved), data=tiny_npz)
    assert result.ok
    assert result.status == 3, result.differences
    assert result.close == (("raw", "mlp"),)
    assert len(result.exact) == 3
    assert any("raw × mlp: " in n and " correct in the report, " in n for n in result.notes)
    assert reproduce(written(lambda c: one_image_otherwise(c, 1)), data=tiny_npz).status == 1


def all_moved(content: dict[str, Any]) -> None:
    for k in range(4):
        one_image_otherwise(content, k, by=2)


@pytest.mark.usefixtures("found_again")
@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (all_moved, "correct in the report"),
        (lambda c: one_image_otherwise(c, 0, by=3), "raw × knn: seed 0: "),
        (lambda c: one_image_otherwise(c, 1, by=12), "accuracy"),
        (lambda c: cell(c)["metrics"].update(macro_f1=1.0), "raw × knn: macro_f1 is 1.0"),
        (lambda c: cell(c, 1)["metrics"].update(macro_f1=1.0), "raw × mlp: macro_f1"),
        (lambda c: cell(c)["metrics"].update(log_loss=0.001), "wrong answers it is"),
        (lambda c: cell(c)["metrics"].update(log_loss=None), "log_loss none in the report"),
        (lambda c: cell(c, 1)["metrics"].update(log_loss=0.7), "raw × mlp: log_loss 0.7000"),
        (lambda c: cell(c, 1)["metrics"].update(top2=0.1), "top2"),
        (lambda c: cell(c, 1)["metrics"].update(calibration_error=0.9), "calibration_error"),
        (lambda c: cell(c)["metrics"].update(per_class_accuracy=[1.0]), "per_class_accuracy has 1"),
        (
            lambda c: cell(c)["metrics"].update(per_class_accuracy=[1.0, 0.0, 0.0]),
            "per_class_accuracy[0] is 1.0",
        ),
        (lambda c: cell(c, 1)["confusion"].__setitem__(0, [14, 0, 14]), "confusion"),
        (lambda c: cell(c, 1).update(dim=193), "dim 193 in the report"),
        (lambda c: cell(c).update(accuracy_std=0.2), "accuracy_std is 0.2"),
        (lambda c: cell(c, 1)["learning_curves"][0][2].update(val_score=0.99), "learning_curves"),
        (lambda c: cell(c, 1)["learning_curves"][0][2].update(loss=0.3), "learning_curves: loss"),
        (lambda c: cell(c, 1)["learning_curves"].pop(), "learning_curves 1"),
        (lambda c: c["pairs"][0].update(ci95=[0.0, 0.9]), "the paired difference is not"),
        (lambda c: c["pairs"][0].update(p_adjusted=0.001), "told apart, and its interval"),
        (lambda c: c.update(title="Better"), "the title is neither"),
        (lambda c: c.update(preconv="9.9"), "another in its environment"),
    ],
)
def test_another_environment_excuses_no_lie(
    written: Callable[..., Path], tiny_npz: Path, edit: Edit, says: str
) -> None:
    def lying(content: dict[str, Any]) -> None:
        elsewhere(content)
        edit(content)

    result = reproduce(written(lying), data=tiny_npz)
    assert result.status == 1
    assert not result.ok
    assert any(says in line for line in result.differences), result.differences


def unfinished(content: dict[str, Any], k: int, **claims: Any) -> None:
    """Take a cell and its pairs back, and let it claim something all the same."""
    keep = {key: cell(content, k)[key] for key in ("features", "model", "seeds", "n_test")}
    content["cells"][k] = keep | {"status": "pending"} | claims
    name = [keep["features"], keep["model"]]
    content["pairs"] = [p for p in content["pairs"] if name not in (p["first"], p["second"])]


@pytest.mark.usefixtures("found_again")
def test_what_is_not_finished_is_not_compared(written: Callable[..., Path], tiny_npz: Path) -> None:
    result = reproduce(written(lambda c: unfinished(c, 0)), data=tiny_npz)
    assert result.ok, result.differences
    assert "raw × knn: not finished in the report" in result.notes[0]
    assert len(result.exact) == 3
    # A run that was killed has written its cells, and not its pairs.

    def killed(content: dict[str, Any]) -> None:
        unfinished(content, 0)
        content["pairs"] = []

    assert reproduce(written(killed), data=tiny_npz).ok


def test_an_interrupted_report_is_held_against_as_many_cells(
    tiny: Dataset, original: dict[str, Any], tiny_npz: Path, tmp_path: Path
) -> None:
    spec = Comparison.from_dict(original["spec"])
    cells = [("raw", "knn"), ("color", "knn"), ("raw", "mlp")]
    content = json.loads(compare(spec, dataset=tiny, only=cells, cache=False).to_json())
    (tmp_path / "report.json").write_text(json.dumps(content))
    result = reproduce(tmp_path, data=tiny_npz)
    assert (result.status, len(result.exact)) == (0, 3)
    low, high = content["pairs"][0]["ci95"]
    content["pairs"][0]["ci95"] = [low - 0.01, high + 0.01]
    (tmp_path / "report.json").write_text(json.dumps(with_digests(content)))
    assert "the paired difference" in reproduce(tmp_path, data=tiny_npz).differences[0]


@pytest.mark.usefixtures("found_again")
@pytest.mark.parametrize(
    "claims",
    [
        {"accuracy": 0.99},
        {"n_correct": [40, 40]},
        {"ci95": [0.9, 1.0]},
        {"dim": 192},
        {"predictions_sha256": ["0" * 64] * 2},
        {"validation_accuracy": [1.0, 1.0]},
        {"metrics": {"macro_f1": 0.99, "per_class_accuracy": [1, 1, 1]}},
        {"confusion": [[14, 0, 0], [0, 13, 0], [0, 0, 13]]},
        {"chosen": [{}, {}]},
        {"error": "MemoryError"},
        {"status": "failed"},
        {"status": "failed", "error": "seed 0: x", "accuracy": 0.99},
    ],
)
def test_a_cell_that_is_not_done_claims_nothing(
    written: Callable[..., Path], tiny_npz: Path, claims: dict[str, Any]
) -> None:
    result = reproduce(written(lambda c: unfinished(c, 0, **claims)), data=tiny_npz)
    assert result.status == 1
    assert "raw × knn: " in result.differences[0]
    path = written(lambda c: unfinished(c, 0, **claims))
    assert reproduce(path, data=tiny_npz, only=["color:knn"]).status == 1  # asked for or not


@pytest.mark.usefixtures("found_again")
@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda p: p.update(ci95=[0.2, 0.9]), "not in its interval"),
        (lambda p: p.update(ci95=[-1.0, 1.0]), "not that of the predictions"),
        (lambda p: p.update(p_adjusted=0.5), "not that of the predictions"),
        (lambda p: p.update(p_adjusted=0.001), "told apart, and its interval"),
        (lambda p: p.update(difference=0.5, ci95=[0.4, 0.6]), "by their accuracies"),
        (lambda p: p.update(only_first=39, only_second=39), "impossible"),
    ],
)
def test_paired_differences_are_checked_while_a_cell_is_pending(
    written: Callable[..., Path], tiny_npz: Path, edit: Edit, says: str
) -> None:
    def lying(content: dict[str, Any]) -> None:
        unfinished(content, 0)
        edit(content["pairs"][0])

    result = reproduce(written(lying), data=tiny_npz)
    assert result.status == 1
    assert any(says in line for line in result.differences), result.differences


@pytest.mark.usefixtures("found_again")
def test_pairs_of_an_unfinished_cell_are_a_contradiction(
    written: Callable[..., Path], tiny_npz: Path, original: dict[str, Any]
) -> None:
    def lying(content: dict[str, Any]) -> None:
        unfinished(content, 0)
        content["pairs"] = original["pairs"]

    result = reproduce(written(lying), data=tiny_npz)
    assert result.status == 1
    assert "not of the pairs of cells that are done" in result.differences[0]


def test_where_nothing_is_compared_nothing_reproduces(
    written: Callable[..., Path], tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(content: dict[str, Any]) -> None:
        for k in range(4):
            unfinished(content, k)

    def some(content: dict[str, Any]) -> None:
        unfinished(content, 0)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("there is nothing to run")

    monkeypatch.setattr("pipelines.reproduction.compare", never)
    for edit, only in ((none, None), (some, ["raw:knn"])):
        result = reproduce(written(edit), data=tiny_npz, only=only)
        assert result.status == 2
        assert not result.ok
        assert "nothing to compare" in result.differences[0]


@pytest.mark.usefixtures("found_again")
def test_what_is_not_checked_is_said(written: Callable[..., Path], tiny_npz: Path) -> None:
    def renamed(content: dict[str, Any]) -> None:
        content["dataset"]["name"] = content["title"] = "CIFAR-10"
        content["measurements"]["total_s"] = 0.001

    result = reproduce(written(renamed), data=tiny_npz, only=["color:knn"])
    assert result.ok
    assert result.unchecked == ("the title", "the name of the images", "times and sizes")
    more = {"passed_over": [{"kind": "hidden files", "n": 1, "names": [".x"]}]}
    left_out = reproduce(
        written(lambda c: c["dataset"].update(more)), data=tiny_npz, only=["color:knn"]
    )
    assert left_out.ok
    assert "the files passed over" in left_out.unchecked


def test_images_can_be_given_in_python(
    written: Callable[..., Path], tiny: Dataset, tmp_path: Path
) -> None:
    assert reproduce(written().parent, data=tiny, only=["color:knn"]).ok


def test_other_data_cannot_be_compared(
    written: Callable[..., Path], tiny: Dataset, tmp_path: Path
) -> None:
    pixels = tiny.images_train.copy()
    pixels[0, 0, 0, 0] ^= 1
    other = Dataset(
        "tiny", pixels, tiny.labels_train, tiny.images_test, tiny.labels_test, tiny.class_names
    )
    save_npz(other, tmp_path / "other.npz")
    result = reproduce(written(), data=tmp_path / "other.npz")
    assert result.status == 2
    assert "other data" in result.differences[0]
    assert other.sha256 in result.differences[0]
    assert reproduce(written(), data=tmp_path / "none.npz").status == 2


def test_a_path_in_a_report_is_never_opened(
    written: Callable[..., Path], tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_npz.parent)
    # The very file lies where the report says, and would fit.
    for named in ("tiny.npz", str(tiny_npz), "../" + str(tiny_npz)):
        path = written(lambda c, named=named: c["spec"].update(data=named))
        result = reproduce(path)
        assert result.status == 2
        assert "--data" in result.differences[0]


@pytest.mark.parametrize("reproducible", [True, False])
def test_a_named_dataset_says_whether_its_name_suffices(
    written: Callable[..., Path],
    tiny: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    reproducible: bool,
) -> None:
    entry = NamedDataset(
        "named",
        "a dataset that has a name",
        "none",
        tiny.class_names,
        load=lambda _known, _options: tiny,
        reproducible=reproducible,
    )
    monkeypatch.setitem(NAMED_DATASETS, "named", entry)

    def renamed(content: dict[str, Any], name: str) -> None:
        content["spec"]["data"] = "named"
        content["dataset"]["name"] = content["title"] = name

    result = reproduce(written(lambda c: renamed(c, "named")), only=["raw:knn"])
    assert result.ok == reproducible
    assert reproducible or "only as 'named'" in result.differences[0]
    if reproducible:
        assert result.unchecked == ("the title", "times and sizes")
        other = reproduce(written(lambda c: renamed(c, "cifar10")), only=["raw:knn"])
        assert other.status == 1
        assert "the images are called cifar10, and are named" in other.differences[0]


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c.update(schema=2),
        lambda c: c.update(cells="many"),
        lambda c: c["spec"]["features"]["raw"].update(extractor="os.system"),
        lambda c: c["spec"]["features"]["raw"].update(path="/etc/passwd"),
        lambda c: c["spec"].update(out="/tmp/x"),
        lambda c: c["spec"].update(features="all"),
        lambda c: c.update(spec={}),
        lambda c: c["spec"].update(seeds=[10**9] * 2),
        lambda c: c["spec"].update(seeds=list(range(2000))),
        lambda c: c["spec"].update(seeds=[2**40]),
        lambda c: c["spec"]["models"]["mlp"].update(checkpoint="/tmp/x"),
        lambda c: c["spec"]["models"]["knn"].update(n_jobs=10**6),
        lambda c: c["spec"]["models"]["mlp"].update(
            choose={"alpha": [0.1] * 900, "momentum": [0.1] * 900}
        ),
        lambda c: c["spec"].update(image_size=[4096, 4097]),
        lambda c: c["spec"]["features"].update({"<b>": {"extractor": "HOG"}}),
    ],
)
def test_a_report_that_cannot_be_run_says_why(
    written: Callable[..., Path], tiny_npz: Path, edit: Edit
) -> None:
    result = reproduce(written(edit), data=tiny_npz)
    assert result.status == 2
    assert result.differences
    assert result.report is None


def test_no_report_at_all(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{]")
    for path in (tmp_path / "report.json", tmp_path / "none.json", tmp_path):
        assert reproduce(path).status == 2


def test_what_asks_for_more_memory_than_there_is_fails_alone(
    written: Callable[..., Path], tiny_npz: Path
) -> None:
    def bombs(content: dict[str, Any]) -> None:
        content["spec"]["models"]["mlp"].update(hidden_layer_sizes=[10**12])
        content["spec"]["features"]["color"].update(bins=10**5)

    result = reproduce(written(bombs), data=tiny_npz)
    assert result.status == 1
    assert result.exact == (("raw", "knn"),)
    assert len(result.differences) == 3
    assert all("failed now" in line for line in result.differences)


def test_what_does_not_fit_here_cannot_be_run(
    written: Callable[..., Path], tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: object) -> None:
        raise MemoryShortError("raw × mlp takes about 9 GiB")

    monkeypatch.setattr("pipelines.forecasting.needs.is_large", lambda _: True)
    monkeypatch.setattr("pipelines.forecasting.needs.check_needs", short)
    result = reproduce(written(), data=tiny_npz)
    assert (result.status, result.differences) == (2, ("raw × mlp takes about 9 GiB",))


def test_nothing_that_is_written_stays(
    written: Callable[..., Path],
    tiny_npz: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = written()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    before = sorted(each for each in tmp_path.rglob("*") if each.is_file())
    assert reproduce(path, data=tiny_npz).ok
    assert sorted(each for each in tmp_path.rglob("*") if each.is_file()) == before


def test_own_code_must_be_brought_again(tiny: Dataset, tiny_npz: Path, tmp_path: Path) -> None:
    models = {"knn": {"classifier": "KNeighborsClassifier"}}
    spec = Comparison.from_dict(
        {"data": str(tiny_npz), "features": {"raw": {"extractor": "RawPixels"}}, "models": models}
    )
    own: dict[str, Any] = {"extractors": {"mine": Flat()}, "classifiers": {"bad": FailsToFit()}}
    compare(spec, out=tmp_path, **own)
    path = tmp_path / "report.json"

    lost = reproduce(path, data=tiny_npz)
    assert lost.status == 2
    assert "raw:bad, mine:knn, mine:bad" in lost.differences[0]
    held = reproduce(path, data=tiny_npz, only=["raw:knn"])
    assert held.ok
    assert "the errors of failed cells" not in held.unchecked
    brought = reproduce(path, data=tiny_npz, **own)
    assert brought.ok
    assert len(brought.exact) == 4  # what failed failed again
    assert "the errors of failed cells" in brought.unchecked  # the words of others
    changed = reproduce(path, data=tiny_npz, **{**own, "extractors": {"mine": GivesNaN()}})
    assert changed.status == 1
    assert len(changed.exact) == 3
    assert any("mine × knn" in line and "failed now" in line for line in changed.differences)


def test_the_report_keeps_no_path(original: dict[str, Any], tmp_path: Path) -> None:
    assert str(tmp_path.parent.parent) not in json.dumps(original)
    assert Report.parse(original, "here").spec["data"] == "tiny.npz"


def test_images_are_not_looked_for_in_the_folder_of_another_report(tmp_path: Path) -> None:
    for folder in ("runs/quick", "runs/photos", "photos"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("quick", "photos"):
        (tmp_path / "runs" / name / "report.json").write_text("{}")
    found = _found("photos", tmp_path / "runs" / "quick" / "report.json")
    assert found == tmp_path / "photos"
