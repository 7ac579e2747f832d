from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import preconv

ROOT = Path(__file__).parents[1]


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(cwd), str(ROOT)])}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )


def test_it_has_every_public_name_of_the_packages_and_the_same_objects() -> None:
    for package in ("data", "features", "models", "pipelines"):
        ours = import_module(package)
        assert {name for name, home in preconv._HOMES.items() if home == package} == {*ours.__all__}
        for name in ours.__all__:
            assert getattr(preconv, name) is getattr(ours, name)
    assert dir(preconv) == sorted(preconv.__all__)
    assert preconv.__version__ == version("preconv")
    with pytest.raises(AttributeError, match="'preconv' has no attribute 'HoG'"):
        _ = preconv.HoG


def test_importing_it_imports_nothing_else(tmp_path: Path) -> None:
    code = "import sys, preconv; print(*{'numpy', 'data', 'pipelines'} & set(sys.modules))"
    assert python("-c", code, cwd=tmp_path).stdout.strip() == ""


def test_it_is_the_command(tmp_path: Path) -> None:
    run = python("-m", "preconv", "version", cwd=tmp_path)
    assert run.stdout.strip() == preconv.__version__


@pytest.mark.parametrize("kind", ["module", "package", "folder"])
def test_what_is_in_the_way_is_named_and_nothing_is_replaced(tmp_path: Path, kind: str) -> None:
    place = tmp_path / ("features.py" if kind == "module" else "features")
    if kind == "module":
        place.write_text("mine = 1")
    else:
        place.mkdir()
    if kind == "package":
        (place / "__init__.py").write_text("mine = 1")
    code = "import preconv; print(preconv.__version__); from preconv import HOG"
    run = python("-c", code, cwd=tmp_path)
    assert run.stdout.strip() == preconv.__version__
    if kind == "folder":  # a folder without code is no rival
        assert run.returncode == 0
        return
    assert "ImportError" in run.stderr
    assert f"{place}" in run.stderr
    assert "is in the way" in run.stderr
    mine = python("-c", "import features; print(features.mine)", cwd=tmp_path)
    assert mine.stdout.strip() == "1"


@pytest.mark.parametrize(
    ("rival", "first_use"),
    [
        ("data", "from features import HOG"),
        ("data", "from preconv import HOG"),
        ("models", "import pipelines"),
    ],
)
def test_a_package_that_needs_another_says_what_is_in_its_way(
    tmp_path: Path, rival: str, first_use: str
) -> None:
    place = tmp_path / f"{rival}.py"
    place.write_text("print('this ran')")
    run = python("-c", first_use, cwd=tmp_path)
    assert f"{place} is in the way" in run.stderr
    assert run.stdout == ""
