"""Which files are CIFAR's, told from their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from data import DataError, load_dataset
from data.archives.source import Source
from data.layouts.cifar.files import VARIANTS, CifarFiles, find_cifar
from tests.data.samples import CifarCopy, load_and_hear, png, python3_pickle, write_folder


def empty(folder: Path, names: list[str]) -> Source:
    return Source(write_folder(folder, dict.fromkeys(names, b"")))


@pytest.mark.parametrize("folder", ["", "deep/inside"])
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.dataset}-{v.test}")
def test_a_copy_is_found_with_or_without_its_class_names(
    tmp_path: Path, variant: CifarFiles, folder: str
) -> None:
    prefix = f"{folder}/" if folder else ""
    source = empty(tmp_path, [*(prefix + file for file in variant.batches), "readme.html"])
    found = find_cifar(source)
    assert found is not None
    assert (found.dataset, found.pickled, found.folder) == (
        variant.dataset,
        variant.pickled,
        folder,
    )
    assert found.at(found.test) == prefix + variant.test


def test_other_files_are_no_copy(tmp_path: Path) -> None:
    assert find_cifar(empty(tmp_path, ["train/a.png", "test/a.png", "train.csv"])) is None


def test_half_a_copy_says_what_is_missing(tmp_path: Path) -> None:
    source = empty(tmp_path, ["x/data_batch_1", "x/data_batch_2", "x/data_batch_4", "x/test_batch"])
    with pytest.raises(DataError, match="data_batch_3, data_batch_5 missing beside other CIFAR"):
        find_cifar(source)


def test_half_a_copy_beside_a_whole_one_does_no_harm(tmp_path: Path) -> None:
    source = empty(tmp_path, ["half/test_batch", "train.bin", "test.bin"])
    found = find_cifar(source)
    assert found is not None
    assert found.dataset == "cifar100"


def test_two_copies_are_one_too_many(tmp_path: Path) -> None:
    source = empty(tmp_path, ["a/train", "a/test", "b/train.bin", "b/test.bin"])
    with pytest.raises(DataError, match=r"holds cifar100 in 'a' and cifar100 in 'b'; name the"):
        find_cifar(source)


def test_lists_beside_images_are_no_batches(pack: Callable[[Mapping[str, bytes]], Path]) -> None:
    """Text files called `train` and `test`, which CIFAR-100's pickles are called, too."""
    images = {f"{pet}/{i}.png": png(np.zeros((2, 2), np.uint8)) for pet in "ab" for i in range(3)}
    lists = {"train": b"a/0.png\nb/0.png\n", "test": "کتاب".encode()}
    dataset, said = load_and_hear(pack(images | lists))
    assert dataset.class_names == ("a", "b")
    assert said.endswith("passed over: 2 files without the suffix of an image (test, train)")


def test_batches_beside_images_are_batches(tmp_path: Path) -> None:
    images = {f"{pet}/{i}.png": png(np.zeros((2, 2), np.uint8)) for pet in "ab" for i in range(3)}
    copy = CifarCopy(100)
    for protocol in (0, 1, 2, 4):
        files = copy.python(partial(python3_pickle, protocol=protocol), str)
        found = find_cifar(Source(write_folder(tmp_path / str(protocol), images | files)))
        assert found is not None
        assert found.dataset == "cifar100"


def test_lists_alone_are_called_what_they_are(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"train": b"cat\ndog\n", "test": b"cat\n"})
    with pytest.raises(DataError, match=r"x/test: not a CIFAR batch"):
        load_dataset(folder)
