"""SVHN's two files in a folder or an archive of one's own."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from data import DataError, DataWarning, Omission, load_dataset
from tests.data.samples import write_folder

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
    with pytest.warns(DataWarning, match=r"passed over: a/extra_32x32\.mat"):
        dataset = load_dataset(pack(files))
    assert dataset.passed_over == (Omission("files of further images", 1, ("a/extra_32x32.mat",)),)
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


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"X": np.zeros((32, 32, 3, 2)), "y": [1, 2]},
            r"X is double .*, expected uint8 \(32, 32, 3",
        ),
        (
            {"X": np.zeros((32, 32, 2), np.uint8), "y": [1, 2]},
            r"X is uint8 \(32, 32, 2\), expected",
        ),
        ({"X": np.zeros((32, 32, 3, 2), np.uint8), "y": [1] * 3}, r"y is .*, expected 2 numbers"),
        ({"X": np.zeros((32, 32, 3, 2), np.uint8), "y": "ab"}, r"y is char .*, expected 2 numbers"),
    ],
)
def test_arrays_of_another_form(
    arrays: Mapping[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are refused by what the file declares, before they are read."""
    file = io.BytesIO()
    scipy.io.savemat(file, arrays)
    monkeypatch.setattr(scipy.io, "loadmat", None)
    write_folder(tmp_path, dict.fromkeys(("train_32x32.mat", "test_32x32.mat"), file.getvalue()))
    with pytest.raises(DataError, match=rf"_32x32\.mat: not SVHN's 32×32 format \({message}"):
        load_dataset(tmp_path)


def test_what_unpacks_to_too_much_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    content = {"X": np.zeros((32, 32, 3, 99), np.uint8), "y": np.ones(99, np.uint8)}
    scipy.io.savemat(file, content, do_compression=True)
    files = {"train_32x32.mat": file.getvalue(), "test_32x32.mat": file.getvalue()}
    assert load_dataset(write_folder(tmp_path, files)).n_train == 99
    monkeypatch.setattr("data.layouts.svhn.ALWAYS_ALLOWED_BYTES", 1 << 10)
    with pytest.raises(DataError, match=r"_32x32\.mat: unpacks to more than 100 times its"):
        load_dataset(tmp_path)


def test_the_array_that_is_checked_is_the_one_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two arrays of one name, SciPy reads the first."""
    file = io.BytesIO()
    scipy.io.savemat(file, {"X": np.full((1, 9), "cell", object)})
    content = file.getvalue() + mat(2, 0)[128:]
    monkeypatch.setattr(scipy.io, "loadmat", None)
    write_folder(tmp_path, dict.fromkeys(("train_32x32.mat", "test_32x32.mat"), content))
    with pytest.raises(DataError, match=r"_32x32\.mat: .*\(2 arrays are called X, expected one"):
        load_dataset(tmp_path)
