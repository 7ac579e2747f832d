"""Dataset: what it refuses, what it hands out, and the bytes its hash is of."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from pathlib import Path
from pickle import dumps, loads
from typing import Any

import numpy as np
import pytest

from data import DataError, Dataset
from data.duplicates import Duplicates


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


def by_another_name(array: Any) -> Any:
    """Return a read-only view of an array that can still be written to."""
    view = array[:]
    view.flags.writeable = False
    return view


@pytest.mark.parametrize("seen_as", [lambda array: array, by_another_name])
def test_arrays_that_are_edited_afterwards_change_nothing(seen_as: Any) -> None:
    given = fields()
    dataset = Dataset(**{k: seen_as(v) if k[:3] in ("ima", "lab") else v for k, v in given.items()})
    expected = Dataset(**fields()).sha256
    for field in ("images_train", "labels_train", "images_test", "labels_test"):
        given[field][...] = 0
    assert dataset.sha256 == expected
    assert dataset.images_train.any()
    assert dataset.labels_test.any()


def test_a_mapped_file_that_is_written_anew_changes_nothing(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", fields()["images_train"])
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    dataset = Dataset(**fields(images_train=mapped))
    np.load(tmp_path / "x.npy", mmap_mode="r+")[...] = 0
    assert dataset.sha256 == Dataset(**fields()).sha256


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda d: loads(dumps(d))])
def test_copies_are_read_only_and_have_a_hash_of_their_own(copied: Any) -> None:
    dataset = Dataset(**fields())
    assert dataset.sha256
    again = copied(dataset)
    assert again.sha256 == dataset.sha256
    assert again.class_names == dataset.class_names
    for field in ("images_train", "labels_train", "images_test", "labels_test"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(again, field)[0] = 1
        with pytest.raises(ValueError, match="WRITEABLE"):
            getattr(again, field).flags.writeable = True


def test_what_nobody_can_write_to_is_not_copied() -> None:
    given = fields()
    given["images_train"].flags.writeable = False
    of_bytes = np.frombuffer(given["images_test"].tobytes(), np.uint8).reshape(2, 5, 6, 3)
    dataset = Dataset(**given | {"images_test": of_bytes})
    assert np.shares_memory(dataset.images_train, given["images_train"])
    assert np.shares_memory(dataset.images_test, of_bytes)
    assert not np.shares_memory(dataset.labels_train, given["labels_train"])
    renamed = replace(dataset, name="other")
    assert np.shares_memory(renamed.images_train, dataset.images_train)
    assert np.shares_memory(renamed.labels_train, dataset.labels_train)


def test_a_file_is_not_held_twice() -> None:
    whole = np.zeros((6, 5, 6, 3), np.uint8)
    labels = np.array([0, 1, 0, 1, 0, 1])
    parts = whole[:4], labels[:4], whole[4:], labels[4:]
    dataset = Dataset.of_file(Path("x"), "few", *parts, ("a", "b"))
    assert np.shares_memory(dataset.images_train, whole)
    assert np.shares_memory(dataset.labels_test, labels)
    with pytest.raises(ValueError, match="read-only"):
        whole[0] = 1


@pytest.mark.parametrize(
    "name",
    [
        "کتاب\u200cها",
        "क्\u200dष",
        "黒\u3000猫",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "chat\u00a0noir",
        "ភាសា\u200bខ្មែរ",
        "e\u0301",
        "\U000323af",
    ],
)
def test_names_in_every_script(name: str) -> None:
    dataset = Dataset(**fields(name=name, class_names=(name, "bee", "cow")))
    assert (dataset.name, dataset.class_names[0]) == (name, name)


@pytest.mark.parametrize(
    "char", ["\0", "\n", "\x7f", "\x9b", "\u200f", "\u202e", "\u2066", "\u2028", "\ufeff", "\udc80"]
)
def test_characters_that_disturb_are_named(char: str) -> None:
    with pytest.raises(DataError, match=rf"which holds U\+{ord(char):04X}; rename it"):
        Dataset(**fields(class_names=("ant", f"b{char}ee", "cow")))


@pytest.mark.parametrize("name", [" ", "\u3000", "\u200d", "\u00a0\u200b"])
def test_names_that_nobody_sees_are_refused(name: str) -> None:
    with pytest.raises(DataError, match="class_names must be printable"):
        Dataset(**fields(class_names=("ant", name, "cow")))


def test_duplicates_are_counted_to_the_pixel() -> None:
    train = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1).repeat(3, axis=3)
    train[4] = train[5] = train[0]
    test = np.stack([train[0], train[1], train[0] + 9, train[0] + 9])
    given = fields(
        images_train=train,
        labels_train=np.array([0, 1, 2, 0, 1, 0]),
        images_test=test,
        labels_test=np.array([1, 0, 2, 2]),
    )
    assert Dataset(**given).duplicates == Duplicates(2, 1, 2, 1)
    assert Dataset(**fields()).duplicates == Duplicates(0, 0, 0, 0)


def test_near_duplicates_are_none() -> None:
    given = fields()
    given["images_test"] = given["images_train"][:2].copy()
    given["images_test"][0, 0, 0, 0] ^= 1
    assert Dataset(**given).duplicates.n_test_in_train == 1


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
