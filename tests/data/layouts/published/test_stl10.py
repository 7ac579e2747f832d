"""STL-10's binary files, as its authors pack them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from data import DataError, Dataset, load_dataset
from data.layouts.published.stl10 import CLASS_NAMES
from tests.data.samples import load_and_hear, write_folder

Pack = Callable[[Mapping[str, bytes]], Path]
RNG = np.random.default_rng(0)
IMAGES, IMAGES_TEST = (RNG.integers(0, 256, (n, 96, 96, 3), np.uint8) for n in (4, 3))
LABELS, LABELS_TEST = np.array([0, 9, 3, 3]), np.array([1, 9, 0])


def as_published(images: np.ndarray) -> bytes:
    """Return images channel by channel, each column by column, as MATLAB orders them."""
    return b"".join(image[:, :, c].tobytes("F") for image in images for c in range(3))


FILES = {
    "stl10_binary/test_X.bin": as_published(IMAGES_TEST),
    "stl10_binary/test_y.bin": bytes((LABELS_TEST + 1).tolist()),
    "stl10_binary/train_X.bin": as_published(IMAGES),
    "stl10_binary/train_y.bin": bytes((LABELS + 1).tolist()),
    "stl10_binary/fold_indices.txt": b"0 1 2 3\n",
    "stl10_binary/class_names.txt": "\n".join(CLASS_NAMES).encode() + b"\n",
}
EXPECTED = Dataset("stl10", IMAGES, LABELS, IMAGES_TEST, LABELS_TEST, CLASS_NAMES)


def test_from_folder_and_archive(pack: Pack) -> None:
    path = pack(FILES)
    dataset = load_dataset(path)
    assert (dataset.name, dataset.sha256) == ("stl10", EXPECTED.sha256)
    assert load_dataset(path, image_size=32).image_shape == (32, 32, 3)


def test_images_without_labels_are_passed_over(tmp_path: Path) -> None:
    files = FILES | {"stl10_binary/unlabeled_X.bin": as_published(IMAGES)}
    dataset, said = load_and_hear(write_folder(tmp_path / "stl10", files))
    assert dataset.sha256 == EXPECTED.sha256
    assert "passed over: unlabeled_X.bin, images without labels" in said
    assert [omission.names for omission in dataset.passed_over] == [("unlabeled_X.bin",)]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("train_X.bin", FILES["stl10_binary/train_X.bin"][:-1], "cut off in image 3"),
        ("train_X.bin", b"", "0 bytes, expected images of 27648"),
        ("train_y.bin", b"\1\2\3", "train_y.bin: 3, expected 4 labels in 1 … 10"),
        ("test_y.bin", b"\1\2\0", "test_y.bin: label 0 at 2, expected 3 labels in 1 … 10"),
        ("test_y.bin", b"\1\2\x0b", "label 11 at 2"),
        ("class_names.txt", b"\xff\xfe", "not a list of class names in UTF-8"),
    ],
)
def test_refuses(tmp_path: Path, file: str, content: bytes, message: str) -> None:
    files = FILES | {f"stl10_binary/{file}": content}
    with pytest.raises(DataError, match=f"stl10.*{message}"):
        load_dataset(write_folder(tmp_path / "stl10", files))
