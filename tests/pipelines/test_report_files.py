"""What a folder holds is never lost: reports, models, and files of the user's own."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from data import Dataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError
from pipelines.record.report import Report
from pipelines.running.progress import Listener, Step
from tests.faults import Faults, injected

pytestmark = pytest.mark.usefixtures("without_pages")


def near(*numbers: int, features: str = "RawPixels") -> Comparison:
    """A comparison of so many neighbours, on one kind of features."""
    nearest = {"classifier": "KNeighborsClassifier"}
    models = {f"near{k}": {**nearest, "n_neighbors": k} for k in numbers}
    return Comparison.from_dict({"features": {"all": {"extractor": features}}, "models": models})


def statuses(folder: Path) -> list[str]:
    return [cell.status for cell in Report.read(folder).cells]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


class StopsAt(Listener):
    def __init__(self, model: str) -> None:
        self.model = model

    def begin(self, step: Step) -> None:
        if step.model and step.model == self.model:
            raise KeyboardInterrupt


def test_a_report_stays_until_all_that_it_has_is_done_again(tiny: Dataset, tmp_path: Path) -> None:
    def run(stop: str = "") -> str:
        listener = StopsAt(stop)
        try:
            compare(near(1, 3, 5), dataset=tiny, out=tmp_path, cache=False, listener=listener)
        except KeyboardInterrupt as stopped:
            return " ".join(stopped.__notes__)
        return ""

    run("near3")
    assert statuses(tmp_path) == ["done", "pending", "pending"]
    run("near5")
    assert statuses(tmp_path) == ["done", "done", "pending"]
    run()
    assert statuses(tmp_path) == ["done"] * 3
    before = contents(tmp_path)
    said = run("near5")
    assert "report.json stays as it was; the same command begins anew" in said
    assert contents(tmp_path) == before


class RunsAnother(Listener):
    """Begins another comparison in the same folder whenever a step has ended."""

    def __init__(self, dataset: Dataset, folder: Path) -> None:
        self.dataset, self.folder, self.said = dataset, folder, list[str]()

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        with pytest.raises(SpecError) as refused:
            compare(near(5), dataset=self.dataset, out=self.folder, overwrite=True)
        self.said.append(str(refused.value))


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_two_runs_never_write_to_one_folder(tiny: Dataset, tmp_path: Path) -> None:
    another = RunsAnother(tiny, tmp_path)
    report = compare(near(1, 3), dataset=tiny, out=tmp_path, listener=another)
    assert len(another.said) == 3
    assert all(f"{tmp_path}: another run is writing" in said for said in another.said)
    assert Report.read(tmp_path).cells == report.cells
    with pytest.raises(KeyboardInterrupt):
        compare(near(1), dataset=tiny, out=tmp_path / "a", listener=StopsAt("near1"))
    for folder in (tmp_path, tmp_path / "a"):  # when a run is over, the next one may begin
        compare(near(5), dataset=tiny, out=folder, overwrite=True)
        assert statuses(folder) == ["done"]


def forbidden() -> OSError:
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_a_folder_that_takes_no_file_is_refused_before_anything_is_run(
    tiny: Dataset, tmp_path: Path
) -> None:
    with (
        injected(Faults(0, lasting=True, error=forbidden)),
        pytest.raises(SpecError, match=r"cannot be the folder of the report: .*denied"),
    ):
        compare(near(1), dataset=tiny, out=tmp_path, cache=False, listener=StopsAt("near1"))
    assert not contents(tmp_path)


def is_full(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a model")


@pytest.mark.parametrize("same", [True, False])
def test_models_stay_until_the_new_ones_are_written(
    same: bool, tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(spec: Comparison) -> None:
        compare(
            spec,
            dataset=tiny,
            out=tmp_path,
            save_model=True,
            save_all_models=True,
            cache=False,
            overwrite=True,
        )

    first, other = near(1), near(1, features="ColorHistogram")
    save(first)
    names = {"model.skops", "models/all--near1.skops"}
    before = contents(tmp_path)
    assert names < {*before}
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.saved_model.write_whole", is_full)
        with pytest.raises(OSError, match="No space"):
            save(first if same else other)
    after = contents(tmp_path)
    for name in names:
        # A model of another comparison would pass for one of the report beside it.
        stays = same and name == "model.skops"
        assert after[name if stays else name.replace(".skops", ".old.skops")] == before[name]
        assert (name in after) == stays
    for name in {*after} - {*before}:
        (tmp_path / name).unlink()
    save(first)
    save(first if same else other)
    assert {*contents(tmp_path)} == {*before}


def test_what_was_set_aside_before_is_not_replaced(tiny: Dataset, tmp_path: Path) -> None:
    compare(near(1), dataset=tiny, out=tmp_path)
    for name in ("model.skops", "model.old.skops"):
        (tmp_path / name).write_text(name)
    with pytest.warns(RuntimeWarning, match=r"it is now model-2\.old\.skops"):
        compare(near(1), dataset=tiny, out=tmp_path)
    assert (tmp_path / "model-2.old.skops").read_text() == "model.skops"
    assert (tmp_path / "model.old.skops").read_text() == "model.old.skops"
    assert not (tmp_path / "model.skops").exists()


def test_models_beside_no_report_are_renamed_at_most(tiny: Dataset, tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_text("mine")
    with pytest.warns(RuntimeWarning, match=r"it is now model\.old\.skops"):
        compare(near(1), dataset=tiny, out=tmp_path, save_model=True, overwrite=True)
    assert (tmp_path / "model.old.skops").read_text() == "mine"
    assert (tmp_path / "model.skops").exists()


def test_a_model_in_whose_place_none_is_saved_is_kept(tiny: Dataset, tmp_path: Path) -> None:
    models = tmp_path / "models"
    compare(near(1), dataset=tiny, out=tmp_path, save_all_models=True)
    (models / "mine.skops").write_text("mine")
    with pytest.warns(RuntimeWarning, match=r"its files now end in \.old\.skops"):
        compare(near(1), dataset=tiny, out=tmp_path, save_all_models=True)
    assert sorted(path.name for path in models.iterdir()) == ["all--near1.skops", "mine.old.skops"]
    assert (models / "mine.old.skops").read_text() == "mine"
