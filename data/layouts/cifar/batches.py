"""A file of CIFAR becomes pixels and labels here, pickled or binary, and each record is checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError
from data.layouts.cifar.files import CifarFiles
from data.layouts.cifar.pickles import read_cifar_pickle
from data.options import Labels

N_VALUES = 3 * 32 * 32


@dataclass(frozen=True)
class Batch:
    """One file's records: pixels (n, 3072), channel by channel, and labels (n,).

    `names` are those that the images had as files; None if the file does not list them.
    """

    where: str
    pixels: NDArray[np.uint8]
    labels: NDArray[np.integer[Any]]
    names: tuple[str, ...] | None = None


def batch_of(content: bytes, where: str, files: CifarFiles, labels: Labels) -> Batch:
    """Return the records of one file, with the labels of one kind."""
    if files.pickled:
        return _pickled_batch(content, where, _key(files, labels, "labels"))
    n_labels = len(files.names)
    n_bytes = n_labels + N_VALUES
    if not content or len(content) % n_bytes:
        raise DataError(
            f"{where}: {len(content)} bytes, expected records of {n_bytes}; cut off in record "
            f"{len(content) // n_bytes}; get it anew"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, n_bytes)
    return Batch(where, records[:, n_labels:], records[:, list(files.names).index(labels)])


def _pickled_batch(content: bytes, where: str, key: str) -> Batch:
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
    names = found.get("filenames")
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        names = None
    elif len(names) != len(pixels):
        raise DataError(f"{where}: {len(pixels)} images but {len(names)} file names; get it anew")
    return Batch(where, pixels, labels, None if names is None else tuple(names))


def class_names_of(
    content: bytes, where: str, files: CifarFiles, labels: Labels
) -> tuple[str, ...]:
    """Return the class names that a file of a copy lists."""
    if files.pickled:
        key = _key(files, labels, "label_names")
        names = read_cifar_pickle(content, where).get(key)
        if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            raise DataError(f"{where}: {key!r} must be a list of class names")
        return tuple(names)
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not a list of class names in UTF-8 ({error})") from error
    return tuple(line.strip() for line in lines if line.strip())


def _key(files: CifarFiles, labels: Labels, what: str) -> str:
    return what if len(files.names) == 1 else f"{labels}_{what}"


def check_counts(batches: list[Batch]) -> None:
    """Raise unless all training files hold equally many records."""
    first = batches[0]
    for batch in batches[1:]:
        if len(batch.pixels) != len(first.pixels):
            raise DataError(
                f"{batch.where}: {len(batch.pixels)} records, but {first.where} has "
                f"{len(first.pixels)}; one of them is cut off"
            )


def joined_names(batches: list[Batch]) -> list[str] | None:
    """Return the names of the images of batches; None if a batch does not list them."""
    names: list[str] = []
    for batch in batches:
        if batch.names is None:
            return None
        names += batch.names
    return names
