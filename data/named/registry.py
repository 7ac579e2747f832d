"""The list of all datasets that have a name: to add one is to write one entry here."""

from __future__ import annotations

from functools import cache

from data.archives.source import Source
from data.dataset import Dataset
from data.layouts.cifar.class_names import CIFAR_NAMES
from data.layouts.cifar.second_test import beside, find_second_test
from data.layouts.idx.published import CLASS_NAMES as IDX_CLASSES
from data.layouts.published.stl10 import CLASS_NAMES as STL10_CLASSES
from data.layouts.svhn import CLASS_NAMES as SVHN_CLASSES
from data.named import published_files as published
from data.named.downloads import all_fetched
from data.named.named_dataset import NamedDataset
from data.options import LoadOptions

_CIFAR_LICENCE = "not stated; cite Krizhevsky (2009), Learning Multiple Layers of Features"
_BUILTIN = "bird car cow fish horse mushroom sailboat tree truck zebra"


def _generated(_known: NamedDataset, options: LoadOptions) -> Dataset:
    if options.n_train is None and options.n_test is None:
        return _built_in()
    from data.builtin.generation import SIZES, at_least, generate
    from data.keeping.loaded_images import kept_or_made

    asked = {"n_train": options.n_train, "n_test": options.n_test}
    sizes = {name: SIZES[name] if n is None else at_least(name, n, 1) for name, n in asked.items()}

    if not options.cache:
        return generate(**sizes)
    return kept_or_made({"built-in": sizes}, lambda: generate(**sizes))


@cache
def _built_in() -> Dataset:
    """Return the built-in set; a process draws it once, as nobody can edit it."""
    from data.builtin import generate  # which costs time that other datasets need not spend

    return generate()


def _with_second_test(known: NamedDataset, options: LoadOptions) -> Dataset:
    """Return CIFAR-10's training images, and CIFAR-10.1 to test on."""
    first = NAMED_DATASETS["cifar10"].loaded(options)
    paths = tuple(all_fetched(known.files[1:]))
    source = Source(paths[0].parent, paths)
    return beside(first, source, find_second_test(source))


NAMED_DATASETS: dict[str, NamedDataset] = {
    known.name: known
    for known in (
        NamedDataset(
            name="builtin",
            description="drawn scenes of 32×32 pixels in 10 classes",
            licence="BSD-3-Clause",
            class_names=tuple(_BUILTIN.split()),
            load=_generated,
            is_generated=True,
        ),
        NamedDataset(
            name="cifar10",
            description="60,000 photographs of 32×32 pixels in 10 classes, 50,000 for training",
            licence=_CIFAR_LICENCE,
            class_names=CIFAR_NAMES["cifar10", "fine"],
            files=(published.CIFAR10_BINARY,),
            instead=(published.CIFAR10_PYTHON,),
        ),
        NamedDataset(
            name="cifar100",
            description="60,000 photographs of 32×32 pixels in 100 classes (20 coarse ones), "
            "50,000 for training",
            licence=_CIFAR_LICENCE,
            class_names=CIFAR_NAMES["cifar100", "fine"],
            labels=("fine", "coarse"),
            files=(published.CIFAR100_BINARY,),
            instead=(published.CIFAR100_PYTHON,),
        ),
        NamedDataset(
            name="svhn",
            description="99,289 digits from street view house numbers, 32×32 pixels, "
            "73,257 for training",
            licence="for non-commercial use; cite Netzer et al. (2011), Reading Digits in Natural "
            "Images",
            class_names=SVHN_CLASSES,
            files=published.SVHN,
        ),
        NamedDataset(
            name="cifar10.1",
            description="2,000 newer photographs to test with, and CIFAR-10's 50,000 for training",
            licence="MIT; cite Recht et al. (2018), Do CIFAR-10 Classifiers Generalize to "
            "CIFAR-10?",
            class_names=CIFAR_NAMES["cifar10", "fine"],
            files=(published.CIFAR10_BINARY, *published.SECOND_TEST),
            instead=(published.CIFAR10_PYTHON,),
            load=_with_second_test,
        ),
        NamedDataset(
            name="stl10",
            description="13,000 photographs of 96×96 pixels in 10 classes, 5,000 for training; the "
            "download holds 100,000 without labels, too",
            licence="not stated; cite Coates, Lee and Ng (2011), An Analysis of Single-Layer "
            "Networks in Unsupervised Feature Learning",
            class_names=STL10_CLASSES,
            files=(published.STL10,),
        ),
        NamedDataset(
            name="mnist",
            description="70,000 handwritten digits of 28×28 grey pixels, 60,000 for training",
            licence="not stated; cite LeCun et al. (1998), Gradient-Based Learning Applied to "
            "Document Recognition",
            class_names=IDX_CLASSES["mnist"],
            files=published.MNIST,
        ),
        NamedDataset(
            name="fashion-mnist",
            description="70,000 pieces of clothing of 28×28 grey pixels in 10 classes, 60,000 for "
            "training",
            licence="MIT; cite Xiao, Rasul and Vollgraf (2017), Fashion-MNIST",
            class_names=IDX_CLASSES["fashion-mnist"],
            files=published.FASHION_MNIST,
            places=("/usr/share/datasets/fashion-mnist",),
            sha256="501354364b73267cf424015f0551220fb093bd7d18a54f036c51f56812643eec",
        ),
        NamedDataset(
            name="kmnist",
            description="70,000 cursive Japanese characters of 28×28 grey pixels in 10 classes, "
            "60,000 for training",
            licence="CC BY-SA 4.0; cite Clanuwat et al. (2018), Deep Learning for Classical "
            "Japanese Literature",
            class_names=IDX_CLASSES["kmnist"],
            files=published.KMNIST,
        ),
    )
}
