"""Builds what is released, and tries each file of it in an empty environment of each Python."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.release.installers import Installer, run
from tests.release.versions import ReleaseError, current

SMOKE = Path(__file__).with_name("smoke.py")
NOTED = r"/(INSTALLER|RECORD|REQUESTED|direct_url\.json|uv_\w+\.json),"


def built(home: Path) -> list[Path]:
    """Build wheel and sdist into the folder dist, check them, and return them."""
    folder, version = home / "dist", current(home)
    for old in folder.glob("*"):
        old.unlink()
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, home, cwd=home)
    files = [folder / f"preconv-{version}-py3-none-any.whl", folder / f"preconv-{version}.tar.gz"]
    if sorted(folder.iterdir()) != sorted(files):
        raise ReleaseError(f"{folder}: {', '.join(p.name for p in folder.iterdir())} was built")
    run(sys.executable, "-m", "twine", "check", "--strict", *files, cwd=home)
    return files


@contextmanager
def installed(file: Path, python: Path, by: Installer) -> Iterator[Path]:
    """A folder with a file installed in an empty environment; it goes afterwards.

    Raises
    ------
    NoWheelError
        If something that it depends on has no wheel for this Python.
    ReleaseError
        If it cannot be installed.
    """
    with TemporaryDirectory(prefix="preconv-release-") as scratch:
        folder = Path(scratch).resolve()
        by.make(python, folder / "environment")
        by.install(file, folder / "environment")
        by.check(folder / "environment")
        yield folder


def used(folder: Path, *, only_load: bool = False) -> None:
    """Use what is installed away from the checkout; raise ReleaseError if it does not work.

    Parameters
    ----------
    folder : Path
        What `installed` gives.
    only_load : bool
        Load all modules and names, and run no comparison.
    """
    work = folder / "work"
    work.mkdir()
    shutil.copy(SMOKE, folder)
    smoke = ("-I", folder / SMOKE.name, *(["--only-load"] if only_load else []))
    python = folder / "environment" / "bin" / "python"
    run("env", f"PRECONV_CACHE={folder / 'cache'}", python, *smoke, cwd=work)


def files_of(folder: Path) -> set[str]:
    """Return the files of preconv in an environment with their hashes, less what is noted there."""
    (record,) = (folder / "environment").glob("lib/python*/site-packages/preconv-*/RECORD")
    lines = record.read_text(encoding="utf-8").splitlines()
    # The command begins with the path of the environment.
    return {line for line in lines if not re.search(NOTED, line) and not line.startswith("..")}


def classified(home: Path) -> Sequence[str]:
    """Return the Pythons of the classifiers in pyproject.toml, those that must work."""
    prefix = '"Programming Language :: Python :: 3.'
    lines = map(str.strip, (home / "pyproject.toml").read_text(encoding="utf-8").splitlines())
    return [f"3.{line.removeprefix(prefix)[:-2]}" for line in lines if line.startswith(prefix)]
