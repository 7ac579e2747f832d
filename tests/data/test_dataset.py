"""Dataset: what it refuses, what it hands out, and the bytes its hash is of."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from data import DataError, Dataset


def fields(**changes: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    given: dict[str, Any] = {
        "name": "few",
        "images_train": rng.integers(0, 256, (4, 5, 6, 3), np.uint8),
        "labels_train": np.array([0, 1, 2, 0]),
        "images_test": rng.integers(0, 256, (2, 5, 6, 3), np.uint8),
        "labels_test": np.array([1, 2]),
        "class_names": ("ant", "bee", "cow"),
    }
    return given | changes


def test_counts_and_shape() -> None:
    dataset = Dataset(**fields())
    assert (dataset.n_train, dataset.n_test, dataset.n_classes) == (4, 2, 3)
    assert dataset.image_shape == (5, 6, 3)


def test_hash_is_of_the_documented_bytes() -> None:
    given = fields(class_names=("ä", "b", "c"))
    expected = hashlib.sha256(
        b"[4, 5, 6, 3] |u1\n"
        + given["images_train"].tobytes()
        + b"[4] <i8\n"
        + given["labels_train"].astype("<i8").tobytes()
        + b"[2, 5, 6, 3] |u1\n"
        + given["images_test"].tobytes()
        + b"[2] <i8\n"
        + given["labels_test"].astype("<i8").tobytes()
        + '["ä", "b", "c"]'.encode()
    ).hexdigest()
    assert Dataset(**given).sha256 == expected


def test_hash_sees_content_alone() -> None:
    plain = Dataset(**fields())
    other = fields(name="other", class_names=["ant", "bee", "cow"])
    other["labels_train"] = other["labels_train"].astype(np.uint8)
    other["images_train"] = np.asfortranarray(other["images_train"])
    assert Dataset(**other).sha256 == plain.sha256
    changed = fields()
    changed["images_test"][1, 4, 5, 2] ^= 1
    assert Dataset(**changed).sha256 != plain.sha256
    assert Dataset(**fields(labels_test=np.array([2, 1]))).sha256 != plain.sha256
    assert Dataset(**fields(class_names=("ant", "bee", "dog"))).sha256 != plain.sha256


def test_is_read_only_and_leaves_the_given_arrays_alone() -> None:
    given = fields()
    dataset = Dataset(**given)
    with pytest.raises(ValueError, match="read-only"):
        dataset.images_train[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        dataset.labels_test[0] = 0
    with pytest.raises(AttributeError):
        dataset.name = "new"  # type: ignore[misc]
    assert given["images_train"].flags.writeable
    assert dataset.labels_train.dtype == np.int64
    assert np.shares_memory(dataset.images_train, given["images_train"])


IMAGES = fields()["images_train"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "name must be"),
        ({"name": "a\x1b[2J"}, "name must be"),
        ({"images_train": IMAGES.astype(float)}, r"images_train .* got float64 \(4, 5, 6, 3\)"),
        ({"images_train": IMAGES[..., :2]}, r"images_train .* got uint8 \(4, 5, 6, 2\)"),
        ({"images_train": IMAGES[0]}, "images_train must be"),
        ({"images_test": IMAGES[:0]}, r"images_test .* got uint8 \(0, 5, 6, 3\)"),
        ({"images_test": IMAGES.tolist()}, "images_test .* got list"),
        ({"images_test": IMAGES[:2, :4]}, "must be of one size"),
        ({"images_test": IMAGES[:2, ..., :1]}, "must be of one size"),
        ({"labels_train": np.array([0, 1, 2])}, r"labels_train must be .* \(4,\)"),
        ({"labels_train": np.zeros(4)}, "labels_train must be integers"),
        ({"labels_train": [0, 1, 2, 0]}, "labels_train must be .* got list"),
        ({"labels_test": np.array([0, 3])}, r"labels_test\[1\] must lie in 0 … 2, got 3"),
        ({"labels_test": np.array([-1, 0])}, r"labels_test\[0\] .* got -1"),
        ({"labels_test": np.array([2**64 - 1, 0], np.uint64)}, r"labels_test\[0\]"),
        ({"class_names": ("ant", "bee", "bee")}, "'bee' more than once"),
        ({"class_names": ("ant",)}, "two classes or more"),
        ({"class_names": ("ant", "", "cow")}, "printable, got ''"),
        ({"class_names": ("ant", "\udcff", "cow")}, "printable"),
        ({"class_names": "abc"}, "class_names must be a sequence of texts, got str"),
        ({"class_names": ("ant", 1, "cow")}, "class_names must be a sequence of texts"),
    ],
)
def test_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset(**fields(**changes))
