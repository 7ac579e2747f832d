from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.release import installers
from tests.release.__main__ import check_tree
from tests.release.installers import Installer, Pip, Uv, installer, run
from tests.release.pythons import present
from tests.release.trying import classified, files_of
from tests.release.versions import ReleaseError
from tests.test_requirements import pinned

ROOT = Path(__file__).parents[2]
NOT_LINUX = {"colorama", "pywin32-ctypes"}


def test_this_python_is_present_and_what_is_none_is_not(tmp_path: Path) -> None:
    version = f"3.{sys.version_info.minor}"
    no_python = tmp_path / "python3.12"
    no_python.write_text("#!/bin/sh\necho 3.12\nexit 1\n")
    no_python.chmod(0o755)
    asked = f"{no_python} {tmp_path / 'missing'} {sys.executable}"
    assert present(asked) == {version: Path(sys.executable)}


def test_the_classifiers_are_the_versions_that_are_tested() -> None:
    assert classified(ROOT) == ["3.11", "3.12", "3.13"]
    workflow = (ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8")
    assert f"python: {json.dumps(classified(ROOT))}" in workflow


def test_a_failed_command_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"status 3\nno room"):
        run(sys.executable, "-c", "print('no room'); raise SystemExit(3)", cwd=tmp_path)


def test_uv_installs_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isinstance(installer(tmp_path), Pip)
    (tmp_path / "uv").touch(0o755)
    assert isinstance(installer(tmp_path), Uv)


@pytest.mark.parametrize("by", [Uv(), Pip(Path("/wheels"))], ids=["uv", "pip"])
def test_an_sdist_is_built_and_all_else_comes_as_a_wheel(
    by: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(
        installers, "run", lambda *words, cwd: ran.append(" ".join(map(str, words)))
    )
    for file in ("preconv-1.whl", "preconv-1.tar.gz"):
        by.install(Path(file), Path("/environment"))
    for command in ran:
        assert "--only-binary :all:" in command or "--no-index --find-links /wheels" in command
        assert ("--no-binary preconv" in command) <= command.endswith("preconv-1.tar.gz")
    assert ran[-1].endswith(" preconv-1.tar.gz")
    assert [command for command in ran if " download " in command] == ran[:-2]


def test_what_is_installed_is_compared_without_what_pip_notes(tmp_path: Path) -> None:
    record = tmp_path / "environment/lib/python3.12/site-packages/preconv-1.dist-info/RECORD"
    record.parent.mkdir(parents=True)
    noted = "../../../bin/preconv,sha256=a,9\npreconv-1.dist-info/direct_url.json,sha256=b,9\n"
    record.write_text(f"{noted}preconv-1.dist-info/RECORD,,\npreconv.py,sha256=c,9\n")
    assert files_of(tmp_path) == {"preconv.py,sha256=c,9"}


def test_a_tree_with_changes_is_not_released(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    check_tree(tmp_path, "9.0.0")
    (tmp_path / "new").touch()
    with pytest.raises(ReleaseError, match=r"not committed:\n\?\? new"):
        check_tree(tmp_path, "")


def test_the_tools_of_a_release_are_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "requirements-release.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")
    pins, constraints = pinned("requirements-release.txt"), pinned("constraints.txt")
    assert pinned("requirements-run.txt").items() <= pins.items()
    assert {name: each for name, each in pins.items() if name not in NOT_LINUX} == {
        name: constraints[name] for name in pins if name not in NOT_LINUX
    }
    for requirement in map(Requirement, project["dependency-groups"]["release"]):
        assert requirement.specifier.contains(pins[str(canonicalize_name(requirement.name))])
