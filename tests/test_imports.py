"""Imports go one way: no two files of the house import each other, not even for types."""

from __future__ import annotations

import copy

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
    bent = copy.deepcopy(graph)
    assert "features.extractor" in bent.find_upstream_modules("features.hog")
    bent.add_import(importer="features.extractor", imported="features.hog")
    assert any({"features.extractor", "features.hog"} <= {*group} for group in circles(bent))
