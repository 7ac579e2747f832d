"""CIFAR-10 and CIFAR-100 in their official layouts: python and binary, folder or archive."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.cifar_names import CIFAR_NAMES
from data.cifar_pickle import read_cifar_pickle
from data.dataset import Dataset
from data.errors import DataError
from data.members import members

MAX_FILE_BYTES = 1 << 28
N_VALUES = 3 * 32 * 32

Labels = Literal["fine", "coarse"]


@dataclass(frozen=True)
class CifarLayout:
    """Which files make up a copy, all in one folder of the source.

    `names` holds, for each kind of label, the file that lists its class names. In a binary record
    the labels stand in that order, one byte each, before the pixels.
    """

    dataset: str
    train: tuple[str, ...]
    test: str
    names: dict[Labels, str]
    pickled: bool
    folder: str = ""

    @property
    def batches(self) -> tuple[str, ...]:
        """The files with images."""
        return (*self.train, self.test)

    def at(self, file: str) -> str:
        """Return a file's path inside the source."""
        return f"{self.folder}/{file}" if self.folder else file


_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
_NAMES_TXT: dict[Labels, str] = {
    "coarse": "coarse_label_names.txt",
    "fine": "fine_label_names.txt",
}
LAYOUTS = (
    CifarLayout("cifar10", _BATCHES, "test_batch", {"fine": "batches.meta"}, True),
    CifarLayout(
        "cifar10",
        tuple(f"{batch}.bin" for batch in _BATCHES),
        "test_batch.bin",
        {"fine": "batches.meta.txt"},
        False,
    ),
    CifarLayout("cifar100", ("train",), "test", {"coarse": "meta", "fine": "meta"}, True),
    CifarLayout("cifar100", ("train.bin",), "test.bin", _NAMES_TXT, False),
)


def find_cifar(path: Path, names: list[str]) -> CifarLayout | None:
    """Return the layout that files of these names follow; None if there is no CIFAR among them."""
    folders: dict[str, set[str]] = defaultdict(set)
    for name in names:
        folder, _, file = name.rpartition("/")
        folders[folder].add(file)
    whole, partial = [], []
    for folder, files in sorted(folders.items()):
        for layout in LAYOUTS:
            missing = [file for file in layout.batches if file not in files]
            if not missing:
                whole.append(replace(layout, folder=folder))
            elif len(missing) < len(layout.batches) and len(layout.train) > 1:
                partial.append(f"{path}: {', '.join(missing)} missing beside other CIFAR batches")
    if len(whole) > 1:
        found = " and ".join(f"{w.dataset} in {w.folder or '.'!r}" for w in whole)
        raise DataError(f"{path}: holds {found}; name the folder of one of them")
    if partial and not whole:
        raise DataError(partial[0])
    return whole[0] if whole else None


@dataclass(frozen=True)
class _Batch:
    """One file's records: pixels (n, 3072), channel by channel, and labels (n,)."""

    where: str
    pixels: NDArray[np.uint8]
    labels: NDArray[np.integer[Any]]


def load_cifar(path: Path, layout: CifarLayout, labels: Labels) -> Dataset:
    """Return the images of a copy; `labels` says which of CIFAR-100's two kinds are meant."""
    if labels not in layout.names:
        raise DataError(f'{path}: labels="{labels}" is for CIFAR-100 alone')
    batches: dict[str, _Batch] = {}
    class_names = CIFAR_NAMES[layout.dataset, labels]
    for member in members(path):
        file = member.name.rpartition("/")[2]
        if member.name != layout.at(file):
            continue
        if file in layout.batches:
            content = member.read(MAX_FILE_BYTES)
            batches[file] = _batch(content, member.where, layout, labels)
        elif file == layout.names[labels]:
            content = member.read(MAX_FILE_BYTES)
            class_names = _class_names(content, member.where, layout, labels)
    missing = [file for file in layout.batches if file not in batches]
    if missing:
        raise DataError(f"{path}: changed while it was read; {', '.join(missing)} missing")
    for batch in batches.values():
        outside = np.flatnonzero((batch.labels < 0) | (batch.labels >= len(class_names)))
        if outside.size:
            raise DataError(
                f"{batch.where}: record {outside[0]}: label {batch.labels[outside[0]]}, "
                f"expected 0 … {len(class_names) - 1}"
            )
    train = [batches[file] for file in layout.train]
    _check_counts(train)
    images_train, labels_train = _joined(train)
    images_test, labels_test = _joined([batches[layout.test]])
    name = layout.dataset if labels == "fine" else f"{layout.dataset}-coarse"
    return Dataset.of_file(
        path, name, images_train, labels_train, images_test, labels_test, class_names
    )


def _batch(content: bytes, where: str, layout: CifarLayout, labels: Labels) -> _Batch:
    if layout.pickled:
        return _pickled_batch(content, where, _key(layout, labels, "labels"))
    n_labels = len(layout.names)
    n_bytes = n_labels + N_VALUES
    if not content or len(content) % n_bytes:
        raise DataError(
            f"{where}: {len(content)} bytes, expected records of {n_bytes}; cut off in record "
            f"{len(content) // n_bytes}; get it anew"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, n_bytes)
    return _Batch(where, records[:, n_labels:], records[:, list(layout.names).index(labels)])


def _pickled_batch(content: bytes, where: str, key: str) -> _Batch:
    found = read_cifar_pickle(content, where)
    for field in ("data", key):
        if field not in found:
            raise DataError(f"{where}: holds no {field!r}; get it anew")
    pixels, labels = found["data"], found[key]
    if not (isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8):
        raise DataError(f"{where}: 'data' must be an array of uint8")
    if pixels.ndim != 2 or pixels.shape[1] != N_VALUES or not len(pixels):
        raise DataError(f"{where}: 'data' must have shape (n, {N_VALUES}), got {pixels.shape}")
    if isinstance(labels, list) and all(type(label) is int for label in labels):
        labels = np.array([min(max(label, -1), 1 << 31) for label in labels], np.int64)
    if not (isinstance(labels, np.ndarray) and labels.ndim == 1):
        raise DataError(f"{where}: {key!r} must be a list of integers")
    if len(labels) != len(pixels):
        raise DataError(f"{where}: {len(pixels)} images but {len(labels)} labels; get it anew")
    return _Batch(where, pixels, labels)


def _class_names(
    content: bytes, where: str, layout: CifarLayout, labels: Labels
) -> tuple[str, ...]:
    if layout.pickled:
        key = _key(layout, labels, "label_names")
        names = read_cifar_pickle(content, where).get(key)
        if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            raise DataError(f"{where}: {key!r} must be a list of class names")
        return tuple(names)
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not a list of class names in UTF-8 ({error})") from error
    return tuple(line.strip() for line in lines if line.strip())


def _key(layout: CifarLayout, labels: Labels, what: str) -> str:
    return what if len(layout.names) == 1 else f"{labels}_{what}"


def _check_counts(batches: list[_Batch]) -> None:
    first = batches[0]
    for batch in batches[1:]:
        if len(batch.pixels) != len(first.pixels):
            raise DataError(
                f"{batch.where}: {len(batch.pixels)} records, but {first.where} has "
                f"{len(first.pixels)}; one of them is cut off"
            )


def _joined(batches: list[_Batch]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images (n, 32, 32, 3) and labels of batches one after the other."""
    images = np.empty((sum(len(batch.pixels) for batch in batches), 32, 32, 3), np.uint8)
    start = 0
    for batch in batches:
        planes = batch.pixels.reshape(-1, 3, 32, 32)
        images[start : start + len(planes)] = planes.transpose(0, 2, 3, 1)
        start += len(planes)
    return images, np.concatenate([batch.labels for batch in batches]).astype(np.int64)
