"""A disk that is full at any step of a run: one line, nothing torn, and then the same result."""

from __future__ import annotations

import errno
import os
import re
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from data import Dataset, load_dataset, save_npz
from data.keeping.cache import RunCache, key_of
from pipelines.cli import app
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Report
from tests.faults import Faults, injected

SPEC = """
data = "{data}"
[features.raw]
extractor = "RawPixels"
[models.knn]
classifier = "KNeighborsClassifier"
"""

_NAMES_A_FILE = (
    r"preconv: (raw × knn is not saved: \[Errno \d+\] [\w /]+: ')?\S*(out|spec|cache\w*)\b\S*[:'] ?"
)

# A command shows warnings as lines, which it could not if they were errors.
WARNINGS = pytest.mark.filterwarnings("default::RuntimeWarning")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pages of one word."""
    monkeypatch.setattr("pipelines.reporting.markdown.markdown", lambda *_: "of a run")
    monkeypatch.setattr("pipelines.reporting.page.page", lambda *_: "of a run")
    monkeypatch.setattr("pipelines.reporting.seen.feature_pictures", lambda *_: [])
    monkeypatch.chdir(tmp_path)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)


def left_behind(folder: Path) -> list[Path]:
    """Return what is no whole file: what is hidden, and workspaces."""
    return [*folder.rglob(".*"), *folder.glob("workspaces/*")]


def check_whole(reference: Report, out: Path) -> None:
    """Check that a folder holds all of a run, with the figures that it always finds."""
    report = Report.read(out / "report.json")
    assert report.cells == reference.cells
    kept_predictions(report, out / "report.json")
    assert sorted(path.name for path in out.iterdir()) == [
        "model.skops", "predictions.npz", "report.html", "report.json", "report.md",
        "spec.toml",
    ]  # fmt: skip


def one_line_each(stderr: str) -> list[str]:
    """Return the lines that are no warnings; none may be of a traceback."""
    lines = stderr.strip().splitlines()
    assert all(line.startswith(("preconv:", "Interrupted.")) or not line for line in lines), stderr
    return [line for line in lines if line and not line.startswith("preconv: warning")]


def every_step(tiny_npz: Path, stride: int, make: Callable[[int], Faults], status: int) -> int:
    """Let every `stride`-th step of a comparison fail; return how many comparisons ended so."""
    Path("spec.toml").write_text(SPEC.format(data=tiny_npz))
    cache, out = Path(os.environ["PRECONV_CACHE"]), Path("out")
    command = ("compare", "spec.toml", "--out", out, "--save-models", "-q")
    with injected(Faults()) as counted:
        assert run(*command).exit_code == 0
    reference, n_ended = Report.read(out / "report.json"), 0
    for step in range(0, len(counted.steps), stride):
        shutil.rmtree(out)
        shutil.rmtree(cache)
        with injected(make(step)) as faults:
            result = run(*command)
        assert faults.happened
        said = one_line_each(result.stderr)
        if result.exit_code:
            assert result.exit_code == status
            assert len(said) == 1
            assert status == 130 or re.match(_NAMES_A_FILE, said[0]), said
            n_ended += 1
        else:
            assert not said
        assert not left_behind(out)
        assert not left_behind(cache)
        if (out / "report.json").exists():
            Report.read(out / "report.json")
        assert run(*command).exit_code == 0
        check_whole(reference, out)
    return n_ended


def full(step: int) -> Faults:
    return Faults(step)


def full_from_then_on(step: int) -> Faults:
    return Faults(step, lasting=True)


def broken(step: int) -> Faults:
    return Faults(step, error=lambda: OSError(errno.EIO, os.strerror(errno.EIO)))


def forbidden_from_then_on(step: int) -> Faults:
    return Faults(
        step, lasting=True, error=lambda: PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    )


def interrupted(step: int) -> Faults:
    return Faults(step, error=KeyboardInterrupt)


@pytest.mark.usefixtures("quick")
@WARNINGS
def test_some_steps_of_a_comparison_fail(tiny_npz: Path) -> None:
    assert every_step(tiny_npz, 23, full_from_then_on, 2) > 1


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
@WARNINGS
@pytest.mark.parametrize(
    ("make", "status"),
    [
        (full, 2),
        (full_from_then_on, 2),
        (broken, 2),
        (forbidden_from_then_on, 2),
        (interrupted, 130),
    ],
)
def test_every_step_of_a_comparison_fails(
    make: Callable[[int], Faults], status: int, tiny_npz: Path
) -> None:
    assert every_step(tiny_npz, 1, make, status) > 10


@pytest.mark.usefixtures("quick")
@WARNINGS
def test_a_report_is_reproduced_on_a_full_disk(tiny_npz: Path) -> None:
    Path("spec.toml").write_text(SPEC.format(data=tiny_npz))
    assert run("compare", "spec.toml", "--out", "out").exit_code == 0
    with injected(Faults(0, lasting=True)) as faults:
        result = run("reproduce", "out/report.json", "--data", tiny_npz, "-q")
    assert faults.happened
    assert result.exit_code == 0
    assert "in memory instead: " in result.stderr
    assert not one_line_each(result.stderr)


@pytest.mark.parametrize("lasting", [False, True])
def test_every_step_of_writing_a_dataset_fails(
    lasting: bool, tiny: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "few.npz"
    with injected(Faults()) as counted:
        save_npz(tiny, path)
    before = path.read_bytes()
    for step in range(len(counted.steps)):
        faults = Faults(step, lasting=lasting)
        with injected(faults), pytest.raises(OSError, match=r"few\.npz"):
            save_npz(tiny, path)
        assert faults.happened
        assert path.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["few.npz"]
    assert len(counted.steps) > 10
    assert load_dataset(path).sha256 == tiny.sha256


@pytest.mark.parametrize("lasting", [False, True])
def test_every_step_of_keeping_an_entry_fails(lasting: bool, tmp_path: Path) -> None:
    key, array = key_of({"a": 1}), np.arange(1000, dtype=np.float32)
    step = 0
    while True:
        cache = RunCache(tmp_path / str(step) / "runs")
        with injected(Faults(step, lasting=lasting)) as faults:
            if not keep(cache, key, array):
                assert cache.get(key) is None
        if not faults.happened:
            break
        assert not list(cache.folder.glob(".aside*"))
        assert keep(cache, key, array)
        entry = cache.get(key)
        assert entry is not None
        assert np.array_equal(entry.arrays["x"], array)
        step += 1
    assert step > 8


def keep(cache: RunCache, key: str, array: Any) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cache.put(key, {"x": array}, {"n": 1}, {"b": b"12"})
