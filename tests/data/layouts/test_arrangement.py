"""Classes and parts from paths alone."""

from __future__ import annotations

import hashlib
import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import DataError
from data.layouts.arrangement import arrange

DIVIDED = ["train/cat/1.png", "train/dog/1.png", "test/cat/2.png", "test/dog/3.png"]
WHOLE = [f"{pet}/{i:03}.png" for pet in ("cat", "dog", "eel") for i in range(20)]


def test_train_and_test_are_taken_as_they_are() -> None:
    layout = arrange(DIVIDED, 0, "pets")
    assert layout.class_names == ("cat", "dog")
    assert layout.train == (("train/cat/1.png", 0), ("train/dog/1.png", 1))
    assert layout.test == (("test/cat/2.png", 0), ("test/dog/3.png", 1))


@pytest.mark.parametrize("wrapping", ["pets/", "home/me/pets/"])
@pytest.mark.parametrize("names", [DIVIDED, WHOLE])
def test_folders_around_it_are_looked_through(wrapping: str, names: list[str]) -> None:
    plain, wrapped = arrange(names, 3, "x"), arrange([wrapping + name for name in names], 3, "x")
    assert wrapped.train == tuple((wrapping + name, label) for name, label in plain.train)
    assert wrapped.test == tuple((wrapping + name, label) for name, label in plain.test)
    assert wrapped.class_names == plain.class_names


@given(st.permutations(WHOLE), st.integers(-5, 5))
def test_the_split_is_a_stratified_fifth(names: list[str], seed: int) -> None:
    layout = arrange(names, seed, "x")
    assert sorted([*layout.train, *layout.test]) == [
        (name, ["cat", "dog", "eel"].index(name[:3])) for name in WHOLE
    ]
    assert [label for _, label in layout.test] == [0] * 4 + [1] * 4 + [2] * 4
    assert list(layout.train) == sorted(layout.train)
    assert layout == arrange(WHOLE, seed, "x")


def test_the_split_is_the_documented_one() -> None:
    def rank(name: str) -> str:
        return hashlib.sha256(f"7:{name}".encode()).hexdigest()

    cats = sorted([name for name in WHOLE if name.startswith("cat")], key=rank)
    layout = arrange(WHOLE, 7, "x")
    assert sorted(cats[:4]) == [name for name, label in layout.test if label == 0]


@pytest.mark.parametrize("name", ["train", "test"])
@pytest.mark.parametrize("wrapping", ["", "vehicles/"])
def test_a_class_called_as_a_part(name: str, wrapping: str) -> None:
    names = [f"{wrapping}{c}/{i}.png" for c in ("bus", "car", name) for i in range(5)]
    layout = arrange(names, 0, "x")
    assert layout.class_names == ("bus", "car", name)
    assert (len(layout.train), len(layout.test)) == (12, 3)


def test_both_parts_can_be_classes_beside_others() -> None:
    names = [f"{c}/{i}.png" for c in ("exam", "test", "train") for i in range(5)]
    assert arrange(names, 0, "x").class_names == ("exam", "test", "train")


COMPOSED = [f"{pet}/{i}é.png" for pet in ("chaton", "chatôn", "chien") for i in range(10)]


def test_two_forms_of_a_name_are_one_name() -> None:
    """The same order, classes and split, whether "é" is written as one character or as two."""
    by_form = {form: [unicodedata.normalize(form, n) for n in COMPOSED] for form in ("NFC", "NFD")}
    composed, decomposed = (arrange(names, 0, "x") for names in by_form.values())
    assert composed.class_names == decomposed.class_names == ("chaton", "chatôn", "chien")
    back = dict(zip(by_form["NFD"], COMPOSED, strict=True))
    for part in ("train", "test"):
        in_nfd = getattr(decomposed, part)
        assert tuple((back[name], label) for name, label in in_nfd) == getattr(composed, part)


def test_a_class_in_both_forms_is_one_class() -> None:
    mixed = [unicodedata.normalize("NFD" if "1" in name else "NFC", name) for name in COMPOSED]
    assert arrange(mixed, 0, "x").class_names == ("chaton", "chatôn", "chien")
    twice = [*COMPOSED, unicodedata.normalize("NFD", COMPOSED[0])]
    with pytest.raises(DataError, match=r"chaton/0é\.png' is there more than once"):
        arrange(twice, 0, "x")


@pytest.mark.parametrize(
    ("names", "file", "expected"),
    [
        (WHOLE, "fox/1.heic", "fox"),
        (WHOLE, "README.txt", None),
        (WHOLE, "fox/deep/1.heic", "fox"),
        (DIVIDED, "train/fox/1.heic", "train/fox"),
        (DIVIDED, "train/notes.txt", None),
        (DIVIDED, "docs/fox/1.txt", None),
        ([f"pets/{name}" for name in WHOLE], "pets/fox/1.heic", "fox"),
        ([f"pets/{name}" for name in WHOLE], "other/fox/1.heic", None),
    ],
)
def test_where_a_class_would_be(names: list[str], file: str, expected: str | None) -> None:
    assert arrange(names, 0, "x").class_folder(file) == expected


def test_seeds_split_differently() -> None:
    assert len({arrange(WHOLE, seed, "x").test for seed in range(10)}) == 10


def test_the_smallest_classes_have_one_test_image() -> None:
    names = [f"{c}/{i}.png" for c, n in (("a", 2), ("b", 7), ("c", 8)) for i in range(n)]
    labels = [label for _, label in arrange(names, 0, "x").test]
    assert [labels.count(label) for label in range(3)] == [1, 1, 2]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "pets: no image in it; expected train/<class>/<image>"),
        (["1.png", "2.png"], "'1.png' is out of place"),
        ([*WHOLE, "cat/deeper/1.png"], "'cat/deeper/1.png' is out of place"),
        ([*WHOLE, "1.png"], "'1.png' is out of place"),
        (["train/cat/1.png", "train/dog/1.png"], "holds 'train', and .* not for classes; expected"),
        (["train/cat/1.png", "val/cat/1.png"], "holds 'train', 'val', and .*; expected"),
        (["train/1.png", "val/1.png"], "holds 'train', 'val', and .*; expected"),
        (["bus/1.png", "train/old/1.png"], "holds 'bus', 'train', and .* not for classes"),
        (["train/1.png", "test/1.png"], "no folder for each class; .* are the classes, rename"),
        (["train/1.png", "train/2.png"], "holds 'train', and"),
        ([*DIVIDED, "val/cat/1.png"], "holds 'test', 'train', 'val'"),
        ([*DIVIDED, "train/eel/1.png"], "in train or in test alone: 'eel'"),
        ([*DIVIDED, "test/eel/1.png"], "in train or in test alone: 'eel'"),
        ([*DIVIDED, "train/1.png"], "'train/1.png' is out of place"),
        (["train/cat/1.png", "test/cat/2.png"], "one class, 'cat'"),
        (["cat/1.png", "cat/2.png"], "one class, 'cat'|out of place"),
        ([*WHOLE, "fox/1.png"], "class 'fox' has one image"),
        ([*WHOLE, WHOLE[3]], "'cat/003.png' is there more than once"),
    ],
)
def test_refuses(names: list[str], message: str) -> None:
    shuffled = random.Random(0).sample(names, len(names))
    with pytest.raises(DataError, match=message):
        arrange(shuffled, 0, "pets")
