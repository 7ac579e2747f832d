"""CIFAR-10.1 is a second test part for CIFAR-10: two arrays, and nothing to train on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.archives.source import Source
from data.arrays.completing import Part, fields_of, with_test_part
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.arrays.npy import read_npy
from data.layouts.cifar.class_names import CIFAR_NAMES
from data.layouts.cifar.files import CifarFiles, find_cifar
from data.layouts.cifar.reading import load_cifar
from data.options import LoadOptions
from data.telling.said import say

NAME = "cifar10.1"
CLASS_NAMES = CIFAR_NAMES["cifar10", "fine"]
_FILE = re.compile(r"cifar10\.1_(v\d+)_(data|labels)\.npy")
_ALONE = (
    "CIFAR-10.1 alone, which has test images only; it is split, and a fifth of each class is for "
    "testing; to train on CIFAR-10 and test on it, put CIFAR-10's files beside it, or take the "
    "name cifar10.1"
)


@dataclass(frozen=True)
class SecondTest:
    """The two files of CIFAR-10.1, of one version, and those of CIFAR-10 if they are there."""

    images: str
    labels: str
    version: str
    versions: tuple[str, ...]
    cifar10: CifarFiles | None


def find_second_test(source: Source) -> SecondTest | None:
    """Return the files of CIFAR-10.1 in a source, the latest version; None if there are none."""
    versions: dict[tuple[str, str], dict[str, str]] = {}
    for name in source.names:
        folder, _, file = name.rpartition("/")
        if fit := _FILE.fullmatch(file):
            versions.setdefault((folder, fit[1]), {})[fit[2]] = name
    whole = {key: pair for key, pair in versions.items() if len(pair) == 2}
    if not whole:
        return None
    key = max(whole, key=lambda key: int(key[1][1:]))
    found = find_cifar(source)
    return SecondTest(
        whole[key]["data"],
        whole[key]["labels"],
        key[1],
        tuple(sorted({version for _, version in whole})),
        found if found is not None and found.dataset == "cifar10" else None,
    )


def load_second_test(source: Source, files: SecondTest, options: LoadOptions) -> Dataset:
    """Return CIFAR-10's training images with CIFAR-10.1 to test on, or CIFAR-10.1 split."""
    second = _read(source, files)
    if len(files.versions) > 1:
        say(f"{source.path}: holds {' and '.join(files.versions)}; {files.version} is taken")
    if files.cifar10 is None:
        say(f"{source.path}: {_ALONE}")
        parts, _ = with_test_part({"test": second}, CLASS_NAMES, options.seed)
        return Dataset.of_file(source.path, name=NAME, class_names=CLASS_NAMES, **fields_of(parts))
    return _joined(load_cifar(source, files.cifar10, options), second, source.path)


def beside(first: Dataset, source: Source, files: SecondTest | None) -> Dataset:
    """Return the training images of CIFAR-10, which are loaded, with CIFAR-10.1 to test on."""
    if files is None:
        raise DataError(f"{source.path}: holds no CIFAR-10.1")
    return _joined(first, _read(source, files), source.path)


def _joined(first: Dataset, second: Part, path: Path) -> Dataset:
    fields = fields_of({"train": Part(first.images_train, first.labels_train), "test": second})
    return Dataset.of_file(path, name=NAME, class_names=first.class_names, **fields)


def _read(source: Source, files: SecondTest) -> Part:
    """Return the images of CIFAR-10.1 with their labels."""
    wanted = files.images, files.labels
    found = {member.name: read_npy(member) for member in source.members() if member.name in wanted}
    if len(found) < len(wanted):
        raise DataError(f"{source.path}: changed while it was read; read it again")
    images, labels = found[files.images], found[files.labels]
    _check(images, labels, f"{source.path}: {files.images}")
    return Part(images, labels.astype(np.int64))


def _check(images: NDArray[np.generic], labels: NDArray[np.generic], where: str) -> None:
    if images.dtype != np.uint8 or images.shape[1:] != (32, 32, 3):
        found = f"{images.dtype} {images.shape}"
        raise DataError(f"{where}: expected uint8 (n, 32, 32, 3), got {found}; fetch it anew")
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        found = f"{labels.dtype} {labels.shape}"
        raise DataError(
            f"{where}: {len(images)} images, but labels of {found}; fetch the labels anew"
        )
