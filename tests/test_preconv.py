from __future__ import annotations

import os
import shutil
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
    code = "import sys, preconv; print(sorted({'numpy', 'data', 'pipelines'} & set(sys.modules)))"
    assert python("-c", code, cwd=tmp_path).stdout.strip() == "[]"


def test_it_is_the_command(tmp_path: Path) -> None:
    run = python("-m", "preconv", "version", cwd=tmp_path)
    assert run.stdout.strip() == preconv.__version__


def test_it_is_called_preconv_however_it_is_run(tmp_path: Path) -> None:
    for module in ("preconv", "pipelines"):
        assert "Usage: preconv [OPTIONS]" in python("-m", module, "--help", cwd=tmp_path).stdout


def test_the_command_says_in_one_line_what_is_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("")
    run = python("-m", "preconv", "version", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith(f"Error: {tmp_path / 'models.py'} is in the way")
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("theirs", ["mine = 1", None])
def test_a_file_that_another_distribution_wrote_over_is_named(
    tmp_path: Path, theirs: str | None
) -> None:
    place = tmp_path / "features" / "__init__.py"
    place.parent.mkdir()
    if theirs:
        place.write_text(theirs)
    shutil.copy(ROOT / "preconv.py", tmp_path)
    for number, top_level in enumerate(["features", "other"]):
        information = tmp_path / f"rival{number}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Name: rival{number}\nVersion: 1.0\n")
        (information / "top_level.txt").write_text(top_level)
    run = python("-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
                 "from preconv import HOG", cwd=tmp_path)  # fmt: skip
    what = "is not preconv's: rival0 wrote over it" if theirs else "is missing: rival0 took it"
    assert f"ImportError: {place} {what}. Install preconv anew" in run.stderr


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
