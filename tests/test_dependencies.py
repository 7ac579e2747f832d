"""What is imported is installed: by the dependencies alone, or by an extra."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "features", "models", "pipelines")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMES_WITH = {"cloudpickle": "joblib", "llvmlite": "numba", "markupsafe": "jinja2"}
"""What a dependency brings because it is a part of its own interface."""
OPTIONAL = {"dask": "dask", "distributed": "dask", "pandas": "pandas", "pyarrow": "parquet"}
"""Module → the extra that installs it; each is imported inside of functions only."""
WHERE_IT_RUNS = {"IPython", "resource", "fcntl"}
"""What is used where it is there already: a notebook, a kind of system."""


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """Return the top-level names that a file imports, and whether at once when it is imported."""
    waiting: list[tuple[ast.AST, bool]] = [(ast.parse(path.read_text(encoding="utf-8")), True)]
    while waiting:
        node, at_once = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((each.name.partition(".")[0], at_once) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], at_once
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if is_for_types or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            at_once = False
        waiting += [(each, at_once) for each in ast.iter_child_nodes(node) if _is_code(each)]


def _is_code(node: ast.AST) -> bool:
    """Return whether imports may be in a node: they are statements."""
    return isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)


def test_everything_imports_with_the_dependencies_alone() -> None:
    asked = {str(canonicalize_name(Requirement(each).name)) for each in PROJECT["dependencies"]}
    providers = packages_distributions()
    own = {*PACKAGES, "preconv", *sys.stdlib_module_names, *WHERE_IT_RUNS}
    missing, used = [], set()
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for name, at_once in imported(path):
            of = {str(canonicalize_name(each)) for each in providers.get(name, ())}
            of.add(COMES_WITH.get(name, name))
            used |= of
            if name not in own and not of & asked and (at_once or name not in OPTIONAL):
                missing.append(f"{path.relative_to(ROOT)}: {name}")
    assert missing == []
    assert asked <= used, "no file imports it"


def test_every_extra_that_code_may_want_exists_and_is_in_all() -> None:
    extras = PROJECT["optional-dependencies"]
    assert {*OPTIONAL.values()} <= extras.keys()
    (everything,) = map(Requirement, extras["all"])
    assert everything.name == "preconv"
    assert everything.extras == {*OPTIONAL.values(), "docs"}
