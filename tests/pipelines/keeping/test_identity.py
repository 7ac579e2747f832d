from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import pipelines.keeping.code
from features import HOG, BagOfVisualWords, ColorHistogram, Views
from features.colors.color_spaces import COLOR_SPACES
from features.words.encodings import ENCODERS, Hard
from features.words.learning.codebook import CODEBOOKS
from models import LinearClassifier, MLPClassifier
from pipelines.keeping.identity import identity
from tests.pipelines.own import Flat

SOURCE = """
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA

def scale():
    return {scale}

class Mine(BaseEstimator):
    cache_key = 1

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
    assert identity(module.Mine()) == before  # what is loaded is still the code of before
    load(tmp_path / "part.py", "part_of_a_user", monkeypatch)
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


class Silent(TransformerMixin, BaseEstimator):
    """Of a user: what it reads besides its parameters is not known."""

    def __init__(self, path: str = "filters.npy") -> None:
        self.path = path


class Tells(Silent):
    @property
    def cache_key(self) -> str:
        return Path(self.path).read_text()


class Asks(Silent):
    def cache_key(self) -> str:
        return "not an attribute"


class OursAndMore(HOG):
    pass


def halved(X: Any) -> Any:
    return X / 2


@pytest.mark.parametrize(
    "unknown",
    [
        Silent(),
        Asks(),
        OursAndMore(),
        make_pipeline(HOG(), Silent()),
        FeatureUnion([("hog", HOG()), ("mine", Silent())]),
        Views(Silent(), n_views=2),
        FunctionTransformer(halved),
        FunctionTransformer(partial(halved)),
        FunctionTransformer(Silent().fit_transform),
        KNeighborsClassifier(metric=halved),
    ],
    ids=lambda each: type(each).__name__,  # no address, which each process has its own
)
def test_what_a_user_wrote_is_not_known_unless_it_says_so(unknown: Any) -> None:
    assert identity(unknown) is None


def test_what_it_says_of_itself_counts(tmp_path: Path) -> None:
    path = tmp_path / "filters"
    path.write_text("one")
    one = identity(Tells(str(path)))
    assert one is not None
    assert identity(Tells(str(path))) == one
    path.write_text("two")
    assert identity(Tells(str(path))) not in (None, one)
    path.unlink()
    assert identity(Tells(str(path))) is None


@pytest.mark.parametrize("key", [None, True, 1.5, ["1"], b"1"])
def test_a_key_is_a_text_or_an_integer(key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert identity(Flat()) is not None
    monkeypatch.setattr(Flat, "cache_key", key)
    assert identity(Flat()) is None


def test_functions_and_parts_of_the_libraries_are_known() -> None:
    for known in (
        FunctionTransformer(np.sqrt),
        FunctionTransformer(partial(np.clip, a_min=0, a_max=1)),
        make_pipeline(HOG(), PCA(3)),
        LinearClassifier(loss="hinge"),
        MLPClassifier(random_state=np.random.default_rng(0)),
    ):
        assert identity(known) is not None


def test_entries_that_a_user_added_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(Hard):
        pass

    rgb = COLOR_SPACES["rgb"]
    monkeypatch.setitem(ENCODERS, "mine", Mine)
    monkeypatch.setitem(COLOR_SPACES, "mine too", replace(rgb, from_rgb=halved))
    monkeypatch.setitem(CODEBOOKS, "sampled", halved)
    assert identity(BagOfVisualWords(encoding="mine")) is None
    assert identity(BagOfVisualWords(codebook="sampled")) is None
    assert identity(make_pipeline(ColorHistogram(color_space="mine too"))) is None
    assert identity(BagOfVisualWords()) is not None
    assert identity(ColorHistogram()) is not None
    monkeypatch.setattr(Mine, "cache_key", "1", raising=False)
    assert identity(BagOfVisualWords(encoding="mine")) is not None
