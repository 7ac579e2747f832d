"""MNIST's files and those of the sets that took its place."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from data import DataError, Dataset, load_dataset
from data.layouts.idx import published
from tests.data.samples import damaged, load_and_hear, refusal, write_folder, zip_bytes

Pack = Callable[[Mapping[str, bytes]], Path]
RNG = np.random.default_rng(0)
IMAGES, IMAGES_TEST = (RNG.integers(0, 256, (n, 6, 5), np.uint8) for n in (20, 10))
LABELS, LABELS_TEST = (np.arange(n) % 10 for n in (20, 10))
EXPECTED = Dataset(
    "x", IMAGES[..., None], LABELS, IMAGES_TEST[..., None], LABELS_TEST, tuple("0123456789")
)


def idx(array: Any) -> bytes:
    array = np.asarray(array, np.uint8)
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return bytes(head + array.tobytes())


def mnist(
    prefix: str = "", test: str = "t10k", labels: Any = LABELS, labels_test: Any = LABELS_TEST
) -> dict[str, bytes]:
    return {
        f"{prefix}train-images-idx3-ubyte": idx(IMAGES),
        f"{prefix}train-labels-idx1-ubyte": idx(labels),
        f"{prefix}{test}-images-idx3-ubyte": idx(IMAGES_TEST),
        f"{prefix}{test}-labels-idx1-ubyte": idx(labels_test),
    }


def packed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(content) for name, content in files.items()}


@pytest.mark.parametrize("change", [dict, packed])
def test_plain_and_packed(pack: Pack, change: Callable[[Any], dict[str, bytes]]) -> None:
    path = pack(change(mnist("MNIST/raw/")) | {"MNIST/raw/notes.txt": b"hello"})
    dataset = load_dataset(path)
    assert (dataset.name, dataset.sha256) == ("pets", EXPECTED.sha256)
    assert load_dataset(path, image_size=4).image_shape == (4, 4, 1)


def test_names_as_people_have_them(tmp_path: Path) -> None:
    """The one that is not packed is read; a dot may stand for a dash; a stray copy is no set."""
    files = packed(mnist()) | mnist()
    assert load_dataset(write_folder(tmp_path / "both", files)).sha256 == EXPECTED.sha256
    dotted = {name.replace("-idx", ".idx"): content for name, content in mnist().items()}
    dotted["train-images-idx3-ubyte/train-images-idx3-ubyte"] = idx(IMAGES)
    assert load_dataset(write_folder(tmp_path / "dots", dotted)).sha256 == EXPECTED.sha256
    alone = {name: content for name, content in mnist().items() if "train" in name}
    dataset = load_dataset(write_folder(tmp_path / "alone", alone))
    assert (dataset.n_train, dataset.n_test) == (10, 10)


def test_published_files_have_the_published_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = mnist()
    known = sha256(files["train-images-idx3-ubyte"]).hexdigest()
    monkeypatch.setitem(published._TRAINING_IMAGES, known, "fashion-mnist")
    for change in (dict, packed):
        dataset = load_dataset(write_folder(tmp_path / change.__name__, change(files)))
        assert dataset.name == "fashion-mnist"
        assert dataset.class_names[:2] == ("T-shirt/top", "Trouser")


@pytest.mark.slow
def test_real_fashion_mnist() -> None:
    folder = Path("/usr/share/datasets/fashion-mnist")
    if not folder.is_dir():
        pytest.skip("the package dataset-fashion-mnist is not installed")
    dataset = load_dataset(folder)
    assert (dataset.name, dataset.n_train, dataset.n_test) == ("fashion-mnist", 60_000, 10_000)
    assert dataset.class_names == published.FASHION_CLASSES
    assert np.bincount(dataset.labels_train).tolist() == [6000] * 10


def test_emnist_is_turned_and_its_letters_count_from_one(pack: Pack) -> None:
    files = packed(mnist("gzip/emnist-letters-", "test", LABELS + 1, LABELS_TEST + 1))
    dataset = load_dataset(pack(files))
    assert dataset.name == "emnist-letters"
    assert dataset.class_names == tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert np.array_equal(dataset.images_train[..., 0], IMAGES.transpose(0, 2, 1))
    assert dataset.labels_train.tolist() == LABELS.tolist()


def test_emnist_has_a_file_of_characters(tmp_path: Path) -> None:
    files = mnist("emnist-balanced-", "test", LABELS + 30, LABELS_TEST + 30)
    lines = "".join(f"{label} {label + 35}\n" for label in range(30, 40))
    files["emnist-balanced-mapping.txt"] = lines.encode()
    dataset = load_dataset(write_folder(tmp_path / "whole", files))
    assert dataset.class_names == tuple(chr(label + 35) for label in range(30, 40))
    files["emnist-balanced-mapping.txt"] = b"30 99999999999999999999\n"
    dataset = load_dataset(write_folder(tmp_path / "strange", files))
    assert dataset.class_names == tuple(map(str, range(30, 40)))


def test_a_validation_part_without_a_test_part(tmp_path: Path) -> None:
    (tmp_path / "few.zip").write_bytes(zip_bytes(mnist(test="val")))
    dataset, said = load_and_hear(tmp_path / "few.zip")
    assert "the validation part is the test part" in said
    assert dataset.sha256 == EXPECTED.sha256


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"t10k-labels-idx1-ubyte": None}, "has the images of the test part, but its labels are m"),
        ({"train-labels-idx1-ubyte": idx(LABELS[:5])}, "has 20 images, but .* has 5 labels"),
        ({"train-labels-idx1-ubyte": idx(IMAGES)}, "3 sides, expected 1 for labels; .*exchanged"),
        ({"train-images-idx3-ubyte": b"hello"}, "not an idx file"),
        ({"train-images-idx3-ubyte": b"\0\0\x0d\3" + bytes(12)}, "type 0x0d, expected bytes"),
        ({"train-images-idx3-ubyte": idx(IMAGES)[:-1]}, "declares shape .* but has 615"),
        ({"train-images-idx3-ubyte": idx(IMAGES) + b"x"}, "declares shape .* but has more"),
        ({"train-images-idx3-ubyte": idx(IMAGES)[:9]}, "the header is cut off"),
        ({"emnist/" + name: content for name, content in mnist().items()}, "several sets"),
    ],
)
def test_refuses(tmp_path: Path, changes: dict[str, bytes | None], message: str) -> None:
    files = {name: content for name, content in (mnist() | changes).items() if content is not None}
    with pytest.raises(DataError, match=rf"pets.*{message}"):
        load_dataset(write_folder(tmp_path / "pets", files))


def test_headers_that_lie_and_bombs(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is allocated for what a header claims, and no more is unpacked than it claims."""
    monkeypatch.setattr("data.layouts.idx.contents.ALWAYS_ALLOWED_BYTES", 1 << 18)
    lie = bytes([0, 0, 8, 3]) + struct.pack(">3I", 1 << 31, 1 << 10, 1 << 10)
    bomb = gzip.compress(idx(np.zeros((9, 512, 512))))
    endless = gzip.compress(idx(IMAGES) + bytes(1 << 22))
    for name, content, message in (
        ("train-images-idx3-ubyte", lie, "declares shape .* but has 16"),
        ("train-images-idx3-ubyte.gz", gzip.compress(lie), "more than an idx file of this size"),
        ("train-images-idx3-ubyte.gz", bomb, "more than an idx file of this size"),
        ("train-images-idx3-ubyte.gz", endless, "but has more"),
    ):
        files = mnist()
        files.pop("train-images-idx3-ubyte")
        path = pack(files | {name: content})
        tracemalloc.start()
        with pytest.raises(DataError, match=message):
            load_dataset(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()
        (path / name if path.is_dir() else path).unlink()


def test_a_file_alone_says_what_is_missing(tmp_path: Path) -> None:
    for change in (dict, packed):
        for name, content in change(mnist()).items():
            (tmp_path / name).write_bytes(content)
            with pytest.raises(DataError, match="give the folder that holds images and labels"):
                load_dataset(tmp_path / name)


@settings(max_examples=20)
@given(damaged(gzip.compress(idx(IMAGES))))
def test_damage_raises_nothing_but_data_error(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        files = mnist()
        files.pop("train-images-idx3-ubyte")
        path = write_folder(Path(folder), files | {"train-images-idx3-ubyte.gz": content})
        message = refusal(lambda: load_dataset(path))
    assert not message or folder in message
