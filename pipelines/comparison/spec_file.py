"""The file of a spec: where it is, what it holds, and how its mistakes are told."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.system.paths import expanded
from data.system.regular_file import why_no_file
from pipelines.errors import SpecError

LARGEST_BYTES = 2**22


def read_toml(path: Path) -> dict[str, Any]:
    """Return what is in a TOML file; raise SpecError, which names the file, if it is none."""
    try:
        if reason := why_no_file(path):
            raise ValueError(reason)
        with path.open("rb") as file:
            text = file.read(LARGEST_BYTES + 1)
        if len(text) > LARGEST_BYTES:
            raise ValueError(f"a spec has at most {LARGEST_BYTES:,} bytes")
        return tomllib.loads(text.decode())
    # Not every error of the parser is its own: a number may be too long, a table too deep.
    except (OSError, ValueError, RecursionError) as error:
        raise SpecError(f"{path}: cannot be read as TOML: {str(error)[:200]}") from error


def our_specs() -> dict[str, str]:
    """Return the comparisons that come with this package, by name, as TOML."""
    folder = files("pipelines").joinpath("specs")
    found = {Path(each.name).stem: each.read_text("utf-8") for each in folder.iterdir()}
    return dict(sorted(found.items()))


def found(path: str | Path) -> Path:
    """Return the file of that path, or the spec of this package of that name."""
    ours = {Path(each.name).stem: each for each in files("pipelines").joinpath("specs").iterdir()}
    file = expanded(path)
    if not file.is_file() and str(path) in ours:
        return Path(str(ours[str(path)]))
    if file.is_dir():
        raise SpecError(
            f"{path}: a folder, not a comparison: did you mean --data {path}? The specs here are "
            f"{', '.join(sorted(ours))}"
        )
    if not file.exists():
        raise SpecError(
            f"{path}: no such file, nor one of the specs here: {', '.join(sorted(ours))}"
        )
    return file


def lines_of(error: ValidationError) -> list[str]:
    """Return one line for each thing that is wrong: where it stands, and what it is."""
    lines = []
    for each in error.errors(include_url=False, include_context=False):
        place = list(map(str, each["loc"]))
        if place[:1] == ["features"]:
            del place[2:3]  # the kind of table, which is not written in the file
        message = each["msg"].removeprefix("Value error, ")
        lines.append(": ".join([".".join(place), message] if place else [message]))
    return lines
