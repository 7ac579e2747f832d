"""Classes and parts from paths alone."""

from __future__ import annotations

import hashlib
import random

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
        (["train/cat/1.png", "train/dog/1.png"], "holds 'train'; expected"),
        (["train/cat/1.png", "val/cat/1.png"], "holds 'train', 'val'; expected"),
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
