"""Checks and builds a release: `make release`, and with `VERSION=0.2.0` cuts that version.

Nothing is uploaded or pushed. A version that cannot be released leaves every file as it was.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.release.installers import Installer, NoWheelError, installer, run
from tests.release.pythons import present
from tests.release.trying import built, classified, files_of, installed, used
from tests.release.versions import FILES, ReleaseError, current, cut, problems

HOME = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make release")
    parser.add_argument("--version", default="", help="cut this version, and commit and tag it")
    parser.add_argument("--pythons", default="", help="interpreters to try, instead of all found")
    parser.add_argument("--untested", action="store_true", help="build and install, without tests")
    asked = parser.parse_args()
    if asked.version and asked.untested:
        parser.error("a version is not cut without tests")
    try:
        release(asked.version, asked.pythons, tests=not asked.untested)
    except ReleaseError as error:
        print(f"No release: {error}", file=sys.stderr)
        return 1
    return 0


def release(version: str, pythons: str, *, tests: bool) -> None:
    """Do all of it, in the order in which it is likely to fail."""
    check_tree(HOME, version)
    put_back = cut(HOME, version, dt.date.today()) if version else None
    try:
        if found := problems(HOME):
            raise ReleaseError("; ".join(found))
        say(f"{', '.join(FILES)} state version {current(HOME)}")
        if tests:
            run("make", "test", cwd=HOME, quiet=False)
        files = built(HOME)
        say(f"built, and twine finds nothing wrong: {', '.join(file.name for file in files)}")
        try_everywhere(files, pythons)
        if version:
            git("commit", "--quiet", "--message", f"Release {version}", "--", *FILES)
    except BaseException:
        if put_back is not None:
            put_back()
        raise
    if version:
        git("tag", "--annotate", f"v{version}", "--message", f"preconv {version}")
        say(f"committed, with the tag v{version}; to publish it: git push --follow-tags, "
            f"then twine upload {' '.join(f'dist/{file.name}' for file in files)}")  # fmt: skip


def check_tree(home: Path, version: str) -> None:
    """Raise ReleaseError if something is not committed, or the version has its tag already."""
    if changed := git("status", "--porcelain", home=home):
        raise ReleaseError(f"not committed:\n{changed}")
    if version and git("tag", "--list", f"v{version}", home=home):
        raise ReleaseError(f"there is a tag v{version}")


def try_everywhere(files: list[Path], asked: str) -> None:
    """Try each file on each Python; those of the classifiers must work where they are present."""
    pythons, promised = present(asked), classified(HOME)
    if not pythons:
        raise ReleaseError("there is no Python to try it on; name some: PYTHONS='/a/python3.12'")
    with TemporaryDirectory(prefix="preconv-wheels-") as wheels:
        by = installer(Path(wheels))
        for version, python in pythons.items():
            try:
                for line in try_on(python, files, by):
                    say(f"Python {version}: {line}")
            except NoWheelError as error:
                if version in promised:
                    raise
                say(f"Python {version}: not tried: {str(error).splitlines()[-1]}")
    for version in promised:
        if version not in pythons:
            why = "it was not named" if asked else "it is not on this machine"
            say(f"Python {version}: not tried, as {why}")


def try_on(python: Path, files: list[Path], by: Installer) -> Iterator[str]:
    """Try wheel and sdist on one Python; say what was done, each time that something was."""
    wheel, sdist = files
    started = time.monotonic()
    with installed(wheel, python, by) as folder:
        used(folder)
        expected = files_of(folder)
        yield f"{wheel.name} is installed and works ({python}; {time.monotonic() - started:.0f} s)"
    started = time.monotonic()
    with installed(sdist, python, by) as folder:
        # The same bytes beside the same others do the same, and are only loaded.
        used(folder, only_load=True)
        if files_of(folder) != expected:
            raise ReleaseError(f"{sdist.name} installs other files than {wheel.name}")
        yield f"{sdist.name} installs the same and loads ({time.monotonic() - started:.0f} s)"


def git(*arguments: str, home: Path = HOME) -> str:
    """Return what git says; raise ReleaseError if it fails."""
    command = ["git", *arguments]
    # `GIT_*` of a hook would lead to another tree.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(command, cwd=home, env=kept, capture_output=True, text=True)
    if done.returncode:
        raise ReleaseError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
