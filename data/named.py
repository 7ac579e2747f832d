"""Public datasets by name."""

from __future__ import annotations

from dataclasses import dataclass

from data.cifar import Labels, find_cifar, load_cifar
from data.dataset import Dataset
from data.downloads import RemoteFile, downloads_folder, fetched
from data.errors import DataError
from data.members import members
from data.svhn import load_svhn

_CIFAR_URL = "https://www.cs.toronto.edu/~kriz/"
_SVHN_URL = "http://ufldl.stanford.edu/housenumbers/"
_CIFAR_LICENCE = "not stated; cite Krizhevsky (2009), Learning Multiple Layers of Features"


@dataclass(frozen=True)
class NamedDataset:
    """What is known of a public dataset; `instead` serves as well where a user has put it."""

    description: str
    licence: str
    files: tuple[RemoteFile, ...]
    instead: tuple[RemoteFile, ...] = ()

    @property
    def n_bytes(self) -> int:
        """What a download takes."""
        return sum(file.n_bytes for file in self.files)


NAMED_DATASETS: dict[str, NamedDataset] = {
    "cifar10": NamedDataset(
        "60,000 photographs of 32×32 pixels in 10 classes, 50,000 for training",
        _CIFAR_LICENCE,
        (
            RemoteFile(
                _CIFAR_URL + "cifar-10-binary.tar.gz",
                170052171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        (
            RemoteFile(
                _CIFAR_URL + "cifar-10-python.tar.gz",
                170498071,
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            ),
        ),
    ),
    "cifar100": NamedDataset(
        "60,000 photographs of 32×32 pixels in 100 classes (20 coarse ones), 50,000 for training",
        _CIFAR_LICENCE,
        (
            RemoteFile(
                _CIFAR_URL + "cifar-100-binary.tar.gz",
                168513733,
                "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            ),
        ),
        (
            RemoteFile(
                _CIFAR_URL + "cifar-100-python.tar.gz",
                169001437,
                "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
            ),
        ),
    ),
    "svhn": NamedDataset(
        "99,289 digits from street view house numbers, 32×32 pixels, 73,257 for training",
        "for non-commercial use; cite Netzer et al. (2011), Reading Digits in Natural Images",
        (
            RemoteFile(
                _SVHN_URL + "train_32x32.mat",
                182040794,
                "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
            ),
            RemoteFile(
                _SVHN_URL + "test_32x32.mat",
                64275384,
                "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
            ),
        ),
    ),
}


def load_named(name: str, labels: Labels) -> Dataset:
    """Return a dataset of `NAMED_DATASETS`."""
    known = NAMED_DATASETS[name]
    if name == "svhn":
        if labels != "fine":
            raise DataError(f'svhn: labels="{labels}" is for CIFAR-100 alone')
        return load_svhn(*(fetched(file) for file in known.files))
    placed = [file for file in known.instead if (downloads_folder() / file.name).is_file()]
    first = known.files[0]
    path = fetched(
        placed[0] if placed and not (downloads_folder() / first.name).is_file() else first
    )
    layout = find_cifar(path, [member.name for member in members(path)])
    if layout is None or layout.dataset != name:
        raise DataError(f"{path}: holds no {name}")
    return load_cifar(path, layout, labels)
