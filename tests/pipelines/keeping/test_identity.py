from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import pipelines.keeping.code
from features import HOG
from pipelines.keeping.identity import identity
from tests.pipelines.own import Flat

SOURCE = """
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA

def scale():
    return {scale}

class Mine(BaseEstimator):
    def __init__(self, k=1):
        self.k = k
"""


def load(path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a source file as a user's script would be."""
    found = importlib.util.spec_from_file_location(name, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, name, module)
    found.loader.exec_module(module)
    return module


def test_parameters_and_class_count() -> None:
    assert identity(HOG()) == identity(HOG())
    assert identity(HOG()) != identity(HOG(orientations=8))
    assert identity(Flat()) != identity(Flat(scale=2.0))
    assert identity(HOG()) != identity(Flat())


def test_our_own_code_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before, scikit = identity(HOG()), identity(StandardScaler())
    real = pipelines.keeping.code.code_sha256
    monkeypatch.setattr("pipelines.keeping.identity.code_sha256", lambda *names: real(*names)[::-1])
    assert identity(HOG()) != before
    assert identity(StandardScaler()) == scikit


def test_an_edit_of_a_users_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.py"
    path.write_text(SOURCE.format(scale=1))
    module = load(path, "mine_of_a_user", monkeypatch)
    before = identity(module.Mine())
    wrapped = identity(make_pipeline(StandardScaler(), module.Mine()))
    assert before is not None
    assert identity(module.Mine()) == before

    path.write_text(SOURCE.format(scale=2))
    module = load(path, "mine_of_a_user", monkeypatch)
    assert identity(module.Mine()) != before
    assert identity(make_pipeline(StandardScaler(), module.Mine())) != wrapped


def test_an_edit_of_a_file_that_it_uses_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(SOURCE.format(scale=1))
    (tmp_path / "part.py").write_text("x = 1")
    module = load(tmp_path / "mine.py", "mine_of_a_user", monkeypatch)
    load(tmp_path / "part.py", "part_of_a_user", monkeypatch)
    before = identity(module.Mine())
    (tmp_path / "part.py").write_text("x = 2")
    assert identity(module.Mine()) != before


def test_code_that_cannot_be_found_has_no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    scope: dict[str, Any] = {"__name__": "typed_at_a_prompt"}
    exec(SOURCE.format(scale=1), scope)
    module = type(sys)("typed_at_a_prompt")
    vars(module).update(scope)
    monkeypatch.setitem(sys.modules, "typed_at_a_prompt", module)
    assert identity(scope["Mine"]()) is None
    assert identity(make_pipeline(StandardScaler(), scope["Mine"]())) is None


def test_what_cannot_be_pickled_has_no_identity() -> None:
    assert identity(FunctionTransformer(lambda X: X)) is None
