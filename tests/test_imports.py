"""Imports go one way: no two files of the house import each other, not even for types."""

from __future__ import annotations

import subprocess
import sys

import grimp
import networkx
import pytest

PACKAGES = ("data", "features", "models", "pipelines")


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Groups of modules each of which reaches all others of its group by imports."""
    arrows = networkx.DiGraph(
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    )
    found = networkx.strongly_connected_components(arrows)
    return sorted(sorted(group) for group in found if len(group) > 1)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    # Imports inside functions and for type checkers only are in it, too.
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)


def test_no_two_files_import_each_other(graph: grimp.ImportGraph) -> None:
    assert circles(graph) == []


def test_a_circle_is_found(graph: grimp.ImportGraph) -> None:
    import copy

    bent = copy.deepcopy(graph)
    bent.add_import(importer="data.errors", imported="features.hog")
    (group,) = circles(bent)
    assert {"data.errors", "features.hog"} <= {*group}


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import pipelines.cli", {"numpy", "sklearn", "scipy", "matplotlib", "numba"}),
        ("from features import HOG", {"numba", "skimage", "matplotlib", "pandas"}),
        ("from pipelines import compare", {"numba", "skimage", "matplotlib", "pandas", "skops"}),
    ],
)
def test_an_import_loads_nothing_that_can_wait(code: str, heavy: set[str]) -> None:
    script = f"import sys; {code}; print(*sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
