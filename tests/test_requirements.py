"""What the checks install is pinned in one place, and each file of it has a hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ONLY_ELSEWHERE = {"colorama"}
"""What Windows needs; the constraints are those of a machine that is none."""


def pinned(file: str) -> dict[str, str]:
    """Return name → version of a file of requirements."""
    lines = (ROOT / file).read_text().splitlines()
    pins = [re.match(r"([\w.-]+)==([\w.]+)", line) for line in lines]
    return {str(canonicalize_name(pin[1])): pin[2] for pin in pins if pin}


@pytest.mark.parametrize("file", [f"requirements-{what}.txt" for what in ("run", "checks", "docs")])
def test_every_requirement_is_that_of_the_constraints_and_has_hashes(file: str) -> None:
    text = (ROOT / file).read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=\w)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    pins, constraints = pinned(file), pinned("constraints.txt")
    assert len(pins) == len(entries)
    assert {name: version for name, version in pins.items() if name not in ONLY_ELSEWHERE} == {
        name: constraints[name] for name in pins if name not in ONLY_ELSEWHERE
    }


def test_all_that_the_project_asks_for_is_locked_and_no_lower() -> None:
    run, checks, docs = (pinned(f"requirements-{what}.txt") for what in ("run", "checks", "docs"))
    assert run.items() <= checks.items()
    assert run.items() <= docs.items()
    extras = PROJECT["project"]["optional-dependencies"]
    base = PROJECT["project"]["dependencies"]
    for locked, asked in ((run, base), (checks, extras["test"]), (docs, extras["docs"])):
        for requirement in map(Requirement, [*asked, *PROJECT["build-system"]["requires"]]):
            version = locked[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), requirement


def test_the_tool_that_builds_is_pinned() -> None:
    (tool,) = map(Requirement, PROJECT["build-system"]["requires"])
    assert str(tool.specifier) == f"=={pinned('constraints.txt')[tool.name]}"
