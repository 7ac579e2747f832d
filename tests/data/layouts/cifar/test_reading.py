"""CIFAR-10 and CIFAR-100 in both layouts, from folders and archives."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import DataError, Dataset, load_dataset
from tests.data.samples import CifarCopy, damaged, python2_pickle, refusal, tar_bytes, write_folder

Pack = Callable[[Mapping[str, bytes]], Path]
TEN, HUNDRED = CifarCopy(10), CifarCopy(100)

WRITERS: dict[str, Callable[[CifarCopy], dict[str, bytes]]] = {
    "binary": CifarCopy.binary,
    "python 2": lambda copy: copy.python(python2_pickle, str.encode),
    "python 3": lambda copy: copy.python(partial(pickle.dumps, protocol=4), str),
    "python 3, protocol 2": lambda copy: copy.python(partial(pickle.dumps, protocol=2), str.encode),
}


@pytest.fixture(params=WRITERS)
def write(request: pytest.FixtureRequest) -> Callable[[CifarCopy], dict[str, bytes]]:
    return WRITERS[request.param]


def check(dataset: Dataset, copy: CifarCopy, labels: str = "fine") -> None:
    assert np.array_equal(dataset.images_train, copy.images_train)
    assert np.array_equal(dataset.images_test, copy.images_test)
    coarse = labels == "coarse"
    assert np.array_equal(dataset.labels_train, copy.coarse_train if coarse else copy.labels_train)
    assert np.array_equal(dataset.labels_test, copy.coarse_test if coarse else copy.labels_test)
    assert dataset.class_names == (copy.coarse_names if coarse else copy.names)


def test_cifar10(pack: Pack, write: Callable[[CifarCopy], dict[str, bytes]]) -> None:
    files = {f"cifar-10-batches/{name}": content for name, content in write(TEN).items()}
    dataset = load_dataset(pack({**files, "cifar-10-batches/readme.html": b"<p>"}))
    check(dataset, TEN)
    assert dataset.name == "cifar10"


@pytest.mark.parametrize("labels", ["fine", "coarse"])
def test_cifar100(pack: Pack, write: Callable[[CifarCopy], dict[str, bytes]], labels: Any) -> None:
    dataset = load_dataset(pack(write(HUNDRED)), labels=labels)
    check(dataset, HUNDRED, labels)
    assert dataset.name == ("cifar100" if labels == "fine" else "cifar100-coarse")


def test_all_layouts_have_one_hash(tmp_path: Path) -> None:
    hashes = set()
    for name, writer in WRITERS.items():
        hashes.add(load_dataset(write_folder(tmp_path / name, writer(TEN))).sha256)
    assert len(hashes) == 1


def test_images_keep_the_names_that_the_pickles_have(tmp_path: Path) -> None:
    names = {}
    for kind in ("binary", "python 2"):
        dataset = load_dataset(write_folder(tmp_path / kind, WRITERS[kind](TEN)))
        names[kind] = dataset.names_train, dataset.names_test
    assert names["binary"] == (None, None)
    train, test = names["python 2"]
    assert train is not None
    assert (len(train), train[:2]) == (len(TEN.labels_train), ("0.png", "1.png"))
    assert test == tuple(f"{i}.png" for i in range(len(TEN.labels_test)))


def test_class_names_are_known_where_a_copy_lacks_them(tmp_path: Path) -> None:
    ten = {name: c for name, c in TEN.binary().items() if name.endswith(".bin")}
    assert load_dataset(write_folder(tmp_path / "10", ten)).class_names[::9] == (
        "airplane",
        "truck",
    )
    hundred = {name: c for name, c in HUNDRED.binary().items() if name.endswith(".bin")}
    path = write_folder(tmp_path / "100", hundred)
    assert load_dataset(path).class_names[:2] == ("apple", "aquarium_fish")
    assert len(load_dataset(path).class_names) == 100
    assert load_dataset(path, labels="coarse").class_names[-1] == "vehicles_2"


def test_other_sizes_are_made_when_asked_for(tmp_path: Path) -> None:
    dataset = load_dataset(write_folder(tmp_path, TEN.binary()), image_size=(16, 8), name="small")
    assert (dataset.image_shape, dataset.name) == ((16, 8, 3), "small")


def broken(files: dict[str, bytes], **changes: bytes | None) -> dict[str, bytes]:
    """Return the files with some changed (dots written as two underscores) or taken away."""
    named = {name.replace("__", "."): content for name, content in changes.items()}
    return {name: content for name, content in (files | named).items() if content is not None}


def relabelled(content: bytes, record: int, label: int) -> bytes:
    at = record * 3073
    return content[:at] + bytes([label]) + content[at + 1 :]


BINARY = TEN.binary()
BATCH_3 = BINARY["data_batch_3.bin"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (broken(BINARY, data_batch_3__bin=None), r"data_batch_3\.bin missing beside other"),
        (broken(BINARY, test_batch__bin=None), r"test_batch\.bin missing beside other"),
        (broken(BINARY, data_batch_3__bin=BATCH_3[:-5]), r"data_batch_3\.bin.*: 18433 bytes, "
         "expected records of 3073; cut off in record 5"),
        (broken(BINARY, data_batch_3__bin=BATCH_3[:-3073]), r"data_batch_3\.bin.*: 5 records, but "
         r".*data_batch_1\.bin.* has 6"),
        (broken(BINARY, test_batch__bin=b""), r"test_batch\.bin.*: 0 bytes"),
        (broken(BINARY, data_batch_3__bin=relabelled(BATCH_3, 4, 10)),
         r"data_batch_3\.bin.*: record 4: label 10, expected 0 … 9"),
        (broken(BINARY, batches__meta__txt=b"\xff\xfe"), r"batches\.meta\.txt.*: not a list of cl"),
        (broken(BINARY, batches__meta__txt=b"a\nb\na\n" + b"\n".join(b"%d" % i for i in range(9))),
         "class_names must differ, got 'a'"),
    ],
)  # fmt: skip
def test_broken_binary_copies(pack: Pack, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_dataset(pack(files))


GOOD: dict[str, Any] = {"data": np.zeros((6, 3072), np.uint8), "labels": [0] * 6}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": [0] * 5}, "6 images but 5 labels"),
        ({"labels": [0, 1, 2, 3, 4, 10]}, "record 5: label 10, expected 0 … 9"),
        ({"labels": [0, 1, 2, -1, 4, 5]}, "record 3: label -1, expected 0 … 9"),
        ({"labels": [0, 1, 2, 1 << 80, 4, 5]}, "record 3: label"),
        ({"labels": [0, 1, 2, "3", 4, 5]}, "'labels' must be a list of integers"),
        ({"labels": None}, "'labels' must be a list of integers"),
        ({"data": np.zeros((6, 3071), np.uint8)}, r"'data' must have shape \(n, 3072\), got"),
        ({"data": np.zeros((6, 3072), np.int64)}, "'data' must be an array of uint8"),
        ({"data": [[0] * 3072] * 6}, "'data' must be an array of uint8"),
        ({"data": np.zeros((0, 3072), np.uint8), "labels": []}, r"got \(0, 3072\)"),
        ({"data": np.zeros((5, 3072), np.uint8), "labels": [0] * 5}, "5 records, but"),
    ],
)
def test_broken_pickled_copies(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    files = WRITERS["python 3"](TEN)
    files["data_batch_3"] = pickle.dumps(GOOD | change)
    with pytest.raises(DataError, match=rf"data_batch_3.*{message}"):
        load_dataset(write_folder(tmp_path / "x", files))


def test_a_batch_without_its_fields(tmp_path: Path) -> None:
    files = WRITERS["python 3"](TEN)
    files["data_batch_3"] = pickle.dumps({"data": GOOD["data"]})
    with pytest.raises(DataError, match="data_batch_3: holds no 'labels'"):
        load_dataset(write_folder(tmp_path / "x", files))
    files = WRITERS["python 3"](TEN) | {"batches.meta": pickle.dumps({"label_names": "abc"})}
    with pytest.raises(DataError, match=r"batches\.meta: 'label_names' must be a list"):
        load_dataset(write_folder(tmp_path / "y", files))


def test_a_batch_that_would_run_code(tmp_path: Path) -> None:
    files = WRITERS["python 2"](TEN)
    files["test_batch"] = b"\x80\x02}U\x04datacposix\nsystem\nU\x04true\x85Rs."
    path = tmp_path / "c.tar.gz"
    path.write_bytes(tar_bytes(files, "w:gz"))
    with pytest.raises(DataError, match=r"c\.tar\.gz: member 'test_batch'.*asks for posix\.system"):
        load_dataset(path)


def test_two_copies_in_one_place(tmp_path: Path) -> None:
    both = {f"py/{name}": content for name, content in WRITERS["python 3"](TEN).items()}
    both |= {f"bin/{name}": content for name, content in HUNDRED.binary().items()}
    path = write_folder(tmp_path / "both", both)
    with pytest.raises(DataError, match="holds cifar100 in 'bin' and cifar10 in 'py'; name the"):
        load_dataset(path)
    check(load_dataset(path / "py"), TEN)


def test_coarse_labels_are_for_cifar100(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is for CIFAR-100 alone"):
        load_dataset(write_folder(tmp_path, BINARY), labels="coarse")


SMALL = CifarCopy(10, n_batch=1, n_test=1)


@given(st.sampled_from(["binary", "python 2", "python 3"]).flatmap(
    lambda kind: damaged(tar_bytes(WRITERS[kind](SMALL), "w:gz") if kind == "binary" else
                         tar_bytes(WRITERS[kind](SMALL)))
))  # fmt: skip
def test_damage_raises_nothing_but_data_error(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cifar.tar"
        path.write_bytes(content)
        message = refusal(lambda: load_dataset(path))
    assert not message or "cifar.tar" in message
