"""Dataset: what it refuses, what it hands out, and the bytes its hash is of."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from pathlib import Path
from pickle import dumps, loads
from time import process_time
from typing import Any

import numpy as np
import pytest

from data import DataError, Dataset, Omission
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


def as_it_is(array: Any) -> Any:
    return array


def of_another_kind(array: Any) -> Any:
    """Return what has to be copied: labels of another type, images whose rows lie apart."""
    return array.view(np.ndarray)[...] if array.ndim == 1 else array.transpose(0, 2, 1, 3)


ARRAYS = ("images_train", "labels_train", "images_test", "labels_test")


@pytest.mark.parametrize("edited", ARRAYS)
@pytest.mark.parametrize("seen_as", [as_it_is, by_another_name, of_another_kind])
def test_the_hash_is_of_the_arrays_as_they_are_now(seen_as: Any, edited: str) -> None:
    given = fields(labels_train=np.array([0, 1, 2, 0], np.int32))

    def made() -> Dataset:
        return Dataset(**given | {field: seen_as(given[field]) for field in ARRAYS})

    dataset = made()
    settled = dataset.settled()
    before = dataset.sha256
    assert settled.sha256 == before
    given[edited][...] = 1
    assert dataset.sha256 == made().sha256 != before
    assert np.array_equal(getattr(dataset, edited), getattr(made(), edited))
    assert dataset.settled().sha256 == dataset.sha256
    assert settled.sha256 == before == Dataset(*_content(settled)).sha256


def _content(dataset: Dataset) -> list[Any]:
    return [getattr(dataset, name) for name in ("name", *ARRAYS, "class_names")]


def test_a_mapped_file_is_taken_for_what_others_can_edit(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", fields()["images_train"])
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    dataset = Dataset(**fields(images_train=mapped))
    before, settled = dataset.sha256, dataset.settled()
    np.load(tmp_path / "x.npy", mmap_mode="r+")[...] = 0
    assert dataset.sha256 != before
    assert settled.sha256 == before == Dataset(**fields()).sha256


def test_labels_edited_to_no_class_are_refused_when_they_are_settled() -> None:
    given = fields()
    dataset = Dataset(**given)
    given["labels_train"][2] = 7
    with pytest.raises(DataError, match=r"labels_train\[2\] must lie in 0 … 2, got 7"):
        dataset.settled()


def test_duplicates_are_those_of_now() -> None:
    given = fields()
    dataset = Dataset(**given)
    assert dataset.duplicates.n_test_in_train == 0
    given["images_test"][0] = given["images_train"][3]
    assert dataset.duplicates.n_test_in_train == 1


def test_a_shallow_copy_has_the_same_arrays() -> None:
    given = fields()
    again = copy.copy(Dataset(**given))
    given["images_train"][...] = 0
    assert again.sha256 == Dataset(**given).sha256


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda d: loads(dumps(d)), Dataset.settled])
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


def test_nothing_is_copied_without_need() -> None:
    given = fields()
    dataset = Dataset(**given)
    for field in ARRAYS:
        assert np.shares_memory(getattr(dataset, field), given[field])
    given["images_train"].flags.writeable = False
    of_bytes = np.frombuffer(given["images_test"].tobytes(), np.uint8).reshape(2, 5, 6, 3)
    settled = Dataset(**given | {"images_test": of_bytes}).settled()
    assert np.shares_memory(settled.images_train, given["images_train"])
    assert np.shares_memory(settled.images_test, of_bytes)
    assert not np.shares_memory(settled.labels_train, given["labels_train"])
    assert settled.settled() is settled
    renamed = replace(settled, name="other")
    assert renamed.settled() is renamed
    assert np.shares_memory(renamed.labels_train, settled.labels_train)


def test_a_file_is_not_held_twice() -> None:
    whole = np.zeros((6, 5, 6, 3), np.uint8)
    labels = np.array([0, 1, 0, 1, 0, 1])
    parts = whole[:4], labels[:4], whole[4:], labels[4:]
    dataset = Dataset.of_file(Path("x"), "few", *parts, ("a", "b"))
    assert dataset.settled() is dataset
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


def test_many_names_twice_are_found_in_one_pass() -> None:
    began = process_time()
    with pytest.raises(DataError, match="class_names must differ, got 'ant' more than once"):
        Dataset(**fields(class_names=["cat", "bee", "ant"] * 10_000))
    assert process_time() - began < 3


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


def with_validation(**changes: Any) -> dict[str, Any]:
    images = np.random.default_rng(1).integers(0, 256, (3, 5, 6, 3), np.uint8)
    more = {"images_validation": images, "labels_validation": np.array([2, 1, 0])}
    return fields(**more | changes)


def test_a_validation_part_is_in_the_hash_where_there_is_one() -> None:
    dataset = Dataset(**with_validation())
    assert (dataset.parts, dataset.n_validation) == (("train", "test", "validation"), 3)
    assert repr(dataset) == "<Dataset 'few': 4 train, 2 test, 3 validation; 5×6×3; 3 classes>"
    plain = Dataset(**fields())
    assert (plain.parts, plain.n_validation, plain.labels_validation) == (
        ("train", "test"),
        0,
        None,
    )
    changed = Dataset(**with_validation(labels_validation=np.array([2, 1, 1])))
    assert len({dataset.sha256, plain.sha256, changed.sha256}) == 3
    assert dataset.images_validation is not None
    assert not dataset.images_validation.flags.writeable


def test_validation_images_that_are_elsewhere_too_are_counted() -> None:
    given = fields()
    images = np.stack([given["images_train"][0], *given["images_test"][[1, 1]]])
    found = Dataset(**with_validation(images_validation=images)).duplicates
    assert found == Duplicates(0, 0, 0, 0, 1, 1, 1)


def test_images_keep_their_names() -> None:
    names = ["ant/1.png", "bee/é\n2.png", "cow/\u202e3", "4"]
    dataset = Dataset(**with_validation(names_train=names, names_validation=("a", "b", "c")))
    assert dataset.names_train == ("ant/1.png", r"bee/é\u000a2.png", r"cow/\u202e3", "4")
    assert (dataset.names_test, dataset.names_validation) == (None, ("a", "b", "c"))
    assert dataset.sha256 == Dataset(**with_validation()).sha256
    for again in (dataset.settled(), copy.copy(dataset), loads(dumps(dataset))):
        assert again.names_train == dataset.names_train
        assert again.sha256 == dataset.sha256


def test_an_edited_validation_part_is_followed_until_it_is_settled() -> None:
    given = with_validation()
    dataset = Dataset(**given)
    settled = dataset.settled()
    before = dataset.sha256
    given["labels_validation"][0] = 0
    assert dataset.sha256 != before == settled.sha256


def test_what_was_passed_over_stays_with_it() -> None:
    omission = Omission("dead links", 30, ("a", "b"), "nothing there")
    dataset = Dataset(**fields(passed_over=[omission]))
    assert dataset.settled().passed_over == (omission,)
    assert str(omission) == "dead links: 30 (a, b and 28 more; the first: nothing there)"


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
        (
            {"class_names": ("ant", "b" * 1001, "cow")},
            "class_names must be of at most 1,000 characters, got 1,001 that begin with 'bb",
        ),
        ({"name": "n" * 10**6}, "^name must be .* got 1,000,000 that begin with 'n{80}'; shorten"),
        ({"class_names": ("a" * 10**6,)}, "two classes or more, got .{200}$"),
        ({"class_names": "abc"}, "class_names must be a sequence of texts, got str"),
        ({"class_names": ("ant", 1, "cow")}, "class_names must be a sequence of texts"),
        ({"images_validation": IMAGES}, r"labels_validation must be .* \(4,\)"),
        ({"labels_validation": np.array([0])}, "images_validation is not"),
        ({"names_validation": ("a",)}, "images_validation is not"),
        ({"names_test": ("a",)}, "names_test must be 2 texts, .* got 1 of them"),
        ({"names_test": "ab"}, "names_test must be 2 texts, .* got str"),
        ({"names_train": ("a", "b", "c", 4)}, "names_train must be 4 texts"),
        ({"passed_over": ("a",)}, "passed_over must be a sequence of Omission"),
    ],
)
def test_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset(**fields(**changes))
