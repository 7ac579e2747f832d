"""Which code computed a figure: a hash of the source files that decide it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

HOME = Path(__file__).parents[2]
"""The folder that holds our packages."""

DECISIVE = (
    "data",
    "features",
    "models",
    "pipelines.comparison",
    "pipelines.errors",
    "pipelines.keeping",
    "pipelines.record",
    "pipelines.running",
)
"""Packages whose code decides figures. They import no other module, as these only use figures."""


def code_sha256(*names: str, home: Path = HOME) -> str:
    """Return the sha256 of the sources of packages and modules, all of their folders included.

    Each file is read once in a process. An edit does not change what this process has loaded, so
    its figures are not of the edited code, and are not kept as such.

    Parameters
    ----------
    *names : str
        Packages or modules with their dots, as "features" or "pipelines.record.report".
    home : Path
        The folder that holds the packages.

    Raises
    ------
    ModuleNotFoundError
        If a name has no source file: code that moved must not drop out of the hash.

    Examples
    --------
    >>> code_sha256("features") == code_sha256("features.hog")
    False
    """
    files, read = (_files_once, _read_once) if home == HOME else (_named_files, _read)
    total = hashlib.sha256()
    for name in names:
        for called, path in files(name, home):
            total.update(called)
            total.update(read(path))
    return total.hexdigest()


def source_files(name: str, *, home: Path = HOME) -> list[Path]:
    """Return the source files of a package or module, in a fixed order."""
    path = home.joinpath(*name.split("."))
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    if not found or not all(file.is_file() for file in found):
        raise ModuleNotFoundError(f"{name}: no source file below {home}", name=name)
    return found


def _named_files(name: str, home: Path) -> list[tuple[bytes, Path]]:
    """Return the source files of a package or module, each after its path as it is hashed."""
    files = source_files(name, home=home)
    return [(f"{path.relative_to(home).as_posix()} ".encode(), path) for path in files]


def _read(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


_files_once, _read_once = cache(_named_files), cache(_read)
