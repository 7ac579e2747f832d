"""The Pythons of this machine that the package is tried on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TRIED = ("3.11", "3.12", "3.13", "3.14")


def present(asked: str = "") -> dict[str, Path]:
    """Return version → interpreter, of those on the PATH and those that pyenv or uv installed.

    Parameters
    ----------
    asked : str
        Interpreters with spaces between them, instead of looking for any.
    """
    found: dict[str, Path] = {}
    for path in map(Path, asked.split()) if asked else _candidates():
        version = _version(path)
        if version in TRIED:
            found.setdefault(version, path)
    return dict(sorted(found.items()))


def _candidates() -> Iterator[Path]:
    yield Path(sys.base_prefix, "bin", "python3")
    for version in TRIED:
        if place := shutil.which(f"python{version}"):
            yield Path(place)
        for folder in (
            Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions"),
            Path.home() / ".local" / "share" / "uv" / "python",
        ):
            yield from sorted(folder.glob(f"*{version}.*/bin/python{version}"))


def _version(path: Path) -> str:
    """Return 3.12 for a Python 3.12, nothing for what is none."""
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        run = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
