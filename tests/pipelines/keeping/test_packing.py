from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor, StackingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from data import Dataset
from features import HOG, RawPixels, Views
from features.words.encodings import ENCODERS
from models import KernelClassifier, LinearClassifier, MLPClassifier, ViewsClassifier
from models.layers.functions.activations import ReLU
from pipelines.comparison.named.sklearn_names import sklearn_classifiers
from pipelines.comparison.names import CLASSIFIERS, EXTRACTORS, Entry
from pipelines.errors import PackingError, UntrustedError
from pipelines.keeping.estimators import kept_estimators
from pipelines.keeping.packing import (
    is_of_older_version,
    is_trusted,
    pack,
    unpack,
    unpack_own,
)
from tests.pipelines.own import Flat

EXTRACTORS_FITTED: list[Any] = [
    EXTRACTORS["RawPixels"].make(),
    EXTRACTORS["ColorHistogram"].make(bins=2, grid=[(1, 1), (2, 2)]),
    EXTRACTORS["HOG"].make(pixels_per_cell=(4, 4)),
    *(
        EXTRACTORS["BagOfVisualWords"].make(
            n_words=4, patch_size=[3, 4], encoding=encoding, random_state=0
        )
        for encoding in ENCODERS
    ),
    EXTRACTORS["ConvolutionalKernelNetwork"].make(
        n_filters=(3, 4), whitening_size=3, mirror=True, random_state=0
    ),
    EXTRACTORS["FisherVector"].make(
        n_components=2, descriptor="patches", patch_size=3, random_state=0
    ),
    EXTRACTORS["VLAD"].make(n_words=2, descriptor="patches", patch_size=3, random_state=0),
    EXTRACTORS["LocalBinaryPatterns"].make(radius=[1, 2], n_points=[8, 16]),
    EXTRACTORS["CoOccurrence"].make(properties=["contrast", "matrix"], levels=4),
]
OF_VIEWS = [
    Views(RawPixels(), n_views=2),
    Views(EXTRACTORS["BagOfVisualWords"].make(n_words=4, patch_size=3), shift=1),
]


def test_every_registered_extractor_is_among_them() -> None:
    assert {type(each) for each in EXTRACTORS_FITTED} == {
        entry.kind for entry in EXTRACTORS.values()
    }


def test_every_name_of_a_spec_is_on_the_closed_list() -> None:
    ours = {*EXTRACTORS, *CLASSIFIERS, "Views", "ViewsClassifier"}
    assert ours <= kept_estimators().keys()
    theirs = kept_estimators().keys() - ours - {"Scaled", "NetworkOfSklearn"}
    assert theirs <= sklearn_classifiers().keys()
    assert not theirs & {"SVC", "NuSVC", "GaussianProcessClassifier", "LabelSpreading"}


def test_what_a_user_registers_is_not_trusted_by_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRACTORS, "Flat", Entry("tests.pipelines.own.Flat"))
    kept_estimators.cache_clear()
    assert "Flat" not in kept_estimators()


@pytest.mark.parametrize("extractor", [*EXTRACTORS_FITTED, *OF_VIEWS], ids=repr)
def test_fitted_extractors_come_back_the_same(tiny: Dataset, extractor: Any) -> None:
    extractor.fit(tiny.images_train)
    packed = pack(extractor)
    assert is_trusted(packed)
    again = unpack(packed)
    assert np.array_equal(again.transform(tiny.images_test), extractor.transform(tiny.images_test))
    assert repr(again.get_params()) == repr(extractor.get_params())


def test_nothing_that_is_derived_is_in_the_file(tiny: Dataset) -> None:
    for extractor in [*EXTRACTORS_FITTED, *OF_VIEWS]:
        packed = pack(extractor.fit(tiny.images_train))
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            index = json.loads(archive.read("index.json"))
        assert index.keys() == {"extractor", "parameters", "learned"}
        assert index["learned"].keys() == {"image_shape", "arrays"}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "classifier",
    [
        *(
            LinearClassifier(loss=loss, standardize=True)
            for loss in ("softmax", "hinge", "squared")
        ),
        LinearClassifier(loss="squared", alpha=(0.1, 1.0)),
        KNeighborsClassifier(),
        KNeighborsClassifier(2, algorithm="kd_tree", weights="distance"),
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
        MLPClassifier((), image_shape=(8, 8, 3), views=10, augment={"shift": 1}, max_iter=2),
        KernelClassifier(),
        KernelClassifier(kernel="polynomial", n_cells=8, n_landmarks=20, alpha=(1e-4, 1e-3)),
        KernelClassifier(kernel="arc-cosine", whiten=20, standardize=False),
        ViewsClassifier(KernelClassifier(), n_views=2),
        ViewsClassifier(LinearClassifier(), n_views=2),
        ViewsClassifier(MLPClassifier((4,), max_iter=2), n_views=3),
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
    assert repr(again.get_params()) == repr(classifier.get_params())


def test_none_of_our_own_classes_runs_something_when_made() -> None:
    kinds = [kept.entry.kind for kept in kept_estimators().values()]
    ours = [kind for kind in kinds if kind.__module__.partition(".")[0] in {"features", "models"}]
    assert ours
    for found in ours:
        for method in ("__reduce__", "__reduce_ex__", "__del__"):
            assert getattr(found, method, None) is getattr(object, method, None)
        made = [base for base in found.__mro__ if "__setstate__" in vars(base)]
        assert all(base.__module__.startswith("sklearn.") for base in made)


def test_of_scikit_learn_only_what_a_spec_can_name_is_trusted() -> None:
    for other in (SVC(), PCA(), FeatureUnion([("a", RawPixels())])):
        assert not is_trusted(pack(other))
    assert is_trusted(pack(KNeighborsClassifier(algorithm="brute")))


def test_foreign_types_are_refused_before_they_are_made() -> None:
    packed = pack({"x": Flat()})
    assert not is_trusted(packed)
    with pytest.raises(PackingError, match=r"not trusted: tests\.pipelines\.own\.Flat"):
        unpack(packed)
    again = unpack(packed, trusted=["tests.pipelines.own.Flat"])
    assert isinstance(again["x"], Flat)


class Inside(Flat):
    """A transformer of one's own around one of the closed list."""

    def fit(self, X: Any, y: Any = None) -> Inside:
        self.hog_ = HOG(pixels_per_cell=(4, 4)).fit(X)
        return self

    def transform(self, X: Any) -> Any:
        return self.hog_.transform(X)


def test_own_classes_hold_what_is_on_the_list_and_are_held_by_it(tiny: Dataset) -> None:
    here = f"{__name__}.Inside"
    for own, named in (
        (Inside(), {here}),
        (Views(Inside(), n_views=2), {here, "features.views.Views"}),
        (
            FeatureUnion([("hog", HOG(pixels_per_cell=(4, 4))), ("own", Inside())]),
            {here, "sklearn.pipeline.FeatureUnion"},
        ),
    ):
        own.fit(tiny.images_train)
        packed = pack(own)
        with pytest.raises(UntrustedError) as refused:
            unpack(packed)
        assert set(refused.value.names) == named
        expected = own.transform(tiny.images_test)
        for again in (unpack(packed, trusted=named), unpack_own(packed)):
            assert np.array_equal(again.transform(tiny.images_test), expected)


def test_what_is_more_than_its_attributes_is_kept_by_skops(tiny: Dataset) -> None:
    X = tiny.images_train.reshape(60, -1)
    forest = RandomForestRegressor(2, max_depth=3, random_state=0).fit(X, tiny.labels_train)
    packed = pack(forest)
    with pytest.raises(UntrustedError) as refused:
        unpack(packed)
    names = set(refused.value.names)
    assert "sklearn.tree._tree.Tree" in names
    assert np.array_equal(unpack(packed, trusted=names).predict(X), forest.predict(X))
    with pytest.raises(UntrustedError, match=r"not trusted: sklearn\.tree\._tree\.Tree"):
        unpack(packed, trusted=names - {"sklearn.tree._tree.Tree"})
    layer = pack(MLPClassifier(activation=ReLU))
    assert unpack(layer, trusted=["models.layers.functions.activations.ReLU"]).activation is ReLU
    with pytest.raises(UntrustedError, match=r"models\.layers\.functions\.activations\.ReLU"):
        unpack(layer)


class Evil:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("pwned"),))


class Saves:
    """Writes a file when one of its methods is called, as a class that is trusted may."""

    def __init__(self) -> None:
        self.path = "pwned"
        self.classes_ = np.arange(2)

    def save(self, *_: Any) -> Any:
        Path(self.path).write_text("pwned")


def zipped(members: Any, compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def of_nodes(node: Any, *members: bytes) -> bytes:
    numbered = [(str(number), member) for number, member in enumerate(members)]
    return zipped([("index.json", json.dumps(node)), *numbered])


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _hostile() -> dict[str, bytes]:
    stacked = StackingClassifier([("a", LinearClassifier())])
    stacked.stack_method_ = ["save"]
    stacked.estimators_ = [Saves()]
    stacked.final_estimator_ = KNeighborsClassifier()
    schema = {
        "__class__": "system",
        "__module__": "posix",
        "__loader__": "FunctionNode",
        "content": "posix.system",
        "protocol": 2,
    }
    function = skops.io.dumps(FunctionTransformer(func=eval))
    good = pack(["x", np.zeros(1000)])
    return {
        "pickle": pickle.dumps(Evil()),
        "function": function,
        "forged": zipped([("schema.json", json.dumps(schema))]),
        "skops inside": of_nodes({"skops": 0}, function),
        "a call": pack(stacked),
        "bomb": zipped([("index.json", "{}"), ("0", bytes(10_000_000))], zipfile.ZIP_DEFLATED),
        "empty": zipped([]),
        "nothing": b"",
        "cut": good[:-60],
        "deep": zipped([("index.json", "[" * 100_000)]),
        "deep nodes": zipped([("index.json", "[" * 100 + "]" * 100)]),
        "a long number": zipped([("index.json", "[" + "9" * 10_000 + "]")]),
        "one array twice": of_nodes([{"array": 0}, {"array": 0}], npy(np.zeros(3))),
        "no array": of_nodes([{"array": 0}]),
        "no number": of_nodes([{"array": "../x"}], npy(np.zeros(3))),
        "objects": of_nodes({"array": 0}, pickle.dumps([Evil()])),
        "an array of objects": of_nodes({"array": 0}, npy(np.array(["a", None]))),
        "an array too long": of_nodes({"array": 0}, npy(np.zeros(3))[:-1]),
        "an array that lies": of_nodes(
            {"array": 0}, npy(np.zeros(3)).replace(b"(3,), }     ", b"(9**9,), }  ")
        ),
        "an unknown node": of_nodes({"eval": "1"}),
        "two nodes in one": of_nodes({"array": 0, "eval": "1"}, npy(np.zeros(3))),
        "an unknown name": of_nodes({"extractor": "Other", "parameters": {}}),
        "a name as a module": of_nodes({"object": "os.system", "state": {}}),
        "in the wrong place": of_nodes({"extractor": "KNeighborsClassifier", "parameters": {}}),
        "an unhashable key": of_nodes({"dict": [[[1], 2]]}),
        "a key twice": of_nodes({"dict": [["a", 1], ["a", 2]]}),
        "a pair of three": of_nodes({"dict": [[1, 2, 3]]}),
        "texts without a letter": of_nodes(
            {"array": 0}, npy(np.zeros(1, "<U1")).split(b"\n")[0].replace(b"<U1", b"<U0") + b"\n"
        ),
    }


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", _hostile())
def test_hostile_bytes_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PackingError):
        unpack(_hostile()[name])
    assert list(tmp_path.iterdir()) == []


def test_what_is_trusted_is_not_all_that_skops_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("function", "skops inside", "a call", "a name as a module"):
        packed = _hostile()[name]
        with pytest.raises(PackingError):
            unpack(packed, trusted=["tests.pipelines.own.Flat"])
    calls = of_nodes({"object": "os.system", "state": {"dict": []}})
    with pytest.raises(PackingError, match="no class whose objects are their attributes"):
        unpack(calls, trusted=["os.system"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_more_comes_out_than_the_bytes_hold() -> None:
    content = npy(np.zeros(100_000))
    members = [("index.json", json.dumps([{"array": 0}])), ("0", content), ("0", content)]
    with pytest.raises(PackingError, match="3 members, 2 of them different"):
        unpack(zipped(members))
    packed = bytearray(of_nodes([{"array": n} for n in range(50)], *[content] * 50))
    # Every entry of the directory leads to the same bytes.
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        start, end = archive.getinfo("0").header_offset, archive.getinfo("1").header_offset
        directory = archive.start_dir
    first = packed[: packed.index(b"PK\x03\x04", 4)]
    shared = bytes(first + packed[start:end])
    entries = bytearray(packed[directory:])
    at = 0
    for number in range(51):
        at = entries.index(b"PK\x01\x02", at)
        if number:
            entries[at + 42 : at + 46] = len(first).to_bytes(4, "little")
        at += 4
    tail = entries.rindex(b"PK\x05\x06")
    entries[tail + 16 : tail + 20] = len(shared).to_bytes(4, "little")
    with pytest.raises(PackingError, match="it declares 40,"):
        unpack(shared + bytes(entries))


def test_what_was_kept_by_skops_alone_is_of_an_older_version() -> None:
    assert is_of_older_version(skops.io.dumps({"preconv_model": 2}))
    assert not is_of_older_version(pack({"preconv_model": 3}))
    assert not is_of_older_version(b"")


def test_what_only_pickle_could_keep_is_refused() -> None:
    with pytest.raises(PackingError, match="without pickle"):
        pack({"x": (i for i in range(3))})


def test_plain_values_come_back_as_they_are() -> None:
    value = {
        "a": [1, 2.5, None, True, "x", float("inf")],
        3: ("b", (1, [2])),
        (1, "k"): {"deep": np.arange(6).reshape(2, 3)[:, ::2]},
        "texts": np.array(["a", "bc"]),
        "number": np.float32(0.5),
    }
    packed = pack(value)
    again = unpack(packed)
    assert repr(again) == repr(value | {"number": 0.5})
    assert packed == pack(value)
