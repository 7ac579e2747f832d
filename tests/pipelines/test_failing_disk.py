"""A disk that is really full, that fails to read or write, or whose folders go away."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import Dataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.report import Report
from pipelines.running.progress import Listener, Step
from tests.pipelines.forked import SPEC, run
from tests.pipelines.whole_files import NAMES, check_cache, check_folder, left_behind

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="it forks")]

COMMAND = ("compare", "spec.toml", "--save-models", "-q", "--out")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, whose size can be set; skips where none can be mounted."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(path)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("only root can mount a disk")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def resize(disk: Path, size: int) -> None:
    option = f"remount,size={size}"
    subprocess.run(["mount", "-o", option, str(disk)], check=True, capture_output=True)


@pytest.mark.parametrize("what", ["both", "cache", "report"])
def test_a_disk_of_any_size_is_full(what: str, tiny_npz: Path, small_disk: Path) -> None:
    """It ends with one line that names a file, and goes on when the disk has grown."""
    home = tiny_npz.parent
    (home / "spec.toml").write_text(SPEC.format(data=tiny_npz))
    assert run(home, *COMMAND, "whole", PRECONV_CACHE=home / "first")[0] == 0
    reference = Report.read(home / "whole" / "report.json")
    cache = (home if what == "report" else small_disk) / "cache"
    out = (home if what == "cache" else small_disk) / "out"
    statuses = []
    for size in (4, 12, 28, 60, 100, 140, 180, 220, 260, 300, 1000):
        resize(small_disk, size * 1024)
        status, said = run(home, *COMMAND, out, PRECONV_CACHE=cache)
        statuses.append(status)
        wrong = [line for line in said.splitlines() if not line.startswith("preconv: warning: ")]
        if status:
            assert status == 2, said
            assert len(wrong) == 1
            for part in ("preconv: ", str(small_disk), " space", "the same command "):
                assert part in wrong[0]
        check_cache(cache)
        if out.is_dir():
            check_folder(out)
        assert not left_behind(cache, out)
    assert statuses[-1] == 0
    assert 2 in statuses
    assert check_folder(out) == len(NAMES)
    found = Report.read(out / "report.json")
    assert found.results_digest == reference.results_digest is not None
    assert (out / "predictions.npz").read_bytes() == (
        home / "whole" / "predictions.npz"
    ).read_bytes()


class Removes(Listener):
    """Removes folders whenever a step has ended."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders

    def end(self, step: Step, seconds: float, *, kept: bool, note: str = "") -> None:
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("what", ["out", "runs"])
@pytest.mark.filterwarnings("default::RuntimeWarning")
def test_folders_that_are_removed_during_a_run_are_made_again(
    what: str, tiny: Dataset, spec: Comparison, tmp_path: Path
) -> None:
    cache, out = Path(os.environ["PRECONV_CACHE"]), tmp_path / "out"
    folder = out if what == "out" else cache / what
    report = compare(spec, dataset=tiny, out=out, listener=Removes(folder))
    assert report.cells == compare(spec, dataset=tiny, cache=False).cells
    assert check_folder(out) == len(NAMES) - 1


@pytest.mark.filterwarnings("default::RuntimeWarning")
def test_a_run_whose_arrays_are_removed_ends_and_goes_on(
    tiny: Dataset, spec: Comparison, tmp_path: Path
) -> None:
    cache, out = Path(os.environ["PRECONV_CACHE"]), tmp_path / "out"
    with pytest.raises(FileNotFoundError, match="was removed while it was used") as raised:
        compare(spec, dataset=tiny, out=out, listener=Removes(cache / "workspaces"))
    assert "the same command goes on from there" in "".join(raised.value.__notes__)
    assert not (out / "report.json").exists()
    report = compare(spec, dataset=tiny, out=out)
    assert report.cells == compare(spec, dataset=tiny, cache=False).cells
    assert any(cost.cached for cost in report.measurements.features)
