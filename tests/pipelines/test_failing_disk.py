"""A disk that is really full, that fails to read or write, or whose folders go away."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.record.report import Report
from tests.pipelines.forked import run
from tests.pipelines.test_killed_at_any_moment import SPEC
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
            assert re.fullmatch(rf"preconv: {re.escape(str(small_disk))}.*: .*space.*", wrong[0])
            assert len(wrong) == 1
        check_cache(cache)
        if out.is_dir():
            check_folder(out)
        assert not left_behind(cache, out)
    assert statuses[-1] == 0
    assert (what == "cache") != (2 in statuses)
    assert check_folder(out) == len(NAMES)
    assert Report.read(out / "report.json").cells == reference.cells
    assert (out / "predictions.npz").read_bytes() == (
        home / "whole" / "predictions.npz"
    ).read_bytes()
