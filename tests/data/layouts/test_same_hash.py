"""The same images have the same hash, whatever kind of archive they came in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from data import load_dataset
from tests.data.layouts.arrays.test_reading import KERAS, MEDMNIST, as_files, npz
from tests.data.layouts.cifar.test_second_test import files as second_test
from tests.data.layouts.idx.test_reading import mnist, packed
from tests.data.layouts.parquet.test_reading import SHARDS
from tests.data.layouts.published.test_stl10 import FILES as STL10
from tests.data.samples import CifarCopy, tar_bytes, write_folder, zip_bytes

FIXTURES: dict[str, Mapping[str, bytes]] = {
    "idx": mnist("MNIST/raw/"),
    "idx packed": packed(mnist()),
    "EMNIST": packed(mnist("gzip/emnist-digits-", "test")),
    "npz of Keras": {"sets/mnist.npz": npz(KERAS)},
    "npz of MedMNIST": {"pathmnist.npz": npz(MEDMNIST)},
    "npy": as_files(KERAS),
    "Parquet": {name: content for name, content in SHARDS.items() if "data/" in name},
    "STL-10": STL10,
    "CIFAR-10.1": second_test() | CifarCopy(10).binary(),
}
MODES = {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}


@pytest.mark.parametrize("layout", FIXTURES)
def test_in_folder_and_every_archive(layout: str, tmp_path: Path) -> None:
    files = FIXTURES[layout]
    sha256 = load_dataset(write_folder(tmp_path / "pets", files)).sha256
    backwards = dict(reversed([*files.items()]))
    for kind, mode in MODES.items():
        (tmp_path / f"pets.{kind}").write_bytes(tar_bytes(backwards, mode))
    (tmp_path / "pets.zip").write_bytes(zip_bytes(backwards))
    for kind in (*MODES, "zip"):
        assert load_dataset(tmp_path / f"pets.{kind}").sha256 == sha256, kind
