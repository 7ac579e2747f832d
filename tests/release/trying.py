"""Builds what is released, and tries each file of it in an empty environment of each Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
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
    run(sys.executable, "-m", "build", "--outdir", folder, home, cwd=home)
    files = [folder / f"preconv-{version}-py3-none-any.whl", folder / f"preconv-{version}.tar.gz"]
    if sorted(folder.iterdir()) != sorted(files):
        raise ReleaseError(f"{folder}: {', '.join(p.name for p in folder.iterdir())} was built")
    run(sys.executable, "-m", "twine", "check", "--strict", *files, cwd=home)
    return files


def fetched(file: Path, python: Path, wheels: Path) -> None:
    """Put the wheels that a wheel of ours depends on, for one Python, into a folder.

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
    with TemporaryDirectory(prefix="preconv-release-") as scratch:
        environment = Path(scratch, "environment")
        run(python, "-m", "venv", environment, cwd=wheels)
        fetch = (*pip(environment), "download", "--only-binary", ":all:", "--dest", wheels)
        for wanted in ([file], project["build-system"]["requires"]):
            try:
                run(*fetch, *wanted, cwd=wheels)
            except ReleaseError as error:
                if any(each in str(error) for each in NO_WHEEL):
                    raise NoWheelError(str(error)) from error
                raise


def tried(file: Path, python: Path, wheels: Path) -> None:
    """Install a file into an empty environment, with the wheels of a folder and nothing else.

    It is used there, away from the checkout.

    Raises
    ------
    ReleaseError
        If it cannot be installed, or does not work there.
    """
    with TemporaryDirectory(prefix="preconv-release-") as scratch:
        folder = Path(scratch).resolve()
        environment, work = folder / "environment", folder / "work"
        work.mkdir()
        run(python, "-m", "venv", environment, cwd=work)
        only_here = ("--no-index", "--find-links", wheels)
        # Byte code is made of what is imported, when it is imported, which is less.
        run(*pip(environment), "install", "--no-compile", *only_here, file, cwd=work)
        run(*pip(environment), "check", cwd=work)
        shutil.copy(SMOKE, folder)
        inside = environment / "bin" / "python"
        run("env", f"PRECONV_CACHE={folder / 'cache'}", inside, "-I", folder / SMOKE.name, cwd=work)


def pip(environment: Path) -> tuple[object, ...]:
    """Return the pip of an environment, as the first words of a command."""
    quiet = ("--quiet", "--disable-pip-version-check")
    return (environment / "bin" / "python", "-m", "pip", *quiet)


class NoWheelError(ReleaseError):
    """Something has no wheel for a Python."""


def classified(home: Path) -> Sequence[str]:
    """Return the Pythons of the classifiers in pyproject.toml, those that must work."""
    prefix = '"Programming Language :: Python :: 3.'
    lines = map(str.strip, (home / "pyproject.toml").read_text(encoding="utf-8").splitlines())
    return [f"3.{line.removeprefix(prefix)[:-2]}" for line in lines if line.startswith(prefix)]
