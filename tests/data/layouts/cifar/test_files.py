"""Which files are CIFAR's, told from their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import DataError
from data.archives.source import Source
from data.layouts.cifar.files import VARIANTS, CifarFiles, find_cifar
from tests.data.samples import write_folder


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
