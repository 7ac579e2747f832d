"""The README's examples run, and stay short."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from models.optimization.names import OPTIMIZERS
from tests.readme_blocks import code_blocks

README = (Path(__file__).parents[2] / "models" / "README.md").read_text(encoding="utf-8")
BLOCKS = code_blocks(README, "python")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    known = dict(OPTIMIZERS)
    try:
        for block in BLOCKS:
            exec(compile(block, "models/README.md", "exec"), names)
        assert OPTIMIZERS.keys() - known == {"heavy-ball"}
    finally:
        OPTIMIZERS.clear()
        OPTIMIZERS.update(known)
    said, *epochs = capsys.readouterr().out.splitlines()
    assert said == "True"
    assert 5 < len(epochs) < 50, "patience ends the loop"
    losses = [float(line.split()[1]) for line in epochs]
    assert losses[-1] < losses[0] / 2


def test_a_part_of_ones_own_takes_under_15_lines() -> None:
    classes = [block for block in BLOCKS if "\nclass " in block]
    assert len(classes) == 3
    for block in classes:
        assert len([line for line in block.splitlines() if line.strip()]) < 15


def test_every_file_has_its_place() -> None:
    home = Path(__file__).parents[2] / "models"
    named = set(re.findall(r"`([a-z_]+)\.py`", README))
    files = {path.stem for path in home.rglob("*.py")} - {"__init__"}
    assert files <= named
    assert named - files <= {"test_models"}
    folders = {path.parent.name for path in home.glob("*/*.py")}
    assert set(re.findall(r"\*\*([a-z]+)/\*\*", README)) == folders
