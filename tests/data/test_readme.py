"""The examples of data's README run, and every file has its place in it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import NAMED_DATASETS, cache_folder
from data.layouts.registry import LAYOUTS
from data.named.downloads import RemoteFile
from tests.data.samples import CifarCopy, png, tar_bytes
from tests.readme_blocks import code_blocks

HOME = Path(__file__).parents[2] / "data"
README = (HOME / "README.md").read_text(encoding="utf-8")
SOURCES, ARRAYS, GENERATED, LAYOUT, NAME = code_blocks(README, "python")


@pytest.fixture(autouse=True)
def registries_as_they_were() -> Iterator[None]:
    kept = dict(LAYOUTS), dict(NAMED_DATASETS)
    yield
    LAYOUTS.clear()
    NAMED_DATASETS.clear()
    LAYOUTS.update(kept[0])
    NAMED_DATASETS.update(kept[1])


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "data/README.md", "exec"), names)
    return names


def test_generated(capsys: pytest.CaptureFixture[str]) -> None:
    run(GENERATED)
    assert capsys.readouterr().out == "300 (300, 32, 32, 3)\n"


def test_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = tar_bytes(CifarCopy(10).binary(), "w:gz")
    (published,) = NAMED_DATASETS["cifar10"].files
    here = RemoteFile(published.url, len(content), sha256(content).hexdigest())
    NAMED_DATASETS["cifar10"] = replace(NAMED_DATASETS["cifar10"], files=(here,))
    folder = cache_folder() / "datasets"
    folder.mkdir(parents=True)
    (folder / published.name).write_bytes(content)
    with zipfile.ZipFile("holiday.zip", "w") as archive:
        for place in ("beach", "hills"):
            for i in range(3):
                archive.writestr(f"{place}/{i}.png", png(np.zeros((9, 7, 3), np.uint8)))
    names = run(SOURCES)
    assert names["dataset"].image_shape == (48, 48, 3)
    assert Path("holiday.npz").is_file()


def test_arrays(capsys: pytest.CaptureFixture[str]) -> None:
    run(ARRAYS)
    assert capsys.readouterr().out == "(8, 8, 3) ('cat', 'dog')\n"


def test_a_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [",".join([str(i % 10), *["7"] * 64]) for i in range(20)]
    with zipfile.ZipFile("digits.zip", "w") as archive:
        archive.writestr("digits.csv", "\n".join(rows))
    run(LAYOUT)
    assert capsys.readouterr().out == "(8, 8, 1)\n"


def test_a_name() -> None:
    run(NAME)
    assert NAMED_DATASETS["pets"].name == "pets"
    assert NAMED_DATASETS["pets"].n_bytes == 20_000_000


def test_every_file_has_its_place() -> None:
    places = README.partition("## Where things are")[2]
    named = set(re.findall(r"`([a-z0-9_]+)\.py`", places))
    files = {
        path.stem for path in HOME.rglob("*.py") if "builtin" not in path.relative_to(HOME).parts
    }
    assert named == files - {"__init__"}
    folders = {path.parent.name for path in HOME.rglob("*/*.py")} - {"data"}
    assert set(re.findall(r"\*\*([a-z]+)/\*\*", places)) == folders


def test_every_name_is_in_the_table() -> None:
    table = README.partition("| name |")[2].partition("\n\n")[0]
    assert set(NAMED_DATASETS) <= set(re.findall(r'`"([\w.-]+)"`', table))
