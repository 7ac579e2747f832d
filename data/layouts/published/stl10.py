"""STL-10 is published as bytes, column by column, with labels from 1 and a part without labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.archives.source import Source
from data.arrays.pixels import to_size
from data.dataset import Dataset
from data.errors import DataError
from data.options import LoadOptions
from data.telling.omission import Omission
from data.telling.said import say

SIDE_PX = 96
CLASS_NAMES = (
    "airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck",
)  # fmt: skip
MAX_FILE_BYTES = 1 << 30
_MAX_NAMES_BYTES = 1 << 16
_FILES = {
    ("images", "train"): "train_X.bin",
    ("labels", "train"): "train_y.bin",
    ("images", "test"): "test_X.bin",
    ("labels", "test"): "test_y.bin",
}
_NAMES, _UNLABELLED = "class_names.txt", "unlabeled_X.bin"


@dataclass(frozen=True)
class Stl10Files:
    """The folder inside a source that holds the files, and whether unlabelled images are there."""

    folder: str
    unlabelled: bool

    def at(self, file: str) -> str:
        """Return a file's path inside the source."""
        return f"{self.folder}/{file}" if self.folder else file


def find_stl10(source: Source) -> Stl10Files | None:
    """Return where the files of STL-10 are; None if a source does not have all of them."""
    names = set(source.names)
    for name in source.names:
        folder, _, file = name.rpartition("/")
        if file == _FILES["images", "train"]:
            found = Stl10Files(folder, False)
            if all(found.at(each) in names for each in _FILES.values()):
                return Stl10Files(folder, found.at(_UNLABELLED) in names)
    return None


def load_stl10(source: Source, files: Stl10Files, options: LoadOptions) -> Dataset:
    """Return the labelled images; those without labels are passed over, and a warning says so."""
    wanted = {files.at(file): key for key, file in _FILES.items()}
    arrays: dict[tuple[str, str], NDArray[np.uint8]] = {}
    names: tuple[str, ...] = CLASS_NAMES
    for member in source.members():
        if member.name == files.at(_NAMES):
            content = member.read(_MAX_NAMES_BYTES)
            names = _names(content, member.where)
        elif member.name in wanted:
            content = member.read(MAX_FILE_BYTES)
            array = np.frombuffer(content, np.uint8)
            key = wanted[member.name]
            arrays[key] = _images(array, member.where) if key[0] == "images" else array
    if len(arrays) < len(wanted):
        raise DataError(f"{source.path}: changed while it was read; read it again")
    fields: dict[str, NDArray[Any]] = {}
    for part in ("train", "test"):
        images, labels = arrays["images", part], arrays["labels", part]
        outside = np.flatnonzero((labels < 1) | (labels > len(names)))
        if outside.size or len(labels) != len(images):
            found = f"label {labels[outside[0]]} at {outside[0]}" if outside.size else len(labels)
            raise DataError(
                f"{source.path}: {_FILES['labels', part]}: {found}, expected {len(images)} labels "
                f"in 1 … {len(names)}; fetch it anew"
            )
        fields[f"images_{part}"] = to_size(images, options.image_size, options.fit)
        fields[f"labels_{part}"] = labels.astype(np.int64) - 1
    passed: tuple[Omission, ...] = ()
    if files.unlabelled:
        passed = (Omission("files of images without labels", 1, (_UNLABELLED,)),)
        say(f"{source.path}: passed over: {_UNLABELLED}, images without labels")
    return Dataset.of_file(
        source.path, name="stl10", class_names=names, passed_over=passed, **fields
    )


def _images(content: NDArray[np.uint8], where: str) -> NDArray[np.uint8]:
    """Return images (n, 96, 96, 3) of bytes that run down the columns, channel by channel."""
    n_bytes = 3 * SIDE_PX * SIDE_PX
    if not content.size or content.size % n_bytes:
        raise DataError(
            f"{where}: {content.size} bytes, expected images of {n_bytes}; cut off in image "
            f"{content.size // n_bytes}; fetch it anew"
        )
    columns = content.reshape(-1, 3, SIDE_PX, SIDE_PX)
    return np.ascontiguousarray(columns.transpose(0, 3, 2, 1))


def _names(content: bytes, where: str) -> tuple[str, ...]:
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not a list of class names in UTF-8 ({error})") from error
    return tuple(line.strip() for line in lines if line.strip())
