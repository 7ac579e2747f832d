"""Resamples split all images anew, by class, in parts of the same sizes."""

from __future__ import annotations

import numpy as np
import pytest

from data import DataError, Dataset
from data.resampling import Resamples


def numbered(n_train: int, n_test: int, n_validation: int = 0, *, n_classes: int = 3) -> Dataset:
    """Return a dataset in which the first pixel of every image is its place in the pool."""
    n = n_train + n_validation + n_test
    images = np.zeros((n, 2, 2, 1), np.uint8)
    images[:, 0, 0, 0] = np.arange(n)
    labels, names = np.arange(n) % n_classes, tuple(map(str, range(n)))
    train, rest = slice(0, n_train), slice(n_train, n_train + n_validation)
    test = slice(n_train + n_validation, n)
    held = {
        "images_validation": images[rest],
        "labels_validation": labels[rest],
        "names_validation": names[rest],
    }
    return Dataset(
        "numbered",
        images[train],
        labels[train],
        images[test],
        labels[test],
        tuple("abc"[:n_classes]),
        names_train=names[train],
        names_test=names[test],
        **held if n_validation else {},  # type: ignore[arg-type]
    )


def places(images: np.ndarray) -> list[int]:
    return list(map(int, images[:, 0, 0, 0]))


@pytest.mark.parametrize("n_validation", [0, 15])
def test_each_resample_has_every_image_once_and_the_sizes_of_the_parts(n_validation: int) -> None:
    dataset = numbered(60, 30, n_validation)
    resamples = Resamples(dataset, n=4)
    assert len(resamples) == 4
    for number in range(4):
        drawn = resamples[number]
        sizes = drawn.n_train, drawn.n_test, drawn.n_validation
        assert sizes == (60, 30, n_validation)
        parts = [places(getattr(drawn, f"images_{part}")) for part in drawn.parts]
        assert sorted(place for of_part in parts for place in of_part) == list(
            range(90 + n_validation)
        )
        for part in drawn.parts:
            of_part = places(getattr(drawn, f"images_{part}"))
            assert of_part == sorted(of_part)
            assert getattr(drawn, f"labels_{part}").tolist() == [i % 3 for i in of_part]
            assert getattr(drawn, f"names_{part}") == tuple(map(str, of_part))
            counts = np.bincount(getattr(drawn, f"labels_{part}"))
            assert counts.max() - counts.min() <= 1
        assert resamples.tested[number].tolist() == places(drawn.images_test)
        assert resamples.labels_test[number].tolist() == drawn.labels_test.tolist()


def test_a_resample_depends_on_the_seed_and_its_number_alone() -> None:
    dataset = numbered(60, 30)
    few, many = Resamples(dataset, n=2), Resamples(dataset, n=5)
    np.testing.assert_array_equal(few.tested, many.tested[:2])
    assert few[1].sha256 == many[1].sha256
    assert len({many[i].sha256 for i in range(5)}) == 5
    assert not np.array_equal(few.tested, Resamples(dataset, n=2, seed=1).tested)


def test_a_repeat_tests_every_image_once() -> None:
    resamples = Resamples(numbered(60, 30), folds=5, repeats=2)
    assert len(resamples) == 10
    first, second = resamples.tested[:5], resamples.tested[5:]
    assert sorted(first.ravel()) == sorted(second.ravel()) == list(range(90))
    assert not np.array_equal(first, second)
    assert (resamples[7].n_train, resamples[7].n_test) == (72, 18)


def test_folds_are_of_one_size_and_what_is_left_over_is_learned_from() -> None:
    resamples = Resamples(numbered(60, 31), folds=4)
    assert resamples.tested.shape == (4, 22)
    assert len(np.unique(resamples.tested)) == 88
    assert {resamples[i].n_train for i in range(4)} == {69}


def test_what_cannot_be_split_is_refused_in_words() -> None:
    images, labels = np.zeros((9, 2, 2, 1), np.uint8), np.array([0] * 8 + [1])
    dataset = Dataset("odd", images, labels, images[:4], labels[:4], ("many", "one"))
    with pytest.raises(DataError, match=r"odd: class 'one' has 1 of all images.* needs 2 or more"):
        Resamples(dataset, n=2)
    with pytest.raises(DataError, match=r"class 'a' has 30.* cut into 31 folds .* needs 31"):
        Resamples(numbered(60, 30), folds=31)
    with pytest.raises(DataError, match="the test part of a resample has 2 images"):
        Resamples(numbered(60, 2), n=2)
    pool = np.array([0] * 60 + [1] * 60 + [2] * 2)[np.random.default_rng(0).permutation(122)]
    many = np.zeros((122, 2, 2, 1), np.uint8)
    rare = Dataset("rare", many[:5], pool[:5], many[5:], pool[5:], ("a", "b", "rare"))
    with pytest.raises(DataError, match="resample 0 would learn from no image of class 'rare'"):
        Resamples(rare, n=3)


def test_how_often_must_be_said_in_one_way() -> None:
    for given in ({}, {"n": 3, "folds": 3}, {"n": 1}, {"folds": 1}):
        with pytest.raises(ValueError, match=r"n or folds|2 resamples or more"):
            Resamples(numbered(60, 30), **given)
    with pytest.raises(IndexError):
        Resamples(numbered(60, 30), n=2)[2]
