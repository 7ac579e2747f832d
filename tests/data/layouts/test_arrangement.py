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
from data.layouts.omissions import _above

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


NESTED = [
    f"{part}{kind}/{pet}/{i}.png"
    for part in ("train/", "val/", "test/")
    for kind, pet in (("pets", "cat"), ("pets", "dog"), ("farm", "cow"))
    for i in range(2)
]


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [("train", "valid", "test"), ("Training", "VALIDATION", "Testing"), ("TRAIN", "dev", "Test")],
)
def test_parts_have_many_names(train: str, validation: str, test: str) -> None:
    given = [*DIVIDED, "val/cat/9.png"]
    plain = arrange(given, 0, "x")
    assert plain.validation == (("val/cat/9.png", 0),)
    assert plain.images == (*plain.train, *plain.validation, *plain.test)
    assert plain.said == ()
    new = {"train": train, "val": validation, "test": test}
    renamed = {f"pets/{new[n.partition('/')[0]]}/{n.partition('/')[2]}": n for n in given}
    layout = arrange([*renamed], 0, "x")
    for part in ("train", "validation", "test"):
        found = tuple((renamed[name], label) for name, label in getattr(layout, part))
        assert found == getattr(plain, part)


def test_without_a_test_part_the_validation_part_is_it() -> None:
    layout = arrange([name.replace("test", "val") for name in DIVIDED], 0, "x")
    assert layout.test == (("val/cat/2.png", 0), ("val/dog/3.png", 1))
    assert layout.validation == ()
    assert "the validation part is the test part" in layout.said[0]


def test_images_for_testing_without_classes_are_left_out_beside_a_validation_part() -> None:
    names = [name.replace("test", "val") for name in DIVIDED]
    layout = arrange([*names, "test/1.png", "test/2.png"], 0, "x")
    assert layout.images == arrange(names, 0, "x").images
    assert set(layout.unlabelled) == {"test/1.png", "test/2.png"}
    assert "2 images for testing have no class" in " ".join(layout.said)


def test_parts_inside_the_classes() -> None:
    names = [f"{pet}/{part}/{i}.png" for pet in "ab" for part in ("train", "val") for i in "12"]
    layout = arrange(names, 0, "x")
    assert layout.class_names == ("a", "b")
    assert [name for name, _ in layout.test] == [f"{c}/val/{i}.png" for c in "ab" for i in "12"]


def test_folders_in_a_class_belong_to_it() -> None:
    deeper = ["train/cat/old/7.png", "train/cat/old/er/8.png"]
    layout = arrange([*DIVIDED, *deeper], 0, "x")
    assert layout.said == ()
    assert [n for n, label in layout.train if label == 0] == ["train/cat/1.png", *deeper]


@pytest.mark.parametrize("divided", [True, False])
def test_where_it_is_ambiguous_the_level_can_be_chosen(divided: bool) -> None:
    names = NESTED if divided else [n.removeprefix("train/") for n in NESTED if "train" in n]
    first = arrange(names, 0, "x")
    assert first.class_names == ("farm", "pets")
    (said,) = first.said
    assert "the classes are the outer folders ('farm', 'pets'), and the folders in them" in said
    assert "--class-from last" in said
    chosen = arrange(names, 0, "x", "first")
    assert (chosen.images, chosen.said) == (first.images, ())
    for level in (arrange(names, 0, "x", 2), arrange(names, 0, "x", "last")):
        assert level.class_names == ("cat", "cow", "dog")
        assert level.class_folder(names[0]) == names[0].rpartition("/")[0]
    with pytest.raises(DataError, match="lies 2 deep, and class_from=3 asks for folder 3"):
        arrange(names, 0, "x", 3)


def test_folders_of_one_name_in_each_class_are_not_ambiguous() -> None:
    layout = arrange([f"{pet}/images/{i}.png" for pet in ("a", "b") for i in range(5)], 0, "x")
    assert (layout.class_names, layout.said) == (("a", "b"), ())


def test_parts_of_another_name_are_not_taken_for_classes_in_silence() -> None:
    names = [f"{top}/{pet}/{i}.png" for top in ("a", "b") for pet in PETS for i in range(5)]
    layout = arrange(names, 0, "x")
    assert layout.class_names == ("a", "b")
    assert "the folders in them ('cat', 'dog') belong to them" in layout.said[0]


@pytest.mark.parametrize("of_what", ["_set", "set", " images", "-data"])
def test_parts_may_say_what_they_consist_of(of_what: str) -> None:
    parts = {f"training{of_what}": "train", f"test{of_what}": "test"}
    layout = arrange([f"{top}/{pet}/1.png" for top in parts for pet in PETS], 0, "x")
    assert (layout.class_names, layout.said) == (PETS, ())
    assert (len(layout.train), len(layout.test)) == (2, 2)


@pytest.mark.parametrize("around", ["testdata", "train_images", "training_set"])
def test_a_lone_folder_around_everything_is_no_part(around: str) -> None:
    assert arrange([f"{around}/{name}" for name in DIVIDED], 0, "x").train
    whole = arrange([f"{around}/{pet}/{i}.png" for pet in PETS for i in range(5)], 0, "x")
    assert (whole.class_names, len(whole.test)) == (PETS, 2)


PETS = ("cat", "dog")


def test_a_class_called_train_with_folders_in_it() -> None:
    names = [f"{c}/{i % 2}/{i}.png" for c in ("bus", "train") for i in range(5)]
    with pytest.raises(DataError, match='say class_from="first" if all of these are classes'):
        arrange(names, 0, "x")
    assert arrange(names, 0, "x", "first").class_names == ("bus", "train")


def test_images_keep_their_names_inside_the_outer_folders() -> None:
    layout = arrange([f"pets/{name}" for name in DIVIDED], 0, "x")
    assert [layout.keys[name] for name, _ in layout.images] == DIVIDED


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
        ([*WHOLE, "1.png"], "'1.png' is out of place"),
        (["train/cat/1.png", "train/dog/1.png"], "holds 'train', which is taken .*; expected"),
        (
            ["train/1.png", "val/1.png"],
            "in 'train', 'val' lie images, but no folder for each class",
        ),
        (["Test/cat/1.png", "VAL/cat/1.png"], "holds 'Test', 'VAL', which is taken"),
        (
            ["train/cat/1.png", "Train/cat/2.png"],
            "'Train', 'train' are all names of",
        ),
        ([*DIVIDED, "val/eel/1.png"], "in validation, but not in train: 'eel'"),
        ([*DIVIDED[:2], "test/1.png", "test/2.png"], "'test/1.png' and the other .* no labels"),
        (["bus/1.png", "train/old/1.png"], "holds 'bus', 'train', and .* not for classes"),
        (["train/1.png", "test/1.png"], "no folder for each class; .* are the classes, rename"),
        (["train/1.png", "train/2.png"], "in 'train' lie images, but no folder"),
        ([*DIVIDED, "docs/cat/1.png"], "holds 'docs', 'test', 'train', and 'test', 'train' are"),
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


def test_classes_inside_folders_that_have_parts_are_told() -> None:
    names = [
        f"fold{k}/{part}/{pet}/{i}.png"
        for k in (1, 2)
        for part in ("train", "test")
        for pet in ("cat", "dog")
        for i in range(3)
    ]
    (said,) = arrange(names, 0, "x").said
    assert "the folders in these ('cat', 'dog') belong to them; if these are the classes" in said


def test_a_class_that_lies_in_a_class_once_more_is_told() -> None:
    names = [f"{pet}/{i}.png" for pet in ("cat", "dog") for i in range(5)]
    (said,) = arrange([*names, *(f"pets/{name}" for name in names)], 0, "x").said
    assert said.startswith("'cat', 'dog' are classes and also the name of folders inside classes")


def test_folders_above_classes_are_found_fast() -> None:
    holds = _above([f"{i}/cat" for i in range(20_000)])
    assert holds("7")
    assert not holds("7/cat")
    assert not holds("cat")
