"""`make reproduce` runs every kept report, and says of each what came out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ANSWERS = {"builtin": 0, "builtin-kernel": 1, "cifar10-linear": 2, "fashion-mnist": 3}


@pytest.fixture
def reproduce(tmp_path: Path) -> Path:
    """A command that notes what it is asked, and ends as ANSWERS says."""
    of_each = " ".join(f"*/{name}) exit {status};;" for name, status in ANSWERS.items())
    lines = ("#!/bin/sh", f'echo "$@" >> {tmp_path}/asked', f"case $2 in {of_each} esac", "")
    command = tmp_path / "preconv"
    command.write_text("\n".join(lines))
    command.chmod(0o755)
    return tmp_path


def made(bin_folder: Path, *named: str) -> subprocess.CompletedProcess[str]:
    words = ["make", "--silent", "--old-file=.venv/run.stamp", "reproduce", f"BIN={bin_folder}"]
    return subprocess.run([*words, *named], cwd=ROOT, capture_output=True, text=True, check=False)


def test_one_that_differs_does_not_keep_the_others_from_being_run(reproduce: Path) -> None:
    done = made(reproduce, "CIFAR10_JPEG=a copy.tar")
    assert done.returncode == 2
    assert done.stdout.splitlines()[-1] == "different: builtin-kernel"
    assert "another environment: fashion-mnist\n" in done.stdout
    assert "copy of CIFAR-10): cifar10-linear\n" in done.stdout
    wrong = made(reproduce, "KEPT=builtin bultin")
    assert (wrong.returncode, "bultin: there is no such" in wrong.stdout) == (2, True)
    asked = (reproduce / "asked").read_text().splitlines()
    kept = sorted(path.parent.name for path in ROOT.glob("pipelines/reports/*/report.json"))
    assert sorted(line.split()[1].rpartition("/")[2] for line in asked) == kept
    assert {"--data a copy.tar" in line for line in asked if "cifar10" in line} == {True}
    assert not any("--data" in line for line in asked if "cifar10" not in line)


def test_some_can_be_named(reproduce: Path) -> None:
    done = made(reproduce, "KEPT=builtin fashion-mnist")
    assert done.returncode == 0, done.stderr
    assert len((reproduce / "asked").read_text().splitlines()) == 2
