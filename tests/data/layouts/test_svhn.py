"""SVHN's two files in a folder or an archive of one's own."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from data import DataError, load_dataset

Pack = Callable[[Mapping[str, bytes]], Path]


def mat(n: int, first: int) -> bytes:
    images = np.full((32, 32, 3, n), first, np.uint8)
    labels = (np.arange(n) + first)[:, None] % 10 + 1
    file = io.BytesIO()
    scipy.io.savemat(file, {"X": images, "y": labels.astype(np.uint8)})
    return file.getvalue()


def test_both_files_are_found_beside_others(pack: Pack) -> None:
    files = {
        "a/test_32x32.mat": mat(3, 7),
        "a/extra_32x32.mat": b"",
        "a/train_32x32.mat": mat(5, 0),
    }
    dataset = load_dataset(pack(files))
    assert (dataset.name, dataset.n_train, dataset.n_test) == ("svhn", 5, 3)
    assert dataset.labels_train.tolist() == [1, 2, 3, 4, 5]
    assert dataset.labels_test.tolist() == [8, 9, 0]
    assert (dataset.images_test == 7).all()


def test_one_file_alone_is_not_svhn(pack: Pack) -> None:
    with pytest.raises(DataError, match=r"SVHN: train_32x32\.mat and test_32x32\.mat"):
        load_dataset(pack({"train_32x32.mat": mat(2, 0)}))


def test_a_damaged_file_is_named(pack: Pack) -> None:
    files = {"train_32x32.mat": mat(2, 0), "test_32x32.mat": mat(2, 0)[:500]}
    with pytest.raises(DataError, match=r"test_32x32\.mat.*: not SVHN's 32×32 format"):
        load_dataset(pack(files))
