"""Builds what is released, and tries each file of it in an empty environment of each Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.release.versions import ReleaseError, current

SMOKE = Path(__file__).with_name("smoke.py")
NO_WHEEL = ("No matching distribution found", "ResolutionImpossible", "No solution found")


def run(*command: object, cwd: Path, quiet: bool = True) -> None:
    """Run a command; raise ReleaseError with what it said if it fails."""
    words = [str(each) for each in command]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        words, cwd=cwd, env=kept, capture_output=quiet, text=True, encoding="utf-8"
    )
    if done.returncode:
        said = f"{done.stdout or ''}{done.stderr or ''}".strip()
        raise ReleaseError(f"{' '.join(words)}: status {done.returncode}\n{said[-4000:]}".strip())


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
def empty_environment(python: Path) -> Iterator[Path]:
    """A folder with an environment that has pip and nothing else; it goes afterwards."""
    with TemporaryDirectory(prefix="preconv-release-") as scratch:
        folder = Path(scratch).resolve()
        (folder / "work").mkdir()
        run(python, "-m", "venv", folder / "environment", cwd=folder)
        yield folder


def fetched(wheel: Path, folder: Path, wheels: Path) -> None:
    """Put what a wheel of ours depends on, for the Python of an environment, into a folder.

    They are the newest that the index has. What builds the sdist is put there, too. What lies there
    already is not fetched again.

    Raises
    ------
    NoWheelError
        If something that it depends on has no wheel for this Python.
    ReleaseError
        If it cannot be fetched.
    """
    project = tomllib.loads((SMOKE.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    fetch = (*pip(folder), "download", "--only-binary", ":all:", "--dest", wheels)
    for wanted in ([wheel], project["build-system"]["requires"]):
        try:
            run(*fetch, *wanted, cwd=folder)
        except ReleaseError as error:
            if any(each in str(error) for each in NO_WHEEL):
                raise NoWheelError(str(error)) from error
            raise


def tried(file: Path, folder: Path, wheels: Path, *, only_load: bool = False) -> None:
    """Install a file into an empty environment, with the wheels of a folder and nothing else.

    It is used there, away from the checkout.

    Parameters
    ----------
    only_load : bool
        Load all modules and names, and run no comparison.

    Raises
    ------
    ReleaseError
        If it cannot be installed, or does not work there.
    """
    only_here = ("--no-index", "--find-links", wheels)
    # Byte code is made of what is imported, when it is imported, which is less.
    run(*pip(folder), "install", "--no-compile", *only_here, file, cwd=folder)
    run(*pip(folder), "check", cwd=folder)
    shutil.copy(SMOKE, folder)
    inside = folder / "environment" / "bin" / "python"
    smoke = (inside, "-I", folder / SMOKE.name, *(["--only-load"] if only_load else []))
    run("env", f"PRECONV_CACHE={folder / 'cache'}", *smoke, cwd=folder / "work")


def installed(folder: Path) -> set[str]:
    """Return the files of preconv in an environment with their hashes, less what pip notes."""
    (record,) = (folder / "environment").glob("lib/python*/site-packages/preconv-*/RECORD")
    lines = record.read_text(encoding="utf-8").splitlines()
    noted = ("INSTALLER,", "RECORD,", "REQUESTED,", "direct_url.json,")
    # The command begins with the path of the environment.
    return {line for line in lines if not any(f"/{n}" in line for n in noted) and line[0] != "."}


def pip(folder: Path) -> tuple[object, ...]:
    """Return the pip of an environment, as the first words of a command."""
    quiet = ("--quiet", "--disable-pip-version-check")
    return (folder / "environment" / "bin" / "python", "-m", "pip", *quiet)


class NoWheelError(ReleaseError):
    """Something has no wheel for a Python."""


def classified(home: Path) -> Sequence[str]:
    """Return the Pythons of the classifiers in pyproject.toml, those that must work."""
    prefix = '"Programming Language :: Python :: 3.'
    lines = map(str.strip, (home / "pyproject.toml").read_text(encoding="utf-8").splitlines())
    return [f"3.{line.removeprefix(prefix)[:-2]}" for line in lines if line.startswith(prefix)]
