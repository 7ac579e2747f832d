from __future__ import annotations

import importlib
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer

from data import Dataset
from features.words.encodings import ENCODERS
from models import LinearClassifier, MLPClassifier
from pipelines.comparison.names import EXTRACTORS
from pipelines.errors import PackingError
from pipelines.keeping.packing import TRUSTED, is_trusted, pack, unpack
from tests.pipelines.own import Flat

EXTRACTORS_FITTED: list[Any] = [
    EXTRACTORS["RawPixels"](),
    EXTRACTORS["ColorHistogram"](bins=2, grid=(2, 2)),
    EXTRACTORS["HOG"](pixels_per_cell=(4, 4)),
    *(
        EXTRACTORS["BagOfVisualWords"](n_words=4, patch_size=3, encoding=encoding, random_state=0)
        for encoding in ENCODERS
    ),
    EXTRACTORS["FisherVector"](n_components=2, descriptor="patches", patch_size=3, random_state=0),
]


def test_every_registered_extractor_is_among_them() -> None:
    assert {type(each) for each in EXTRACTORS_FITTED} == set(EXTRACTORS.values())


@pytest.mark.parametrize("extractor", EXTRACTORS_FITTED, ids=repr)
def test_fitted_extractors_come_back_the_same(tiny: Dataset, extractor: Any) -> None:
    extractor.fit(tiny.images_train)
    packed = pack(extractor)
    assert is_trusted(packed)
    again = unpack(packed)
    assert np.array_equal(again.transform(tiny.images_test), extractor.transform(tiny.images_test))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "classifier",
    [
        *(
            LinearClassifier(loss=loss, standardize=True)
            for loss in ("softmax", "hinge", "squared")
        ),
        KNeighborsClassifier(),
        MLPClassifier((4,), max_iter=3, random_state=0),
        MLPClassifier(
            (4, 4),
            activation="tanh",
            solver="sgd",
            learning_rate="cosine",
            norm="batch",
            dropout=0.2,
            standardize=True,
            whiten=20,
            early_stopping=True,
            average_decay=0.9,
            max_iter=3,
            random_state=0,
        ),
        MLPClassifier((4,), activation="maxout", norm="layer", residual=True, max_iter=2),
    ],
    ids=repr,
)
def test_fitted_classifiers_come_back_the_same(tiny: Dataset, classifier: Any) -> None:
    X = tiny.images_train.reshape(60, -1).astype(np.float32) / 255
    classifier.fit(X, tiny.labels_train)
    packed = pack(classifier)
    assert is_trusted(packed)
    again = unpack(packed)
    assert np.array_equal(again.predict(X), classifier.predict(X))
    if hasattr(classifier, "predict_proba"):
        assert np.array_equal(again.predict_proba(X), classifier.predict_proba(X))


def test_only_classes_of_our_own_are_listed_and_none_runs_something_when_made() -> None:
    assert TRUSTED
    for name in TRUSTED:
        module, _, kind = name.rpartition(".")
        assert module.partition(".")[0] in {"features", "models"}
        found = getattr(importlib.import_module(module), kind)
        assert isinstance(found, type)
        for method in ("__reduce__", "__reduce_ex__", "__del__"):
            assert getattr(found, method, None) is getattr(object, method, None)
        made = [base for base in found.__mro__ if "__setstate__" in vars(base)]
        assert all(base.__module__.startswith("sklearn.") for base in made)


def test_foreign_types_are_refused_before_they_are_made() -> None:
    packed = pack({"x": Flat()})
    assert not is_trusted(packed)
    with pytest.raises(PackingError, match=r"not trusted: tests\.pipelines\.own\.Flat"):
        unpack(packed)
    again = unpack(packed, trusted=["tests.pipelines.own.Flat"])
    assert isinstance(again["x"], Flat)


class Evil:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("pwned"),))


def _hostile() -> dict[str, bytes]:
    function = skops.io.dumps(FunctionTransformer(func=eval))
    schema = json.dumps(
        {
            "__class__": "system",
            "__module__": "posix",
            "__loader__": "FunctionNode",
            "content": "posix.system",
            "protocol": 2,
        }
    )
    forged = io.BytesIO()
    with zipfile.ZipFile(forged, "w") as archive:
        archive.writestr("schema.json", schema)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "{}")
        archive.writestr("1.npy", bytes(10_000_000))
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    return {
        "pickle": pickle.dumps(Evil()),
        "function": function,
        "forged": forged.getvalue(),
        "bomb": bomb.getvalue(),
        "empty": empty.getvalue(),
        "nothing": b"",
        "cut": pack({"x": np.zeros(1000)})[:-60],
    }


@pytest.mark.parametrize("name", _hostile())
def test_hostile_bytes_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pipelines.keeping.packing._LARGEST_BYTES", 5_000_000)
    with pytest.raises(PackingError):
        unpack(_hostile()[name])
    assert list(tmp_path.iterdir()) == []


def test_a_lying_array_is_refused() -> None:
    packed = pack({"x": np.zeros(3)})
    lying = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(lying, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".npy"):
                content = content.replace(b"(3,), }         ", b"(9999999999999,), }"[:16])
                content = content.replace(b"'shape': (3,), }", b"'shape': (9**9,)")
            new.writestr(name, content)
    with pytest.raises(PackingError):
        unpack(lying.getvalue())


def test_what_only_pickle_could_keep_is_refused() -> None:
    with pytest.raises(PackingError, match="without pickle"):
        pack({"x": (i for i in range(3))})
