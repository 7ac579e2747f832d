"""What makes an empty environment and installs into it: uv where it is, else pip of that Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from abc import ABC, abstractmethod
from pathlib import Path

from tests.release.versions import ReleaseError

HOME = Path(__file__).resolve().parents[2]
NO_WHEEL = ("No matching distribution found", "ResolutionImpossible", "No solution found")


class NoWheelError(ReleaseError):
    """Something has no wheel for a Python."""


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


def run_with_wheels(*command: object, cwd: Path) -> None:
    """Run a command that fetches wheels; raise NoWheelError if there is none for this Python."""
    try:
        run(*command, cwd=cwd)
    except ReleaseError as error:
        if any(each in str(error) for each in NO_WHEEL):
            raise NoWheelError(str(error)) from error
        raise


class Installer(ABC):
    """Everything that preconv depends on is the newest that the index has, and comes as a wheel."""

    @abstractmethod
    def make(self, python: Path, environment: Path) -> None:
        """Make an empty environment."""

    @abstractmethod
    def install(self, file: Path, environment: Path) -> None:
        """Install wheel or sdist; the wheel of a Python comes first."""

    @abstractmethod
    def check(self, environment: Path) -> None:
        """Look whether what is installed goes together."""


class Uv(Installer):
    """uv, which keeps the wheels that it has fetched."""

    def make(self, python: Path, environment: Path) -> None:
        run("uv", "venv", "--quiet", "--python", python, environment, cwd=environment.parent)

    def install(self, file: Path, environment: Path) -> None:
        wheels = ["--only-binary", ":all:"]
        if file.suffix != ".whl":
            wheels += ["--no-binary", "preconv"]
        run_with_wheels(*_uv("install", environment), *wheels, file, cwd=environment.parent)

    def check(self, environment: Path) -> None:
        run(*_uv("check", environment), cwd=environment.parent)


class Pip(Installer):
    """pip, with the wheels of a folder, which are fetched once for a Python.

    Parameters
    ----------
    wheels : Path
        An empty folder.
    """

    def __init__(self, wheels: Path) -> None:
        self.wheels = wheels

    def make(self, python: Path, environment: Path) -> None:
        run(python, "-m", "venv", environment, cwd=environment.parent)

    def install(self, file: Path, environment: Path) -> None:
        cwd = environment.parent
        if file.suffix == ".whl":
            project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
            fetch = ("download", "--only-binary", ":all:", "--dest", self.wheels)
            for wanted in ([file], project["build-system"]["requires"]):
                run_with_wheels(*_pip(environment), *fetch, *wanted, cwd=cwd)
        # Byte code is made of what is imported, when it is imported, which is less.
        only_here = ("--no-compile", "--no-index", "--find-links", self.wheels)
        run(*_pip(environment), "install", *only_here, file, cwd=cwd)

    def check(self, environment: Path) -> None:
        run(*_pip(environment), "check", cwd=environment.parent)


def installer(wheels: Path) -> Installer:
    """Return uv where it is, else pip with an empty folder for wheels."""
    return Uv() if shutil.which("uv") else Pip(wheels)


def _uv(command: str, environment: Path) -> tuple[object, ...]:
    return ("uv", "pip", command, "--quiet", "--python", environment / "bin" / "python")


def _pip(environment: Path) -> tuple[object, ...]:
    quiet = ("--quiet", "--disable-pip-version-check")
    return (environment / "bin" / "python", "-m", "pip", *quiet)
