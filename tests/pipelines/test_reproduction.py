from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data import NAMED_DATASETS, Dataset, save_npz
from data.named.named_dataset import NamedDataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.report import Cell, Report, digest
from pipelines.reproduction import Reproduction, _compared, reproduce, tolerance
from tests.pipelines.own import FailsToFit, Flat

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
def written(original: dict[str, Any], tmp_path: Path) -> Callable[..., Path]:
    """Write the report with something edited; its digest made to fit, or left as it was."""

    def write(edit: Edit = lambda content: None, *, digested: bool = True) -> Path:
        content = json.loads(json.dumps(original))
        edit(content)
        if digested:
            content["digest"] = digest(content)
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

    monkeypatch.setattr("pipelines.keeping.cache.RunCache.get", refuse)
    monkeypatch.setattr("pipelines.keeping.cache.RunCache.put", refuse)
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


def flipped(sha256: str) -> str:
    return sha256[1:] + sha256[0]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda c: cell(c).update(accuracy=0.99), "raw × knn: accuracy is 0.99 in the report"),
        (lambda c: cell(c).update(ci95=[0.1, 0.2]), "ci95[0] is 0.1"),
        (lambda c: cell(c).update(ci95=None), "ci95[0] is None"),
        (lambda c: cell(c).update(n_test=41), "not those of the spec"),
        (lambda c: cell(c).update(seeds=[0, 2]), "not those of the spec"),
        (lambda c: c["spec"].update(seeds=[0, 2]), "not those of the spec"),
        (lambda c: cell(c).update(n_correct=[40]), "not one count"),
        (lambda c: cell(c).update(n_correct=[41, 3]), "more correct answers than images"),
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
        (lambda c: cell(c).update(status="failed", error="x"), "failed in the report, done now"),
        (lambda c: cell(c)["metrics"].update(log_loss=0.01), "raw × knn: metrics"),
        (lambda c: cell(c, 1).update(validation_accuracy=[1, 1]), "raw × mlp: validation_accuracy"),
        (lambda c: cell(c, 1)["learning_curves"][0][0].update(loss=0.1), "learning_curves"),
        (lambda c: c["pairs"][0].update(p_holm=0.001), "the paired difference is not that of"),
        (lambda c: c["pairs"][0].update(p_adjusted=0.5), "the paired difference is not that of"),
        (lambda c: c.pop("pairs_statistic"), "the paired difference is not that of"),
        (lambda c: c["pairs"][0].update(ci95=[0.2, 0.3]), "the paired difference is not that of"),
        (lambda c: c["pairs"].pop(), "not of the pairs of cells"),
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
    for lie in ({"ci95": [0.2, 0.3]}, {"p_value": 0.001}, {"p_holm": 0.001}):
        result = reproduce(written(lambda c, lie=lie: earlier(c, **lie)), data=tiny_npz)
        assert result.status == 1
        assert "the paired difference is not that of" in result.differences[0]


def better(content: dict[str, Any], by: int = 1) -> None:
    """Claim more correct answers, and everything that follows from them."""
    from pipelines.record.statistics import wilson

    counts = [n + by for n in cell(content)["n_correct"]]
    low, high = wilson(round(sum(counts) / 2), 40)
    cell(content).update(n_correct=counts, accuracy=sum(counts) / 80, ci95=[low, high])
    cell(content).update(confusion=None, predictions_sha256=["0" * 64] * 2)


def test_a_consistent_lie_is_found_by_running(written: Callable[..., Path], tiny_npz: Path) -> None:
    result = reproduce(written(better), data=tiny_npz)
    assert result.status == 1
    assert "correct in the report" in result.differences[0]


def test_another_environment_gets_a_tolerance_and_a_note(
    written: Callable[..., Path], tiny_npz: Path
) -> None:
    def elsewhere(content: dict[str, Any], by: int) -> None:
        content["environment"]["numpy"] = "1.99.0"
        better(content, by)

    allowed = tolerance(40)
    result = reproduce(written(lambda c: elsewhere(c, allowed)), data=tiny_npz)
    assert result.ok
    assert result.close == (("raw", "knn"),)
    assert len(result.exact) == 3
    assert any("numpy: 1.99.0 there" in note for note in result.notes)
    assert any("within the tolerance" in note for note in result.notes)
    assert any(
        "raw × knn: " in note and " correct in the report, " in note for note in result.notes
    )
    assert reproduce(written(lambda c: elsewhere(c, allowed + 1)), data=tiny_npz).status == 1


def test_elsewhere_the_same_predictions_still_bear_out_what_follows_from_them(
    written: Callable[..., Path], tiny_npz: Path
) -> None:
    def elsewhere(content: dict[str, Any], **changed: Any) -> None:
        content["environment"]["numpy"] = "1.99.0"
        cell(content)["metrics"].update(changed)

    path = written(lambda c: elsewhere(c, log_loss=0.5))  # rounding moves probabilities
    assert reproduce(path, data=tiny_npz).ok
    result = reproduce(written(lambda c: elsewhere(c, macro_f1=0.99)), data=tiny_npz)
    assert result.status == 1
    assert "macro F1" in result.differences[0]
    result = reproduce(written(lambda c: elsewhere(c, per_class_accuracy=[1.0])), data=tiny_npz)
    assert result.status == 1


def test_what_is_not_finished_is_not_compared(written: Callable[..., Path], tiny_npz: Path) -> None:
    def unfinished(content: dict[str, Any]) -> None:
        keep = {key: cell(content)[key] for key in ("features", "model", "seeds", "n_test")}
        content["cells"][0] = keep | {"status": "pending"}

    result = reproduce(written(unfinished), data=tiny_npz)
    assert result.ok
    assert "raw × knn: not finished in the report" in result.notes[0]


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
    result = reproduce(written(lambda c: c["spec"].update(data="named")), only=["raw:knn"])
    assert result.ok == reproducible
    assert reproducible or "only as 'named'" in result.differences[0]


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
    assert reproduce(path, data=tiny_npz, only=["raw:knn"]).ok
    brought = reproduce(path, data=tiny_npz, **own)
    assert brought.ok
    assert len(brought.exact) == 4  # what failed failed again
    changed = reproduce(
        path,
        data=tiny_npz,
        extractors={"mine": Flat(scale=1)},
        **{"classifiers": own["classifiers"]},
    )
    assert isinstance(changed, Reproduction)


@pytest.mark.parametrize(
    ("off_by", "chosen", "differs"),
    [
        (40, {"alpha": 1}, False),
        (41, {"alpha": 1}, True),
        (41, {"alpha": 1, "max_iter": 9}, True),  # epochs are no choice of another model
        (60, {"alpha": 2}, False),
        (61, {"alpha": 2}, True),
    ],
)
def test_another_choice_has_a_wider_tolerance(
    off_by: int, chosen: dict[str, int], differs: bool
) -> None:
    then = Cell(
        features="f",
        model="m",
        status="done",
        seeds=(0,),
        n_test=1000,
        n_correct=(500,),
        predictions_sha256=("0" * 64,),
        dim=1,
        chosen=({"alpha": 1},),
    )
    now = then.model_copy(
        update={
            "n_correct": (500 - off_by,),
            "predictions_sha256": ("1" * 64,),
            "chosen": (chosen,),
        }
    )
    lines, same = _compared(then, now, exactly=False)
    assert bool(lines) is differs
    assert not same
    assert _compared(then, now, exactly=True)[0]


def test_the_tolerance_grows_with_the_test_part() -> None:
    assert tolerance(10) == 3
    assert tolerance(1000) < tolerance(10_000) < 1000
    assert all(tolerance(n) <= tolerance(n, same_choice=False) for n in range(1, 1000))


def test_the_report_keeps_no_path(original: dict[str, Any], tmp_path: Path) -> None:
    assert str(tmp_path.parent.parent) not in json.dumps(original)
    assert Report.parse(original, "here").spec["data"] == "tiny.npz"
