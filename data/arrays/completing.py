"""Every dataset has a training and a test part; where one is missing, it is taken from another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError
from data.keeping.frozen import frozen
from data.keeping.row_sets import taken


@dataclass(frozen=True)
class Part:
    """Images with their labels, and perhaps the images' own names."""

    images: NDArray[Any]
    labels: NDArray[np.int64]
    names: tuple[str, ...] | None = None

    def taken(self, rows: NDArray[np.int64]) -> Part:
        """Return some of the images."""
        names = None if self.names is None else tuple(self.names[row] for row in rows)
        return Part(taken(self.images, rows), self.labels[rows], names)

    def cut(self, n: int) -> tuple[Part, Part]:
        """Return the first `n` images, and the others."""
        first, others = slice(0, n), slice(n, None)
        names = (None, None) if self.names is None else (self.names[first], self.names[others])
        return (
            Part(self.images[first], self.labels[first], names[0]),
            Part(self.images[others], self.labels[others], names[1]),
        )


def with_test_part(
    parts: dict[str, Part], class_names: Sequence[str], seed: int
) -> tuple[dict[str, Part], str]:
    """Return parts of which one is for training and one for testing, and what is to be said of it.

    Without a test part, the validation part is the test part. A part alone is split: a fifth of
    each class is for testing, those images whose SHA-256 of `seed:number` is smallest, where
    images are numbered from 0. So the split is the same on every machine.

    Raises
    ------
    DataError
        If there is no training part beside others, or a class has one image, too few to split.
    """
    if "train" in parts and "test" in parts:
        return parts, ""
    if "train" in parts and "validation" in parts:
        moved = {"train": parts["train"], "test": parts["validation"]}
        return moved, "no test part is there, so the validation part is the test part"
    if len(parts) > 1:
        raise DataError(f"has no training part, only {' and '.join(parts)}")
    ((name, whole),) = parts.items()
    train, test = _split(whole.labels, class_names, seed)
    said = ""
    if name != "train":
        said = (
            f"only a {name} part is there, so it is split, and a fifth of each class is for testing"
        )
    # In one array, so that images that are larger than the memory need not be put together again.
    anew = whole.taken(np.concatenate([train, test]))
    frozen(anew.images)
    frozen(anew.labels)
    for_training, for_testing = anew.cut(len(train))
    return {"train": for_training, "test": for_testing}, said


def _split(
    labels: NDArray[np.int64], class_names: Sequence[str], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows for training and those for testing, each in order."""
    ranks = [hashlib.sha256(f"{seed}:{row}".encode()).digest() for row in range(len(labels))]
    is_test = np.zeros(len(labels), bool)
    for label in np.unique(labels).tolist():
        rows = np.flatnonzero(labels == label).tolist()
        if len(rows) < 2:
            raise DataError(f"class {class_names[label]!r} has one image, too few to split")
        is_test[sorted(rows, key=ranks.__getitem__)[: max(1, (len(rows) + 2) // 5)]] = True
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def fields_of(parts: dict[str, Part]) -> dict[str, Any]:
    """Return parts as the fields of a dataset."""
    fields: dict[str, Any] = {}
    for name, part in parts.items():
        fields |= {f"images_{name}": part.images, f"labels_{name}": part.labels}
        fields[f"names_{name}"] = part.names
    return fields
