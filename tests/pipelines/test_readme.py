from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from pipelines.spec import Comparison
from tests.readme_blocks import code_blocks

ROOT = Path(__file__).parents[2]
README = (ROOT / "pipelines" / "README.md").read_text(encoding="utf-8")


def test_the_toml_is_a_comparison() -> None:
    (block,) = code_blocks(README, "toml")
    spec = Comparison.from_dict(tomllib.loads(block))
    assert spec.rows == ("hog", "hog+color")


def test_the_python_runs_and_prints_every_cell() -> None:
    (block,) = code_blocks(README, "python")
    run = subprocess.run(
        [sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stderr == ""
    lines = [line.split() for line in run.stdout.splitlines()]
    assert [line[:2] for line in lines] == [
        ["color", "knn"],
        ["color", "ridge"],
        ["mean", "knn"],
        ["mean", "ridge"],
    ]
    assert all(0.1 < float(line[2]) < 0.9 for line in lines)
