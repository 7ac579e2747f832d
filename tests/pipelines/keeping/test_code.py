from __future__ import annotations

import shutil
from pathlib import Path

import grimp
import pytest

from pipelines.keeping.code import DECISIVE, HOME, code_sha256, source_files

GRAPH = grimp.build_graph("data", "features", "models", "pipelines")

# Where figures are made: everything that these import decides them, too.
ROOTS = (
    "pipelines.running.tasks",
    "pipelines.running.cells.scores",
    "pipelines.record.significance.statistics",
)


def hashed() -> set[str]:
    """The modules that the code hash of a report covers."""
    files = [path for name in DECISIVE for path in source_files(name)]
    dotted = {".".join(path.relative_to(HOME).with_suffix("").parts) for path in files}
    return {name.removesuffix(".__init__") for name in dotted}


def unhashed_imports(known: set[str]) -> dict[str, set[str]]:
    """What modules that are hashed import, and is not."""
    found = {
        module: {
            imported
            for imported in GRAPH.find_modules_directly_imported_by(module)
            if imported not in known and imported != "pipelines"
        }
        for module in known
    }
    return {module: imported for module, imported in found.items() if imported}


def test_every_module_that_decides_a_figure_is_hashed() -> None:
    known = hashed()
    for root in ROOTS:
        assert {root, *GRAPH.find_upstream_modules(root)} - known - {"pipelines"} == set()
    assert unhashed_imports(known) == {}


def test_a_module_that_drops_out_is_noticed() -> None:
    known = hashed()
    assert "pipelines.record.significance.statistics" in known
    assert unhashed_imports(known - {"features.extractor"})


def test_every_file_below_a_package_counts(tmp_path: Path) -> None:
    for path in (path for name in DECISIVE for path in source_files(name)):
        copy = tmp_path / path.relative_to(HOME)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    files = [path for name in DECISIVE for path in source_files(name, home=tmp_path)]
    deepest = max(files, key=lambda path: len(path.parts))
    seen = {code_sha256(*DECISIVE, home=tmp_path)}
    for path in (files[0], deepest, files[-1]):
        path.write_text(path.read_text() + "\n# changed\n")
        seen.add(code_sha256(*DECISIVE, home=tmp_path))
    deepest.rename(deepest.with_name("renamed.py"))
    seen.add(code_sha256(*DECISIVE, home=tmp_path))
    assert len(seen) == 5


def test_who_edits_a_file_does_not_change_what_this_process_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = code_sha256("pipelines.record", "features.hog")
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"edited")
    monkeypatch.setattr(Path, "rglob", lambda path, pattern: iter(()))
    assert code_sha256("pipelines.record", "features.hog") == before
    assert code_sha256("features.hog") != before


def test_a_name_without_source_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"pipelines\.statistics"):
        code_sha256("features", "pipelines.statistics")
