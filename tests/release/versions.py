"""Where the version of a release stands: pyproject.toml, CITATION.cff and CHANGELOG.md."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from packaging.version import InvalidVersion, Version

FILES = ("pyproject.toml", "CITATION.cff", "CHANGELOG.md")

_HEADING = re.compile(
    r"^## \[(?P<version>[^\]]+)\](?: – (?P<date>\d{4}-\d\d-\d\d))?$", re.MULTILINE
)
_UNRELEASED = "## [Unreleased]"


class ReleaseError(Exception):
    """Why there is no release."""


def current(home: Path) -> str:
    """Return the version that pyproject.toml states; the others follow it."""
    project = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def problems(home: Path) -> list[str]:
    """Return one line for each file that does not state the current version with one date."""
    version, found = current(home), []
    cited = {
        key: re.findall(rf"^{key}: *[\"']?([^\s\"']+)", _read(home, "CITATION.cff"), re.MULTILINE)
        for key in ("version", "date-released", "repository-code")
    }
    if cited["version"] != [version]:
        found.append(f"CITATION.cff: version is {_shown(cited['version'])}, not {version}")
    source = tomllib.loads(_read(home, "pyproject.toml"))["project"]["urls"]["Source"]
    if cited["repository-code"] != [source]:
        found.append(f"CITATION.cff: repository-code is not {source}, as in pyproject.toml")
    dates = {each["version"]: each["date"] for each in _HEADING.finditer(_read(home, FILES[2]))}
    if version not in dates:
        found.append(f"CHANGELOG.md: there is no entry [{version}]")
    elif dates[version] is None:
        found.append(f"CHANGELOG.md: the entry [{version}] has no date, as in [0.1.0] – 2026-11-22")
    elif cited["date-released"] != [dates[version]]:
        found.append(
            f"CITATION.cff: date-released is {_shown(cited['date-released'])}; "
            f"CHANGELOG.md has {dates[version]} for {version}"
        )
    elif not _entries(home, version):
        found.append(f"CHANGELOG.md: the entry [{version}] lists nothing")
    return found


def cut(home: Path, version: str, today: dt.date) -> Callable[[], None]:
    """Write a new version into the three files; return what puts back what was there.

    What was unreleased becomes the entry of the version, dated today.

    Raises
    ------
    ReleaseError
        If the version is none, or not later than the current one, or nothing is unreleased.
    """
    try:
        later = Version(version) > Version(current(home))
    except InvalidVersion:
        raise ReleaseError(f"VERSION={version}: a version is like 0.2.0") from None
    if not later or str(Version(version)) != version:
        raise ReleaseError(f"VERSION={version}: it must be later than {current(home)}")
    if not _entries(home, "Unreleased"):
        raise ReleaseError("CHANGELOG.md: nothing is listed under [Unreleased]")
    before = {name: (home / name).read_bytes() for name in FILES}

    def put_back() -> None:
        for name, content in before.items():
            (home / name).write_bytes(content)

    replaced = {
        "pyproject.toml": [(r'^version = ".*"$', f'version = "{version}"')],
        "CITATION.cff": [
            (r"^version: .*$", f"version: {version}"),
            (r"^date-released: .*$", f"date-released: {today.isoformat()}"),
        ],
        "CHANGELOG.md": [
            (re.escape(_UNRELEASED), f"{_UNRELEASED}\n\n## [{version}] – {today.isoformat()}")
        ],
    }
    try:
        for name, pairs in replaced.items():
            text = _read(home, name)
            for pattern, new in pairs:
                text, n = re.subn(pattern, new, text, flags=re.MULTILINE)
                if n != 1:
                    raise ReleaseError(f"{name}: {n} lines are like {pattern}, not one")
            (home / name).write_text(text, encoding="utf-8")
    except BaseException:
        put_back()
        raise
    return put_back


def _entries(home: Path, version: str) -> list[str]:
    """Return the lines of the changelog that a version lists."""
    text = _read(home, "CHANGELOG.md")
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    own = [part for part in parts if part.startswith(f"## [{version}]")]
    return [line for part in own for line in part.splitlines() if line.startswith("- ")]


def _read(home: Path, name: str) -> str:
    return (home / name).read_text(encoding="utf-8")


def _shown(found: list[str]) -> str:
    return " and ".join(found) or "missing"
