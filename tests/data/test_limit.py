from __future__ import annotations

import numpy as np
import pytest

from data import Dataset
from data.limit import limited


def dataset_of(counts: list[int]) -> Dataset:
    labels = np.repeat(np.arange(len(counts)), counts)
    images = np.arange(labels.size, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, 2, 2, 3), np.uint8
    )
    names = tuple(f"{i}.png" for i in range(labels.size))
    classes = tuple("abcd"[: len(counts)])
    return Dataset("some", images, labels, images, labels, classes, names_test=names)


def test_classes_keep_their_shares_and_none_is_lost() -> None:
    quick = limited(dataset_of([100, 60, 40, 1]), 20)
    assert quick.n_train == quick.n_test == 20
    assert np.bincount(quick.labels_train).tolist() == [9, 6, 4, 1]


def test_an_image_keeps_its_label_its_name_and_its_place() -> None:
    whole = dataset_of([30, 20])
    quick = limited(whole, 10)
    chosen = quick.images_test[:, 0, 0, 0].astype(int)
    assert (np.diff(chosen) > 0).all()
    assert quick.labels_test.tolist() == whole.labels_test[chosen].tolist()
    assert quick.names_test == tuple(f"{i}.png" for i in chosen)


def test_a_limited_dataset_is_within_the_limit() -> None:
    whole = dataset_of([30, 20])
    quick = limited(whole, 10)
    assert limited(quick, 10) is quick
    assert limited(whole, 50) is whole
    assert limited(whole, 10).sha256 == quick.sha256 != limited(whole, 10, seed=1).sha256
    with pytest.raises(ValueError, match="at least 1, got 0"):
        limited(whole, 0)
