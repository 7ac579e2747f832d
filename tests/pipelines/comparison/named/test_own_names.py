from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data import Dataset
from pipelines.cli import app
from pipelines.comparison.named import own_names
from pipelines.comparison.named.lookup import entry_of
from pipelines.comparison.named.own_names import import_own
from pipelines.comparison.names import CLASSIFIERS, EXTRACTORS
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError
from pipelines.record.report import Report

CODE = """
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.neighbors import KNeighborsClassifier
from features import HOG


class MeanColor(TransformerMixin, BaseEstimator):
    def __init__(self, *, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return self.factor * X.mean(axis=(1, 2))


class Nearest(KNeighborsClassifier):
    pass


class _Hidden(MeanColor):
    pass
"""
SPEC = """
[features.mean]
extractor = "MeanColor"
choose = { factor = [0.5, 1.0] }
[models.near]
classifier = "Nearest"
standardize = true
"""


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    path, modules = [*sys.path], {*sys.modules}
    kept, imported = ({**EXTRACTORS}, {**CLASSIFIERS}), {**own_names._IMPORTED}
    yield
    own_names._IMPORTED.clear()
    own_names._IMPORTED.update(imported)
    sys.path[:] = path
    for name in {*sys.modules} - modules:
        if "_of_mine" in name or name == "fresh":
            del sys.modules[name]
    for registry, before in zip((EXTRACTORS, CLASSIFIERS), kept, strict=True):
        for name in [*registry]:
            if name not in before:
                del registry[name]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "things_of_mine.py"
    path.write_text(CODE)
    (tmp_path / "spec.toml").write_text(SPEC)
    return path


def test_only_what_is_public_and_of_the_file_has_a_name(mine: Path) -> None:
    assert import_own(mine) == ["MeanColor", "Nearest"]
    assert import_own(mine) == ["MeanColor", "Nearest"]  # once more changes nothing
    assert entry_of("extractor", "MeanColor").make(factor=2).factor == 2
    assert sys.path[-1] == str(mine.parent)
    with pytest.raises(SpecError, match=r"MeanColor: factr; .*you mean factor"):
        Comparison.from_dict({"features": {"m": {"extractor": "MeanColor", "factr": 1}}})
    with pytest.raises(SpecError, match="unknown extractor: _Hidden"):
        Comparison.from_dict({"features": {"m": {"extractor": "_Hidden"}}})


def test_a_module_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package_of_mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "parts.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    assert import_own("package_of_mine.parts") == ["MeanColor", "Nearest"]


def test_without_being_named_nothing_is_imported(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "fresh.py").write_text("raise SystemExit('imported')")
    sys.path.append(str(tmp_path))
    for name in ("MeanColor", "things_of_mine.MeanColor", "fresh", "fresh.X"):
        with pytest.raises(SpecError, match=r"one's own is named with --import FILE\.py"):
            Comparison.from_dict({"features": {"m": {"extractor": name}}})
    assert "things_of_mine" not in sys.modules
    assert "fresh" not in sys.modules


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("a_of_mine.py", "x = 1", "it has no class of an extractor"),
        ("a_of_mine.py", "1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("a_of_mine.py", "exit(3)", "cannot be imported: SystemExit"),
        ("a_of_mine.py", "def", "cannot be imported: SyntaxError"),
        ("json.py", CODE, "another module is called 'json'; rename the file"),
        ("features.py", CODE, "another module is called 'features'; rename the file"),
        ("my-file.py", CODE, "'my-file' is no name of a module; rename the file"),
        ("a_of_mine.py", CODE.replace("Nearest", "SVC"), "because sklearn.svm.SVC is called so"),
        ("a_of_mine.py", CODE.replace("MeanColor", "HOG"), "because features.HOG is called so"),
    ],
)
def test_what_cannot_be_imported_says_why(tmp_path: Path, name: str, code: str, says: str) -> None:
    (tmp_path / name).write_text(code)
    with pytest.raises(SpecError, match=says):
        import_own(tmp_path / name)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("none.py", "there is no such file"),
        ("no_such_package.module", "cannot be imported: ModuleNotFoundError"),
        ("no such", "neither a file"),
        ("a//b", "no such file"),
    ],
)
def test_what_is_not_there_says_so(source: str, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        import_own(source)


@pytest.mark.usefixtures("without_pages")
def test_on_the_command_line_own_classes_are_compared_and_reproduced(
    mine: Path, tiny_npz: Path, tmp_path: Path
) -> None:
    runner, out = CliRunner(), tmp_path / "out"
    spec = ["compare", str(tmp_path / "spec.toml"), "--data", str(tiny_npz), "--out", str(out)]
    assert runner.invoke(app, spec).exit_code == 2
    ran = runner.invoke(app, [*spec, "--import", str(mine)])
    assert ran.exit_code == 0, ran.output
    report = Report.read(out / "report.json")
    assert len(report.environment["code of MeanColor"]) == 64
    assert "mean.factor" in report.cells[0].chosen[0]
    again = ["reproduce", str(out), "--data", str(tiny_npz)]
    check = ["check", str(out)]
    for command in (again, check):
        assert runner.invoke(app, [*command, "--import", str(mine)]).exit_code == 0
    del EXTRACTORS["MeanColor"]
    for command, status in ((again, 2), (check, 1)):
        lost = runner.invoke(app, command)
        assert lost.exit_code == status
        assert "--import FILE.py" in lost.output


def test_installed_packages_offer_names(monkeypatch: pytest.MonkeyPatch, tiny: Dataset) -> None:
    offered = EntryPoint("Flat", "tests.pipelines.own:Flat", "preconv.extractors")
    taken = EntryPoint("HOG", "tests.pipelines.own:Flat", "preconv.extractors")
    broken = EntryPoint("Broken", "no_such_package:Broken", "preconv.extractors")

    def found(*, group: str) -> Any:
        return EntryPoints((offered, taken, broken)).select(group=group)

    monkeypatch.setattr(own_names, "entry_points", found)
    own_names._installed.cache_clear()
    try:
        assert entry_of("extractor", "Flat").kind.__name__ == "Flat"
        assert entry_of("extractor", "HOG").path == "features.HOG"
        with pytest.raises(SpecError, match="Broken: cannot be imported: No module named"):
            Comparison.from_dict({"features": {"m": {"extractor": "Broken"}}})
        with pytest.raises(SpecError, match=r"valid: .*Flat"):
            Comparison.from_dict({"features": {"m": {"extractor": "Flut"}}})
    finally:
        own_names._installed.cache_clear()
