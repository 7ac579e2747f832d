"""Datasets in `.npz` files: there and back, and what a hostile one may not do."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from data import DataError, Dataset, load_dataset, save_npz
from tests.data.samples import damaged, refusal

RNG = np.random.default_rng(0)
FIELDS: dict[str, Any] = {
    "images_train": RNG.integers(0, 256, (4, 5, 6, 3), np.uint8),
    "labels_train": np.array([0, 1, 2, 0]),
    "images_test": RNG.integers(0, 256, (2, 5, 6, 3), np.uint8),
    "labels_test": np.array([1, 2], np.uint8),
    "class_names": np.array(["ant", "bee", "cöw"]),
}


def written(folder: Path, **changes: Any) -> Path:
    fields = {field: value for field, value in (FIELDS | changes).items() if value is not None}
    np.savez(folder / "few.npz", **fields)
    return folder / "few.npz"


def with_member(folder: Path, field: str, content: bytes, **options: Any) -> Path:
    """Return a file whose member of that field has other bytes."""
    whole = zipfile.ZipFile(written(folder))
    path = folder / "bad.npz"
    with whole, zipfile.ZipFile(path, "w", **options) as archive:
        for name in whole.namelist():
            archive.writestr(name, content if name == f"{field}.npy" else whole.read(name))
    return path


def npy(array: Any, allow_pickle: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=allow_pickle)
    return file.getvalue()


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def test_what_numpy_saved_is_read(tmp_path: Path) -> None:
    dataset = load_dataset(written(tmp_path))
    assert dataset.name == "few"
    assert dataset.class_names == ("ant", "bee", "cöw")
    for field in ("images_train", "labels_train", "images_test", "labels_test"):
        assert np.array_equal(getattr(dataset, field), FIELDS[field])
    fortran = np.asfortranarray(FIELDS["images_train"])
    assert load_dataset(written(tmp_path, images_train=fortran)).sha256 == dataset.sha256
    assert load_dataset(written(tmp_path, name="mine")).name == "mine"


def test_there_and_back(tmp_path: Path) -> None:
    dataset = load_dataset(written(tmp_path), name="saved")
    save_npz(dataset, tmp_path / "again.npz")
    again = load_dataset(tmp_path / "again.npz")
    assert (again.name, again.sha256) == ("saved", dataset.sha256)
    save_npz(dataset, tmp_path / "again.npz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.npz", "few.npz"]


def test_a_validation_part_and_names_there_and_back(tmp_path: Path) -> None:
    dataset = replace(
        load_dataset(written(tmp_path)),
        images_validation=FIELDS["images_test"],
        labels_validation=FIELDS["labels_test"],
        names_train=("1.png", "köln/2.png", "3", ""),
        names_validation=("5", "6"),
    )
    save_npz(dataset, tmp_path / "again.npz")
    again = load_dataset(tmp_path / "again.npz")
    assert (again.sha256, again.names_train) == (dataset.sha256, dataset.names_train)
    assert (again.names_test, again.names_validation) == (None, ("5", "6"))
    small = load_dataset(tmp_path / "again.npz", image_size=3)
    assert small.images_validation is not None
    assert small.images_validation.shape == (2, 3, 3, 3)


def test_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load_dataset(written(tmp_path))

    def fail(file: Any, **_: Any) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match="disk full"):
        save_npz(dataset, tmp_path / "new.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["few.npz"]
    with pytest.raises(DataError, match=r"new\.zip: the name must end in \.npz"):
        save_npz(dataset, tmp_path / "new.zip")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels_test": None}, "expected images_train, labels_train, images_test, labels_test"),
        ({"extra": np.zeros(3)}, "'extra'; expected"),
        ({"labels_train": np.array([0, 1, 2, 3])}, r"labels_train\[3\] must lie in 0 … 2, got 3"),
        ({"labels_train": np.zeros(4)}, "labels_train must be integers, got float64"),
        ({"images_train": FIELDS["images_train"] / 255}, "images_train must be integers, got flo"),
        ({"images_train": FIELDS["images_train"].astype(int)}, "images_train must be uint8"),
        ({"images_train": np.zeros((0, 5, 6, 3), np.uint8)}, "images_train must be uint8"),
        ({"class_names": np.array([b"ant", b"bee", b"cow"])}, "class_names must be text"),
        ({"class_names": np.array("ant")}, "class_names must be a sequence"),
        ({"class_names": np.array([["ant"], ["bee"], ["cow"]])}, "class_names must be a sequence"),
        ({"name": np.array(["a", "b"])}, "name must be a printable text, got 2 of them"),
        ({"names_train": np.array(["a"] * 5)}, "names_train must be 4 texts, one an image, got 5"),
        ({"names_train": np.array(["a"] * 3)}, "names_train must be 4 texts, one an image"),
        ({"sha256": "0" * 64}, "its content has not the sha256 that it says"),
    ],
)
def test_refuses(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=rf"few\.npz: .*{message}"):
        load_dataset(written(tmp_path, **changes))


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a pickle was run",)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    content = npy(np.array(["a", Harm(), None], object), allow_pickle=True)
    with pytest.raises(DataError, match=r"bad\.npz: class_names must be text: numpy\.array\(names"):
        load_dataset(with_member(tmp_path, "class_names", content))


@pytest.mark.parametrize("shape", ["(1000000, 1000, 1000, 3)", "(3,)", "(4, 5, 6, 4)"])
def test_declared_sizes_are_checked_first(tmp_path: Path, shape: str) -> None:
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n"
    path = with_member(tmp_path, "images_train", header(text) + bytes(360))
    tracemalloc.start()
    with pytest.raises(DataError, match=r"images_train declares shape \(.*\) of uint8, \d+ bytes"):
        load_dataset(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()


def test_texts_without_a_letter_declare_no_size(tmp_path: Path) -> None:
    text = "{'descr': '<U0', 'fortran_order': False, 'shape': (8589934592,)}\n"
    path = with_member(tmp_path, "class_names", header(text))
    with pytest.raises(DataError, match=r"class_names must be text.* got <U0"):
        load_dataset(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x03\x00" + npy(np.zeros(3))[8:],
        header("{'descr': '|u1', 'fortran_order': False, 'shape': (-4, 5, 6, -3)}\n"),
        header("{'descr': '|u1', 'fortran_order': False, 'shape': (True,)}\n"),
        header("{'descr': 'x', 'fortran_order': False, 'shape': ()}\n"),
        header("(" * 5000),
        header("__import__('os').abort()"),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
    ],
)
def test_headers_that_lie(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"bad\.npz"):
        load_dataset(with_member(tmp_path, "images_train", content))


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = np.zeros((10_000, 32, 32, 3), np.uint8)
    options: dict[str, Any] = {"compression": zipfile.ZIP_DEFLATED}
    path = with_member(tmp_path, "images_train", npy(zeros), **options)
    monkeypatch.setattr("data.layouts.npz.ALWAYS_ALLOWED_BYTES", 1 << 20)
    with pytest.raises(DataError, match="more than 100 times its size"):
        load_dataset(path)
    lzma = with_member(tmp_path, "images_train", npy(zeros), compression=zipfile.ZIP_LZMA)
    monkeypatch.undo()
    with pytest.raises(DataError, match=r"images_train is neither stored nor deflated"):
        load_dataset(lzma)


def test_no_more_texts_than_images_or_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As texts of Python, short ones take many times the memory that they take in an array."""
    path = written(tmp_path, names_train=np.full(200_000, "ab"))
    tracemalloc.start()
    with pytest.raises(DataError, match="names_train must be 4 texts, one an image, got 200,000"):
        load_dataset(path)
    assert tracemalloc.get_traced_memory()[1] < 6 << 20
    tracemalloc.stop()
    monkeypatch.setattr("data.layouts.npz.MAX_CLASSES", 2)
    with pytest.raises(DataError, match="class_names must be at most 2 texts, got 3 of them"):
        load_dataset(written(tmp_path))


def test_a_member_twice(tmp_path: Path) -> None:
    path = written(tmp_path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("images_test.npy", npy(FIELDS["images_test"]))
    with pytest.raises(DataError, match=r"few\.npz: holds"):
        load_dataset(path)


def whole_file() -> bytes:
    dataset = Dataset(name="few", **FIELDS | {"class_names": ("ant", "bee", "cow")})
    with TemporaryDirectory() as folder:
        save_npz(dataset, Path(folder, "x.npz"))
        return Path(folder, "x.npz").read_bytes()


@given(damaged(whole_file()))
def test_damage_raises_nothing_but_data_error(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "few.npz"
        path.write_bytes(content)
        message = refusal(lambda: load_dataset(path))
    assert not message or "few.npz" in message
