"""The list of all layouts: to add one is to write one entry here."""

from __future__ import annotations

from typing import Any

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.cifar.files import find_cifar
from data.layouts.cifar.reading import load_cifar
from data.layouts.image_folder import image_names, load_image_folder
from data.layouts.layout import Layout
from data.layouts.npz import is_npz, load_npz
from data.layouts.svhn import find_svhn, load_svhn
from data.options import LoadOptions

# The first layout that recognises a source loads it, so what is particular comes before what is
# general: any folder with images in it may be a folder of images.
LAYOUTS: dict[str, Layout[Any]] = {
    layout.name: layout
    for layout in (
        Layout(
            name="npz",
            files="an .npz with images_train, labels_train, images_test, labels_test, class_names",
            recognise=is_npz,
            load=load_npz,
        ),
        Layout(
            name="CIFAR",
            files="data_batch_1 … 5 and test_batch, or train and test, pickled or as .bin",
            recognise=find_cifar,
            load=load_cifar,
            labels=("fine", "coarse"),
        ),
        Layout(
            name="SVHN",
            files="train_32x32.mat and test_32x32.mat",
            recognise=find_svhn,
            load=load_svhn,
        ),
        Layout(
            name="folder of images",
            files="train/<class>/<image> and test/<class>/<image>, or <class>/<image>",
            recognise=image_names,
            load=load_image_folder,
        ),
    )
}


def load_source(source: Source, options: LoadOptions) -> Dataset:
    """Return the images of a source, read by the first layout that recognises it."""
    for layout in LAYOUTS.values():
        found = layout.recognise(source)
        if found is not None:
            options.check_labels(source.path, layout.labels)
            return layout.load(source, found, options)
    lacks = "no image in it"
    if source.kind == "file":
        lacks = "not a folder, and not a .tar, .tar.gz or .zip, or a damaged one"
    known = "; ".join(f"{layout.name}: {layout.files}" for layout in LAYOUTS.values())
    raise DataError(f"{source.path}: {lacks}; expected one of these layouts: {known}")
