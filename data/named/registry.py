"""The list of all datasets that have a name: to add one is to write one entry here."""

from __future__ import annotations

from data.dataset import Dataset
from data.layouts.cifar.class_names import CIFAR_NAMES
from data.layouts.svhn import CLASS_NAMES as SVHN_CLASSES
from data.named.downloads import RemoteFile
from data.named.named_dataset import NamedDataset
from data.options import LoadOptions

_CIFAR_URL = "https://www.cs.toronto.edu/~kriz/"
_SVHN_URL = "http://ufldl.stanford.edu/housenumbers/"
_CIFAR_LICENCE = "not stated; cite Krizhevsky (2009), Learning Multiple Layers of Features"
_BUILTIN = "bird car cow fish horse mushroom sailboat tree truck zebra"


def _generated(_known: NamedDataset, _options: LoadOptions) -> Dataset:
    from data.builtin import generate  # which costs time that other datasets need not spend

    return generate()


NAMED_DATASETS: dict[str, NamedDataset] = {
    known.name: known
    for known in (
        NamedDataset(
            name="builtin",
            description="drawn scenes of 32×32 pixels in 10 classes",
            licence="BSD-3-Clause",
            class_names=tuple(_BUILTIN.split()),
            load=_generated,
        ),
        NamedDataset(
            name="cifar10",
            description="60,000 photographs of 32×32 pixels in 10 classes, 50,000 for training",
            licence=_CIFAR_LICENCE,
            class_names=CIFAR_NAMES["cifar10", "fine"],
            files=(
                RemoteFile(
                    _CIFAR_URL + "cifar-10-binary.tar.gz",
                    170052171,
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                ),
            ),
            instead=(
                RemoteFile(
                    _CIFAR_URL + "cifar-10-python.tar.gz",
                    170498071,
                    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                ),
            ),
        ),
        NamedDataset(
            name="cifar100",
            description="60,000 photographs of 32×32 pixels in 100 classes (20 coarse ones), "
            "50,000 for training",
            licence=_CIFAR_LICENCE,
            class_names=CIFAR_NAMES["cifar100", "fine"],
            labels=("fine", "coarse"),
            files=(
                RemoteFile(
                    _CIFAR_URL + "cifar-100-binary.tar.gz",
                    168513733,
                    "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                ),
            ),
            instead=(
                RemoteFile(
                    _CIFAR_URL + "cifar-100-python.tar.gz",
                    169001437,
                    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
                ),
            ),
        ),
        NamedDataset(
            name="svhn",
            description="99,289 digits from street view house numbers, 32×32 pixels, "
            "73,257 for training",
            licence="for non-commercial use; cite Netzer et al. (2011), Reading Digits in Natural "
            "Images",
            class_names=SVHN_CLASSES,
            files=(
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
    )
}
