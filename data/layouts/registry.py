"""The list of all layouts: to add one is to write one entry here."""

from __future__ import annotations

from typing import Any

from data.archives.foreign import foreign_file
from data.archives.shards import shard_names
from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.arrays.reading import find_arrays, load_arrays
from data.layouts.cifar.files import find_cifar
from data.layouts.cifar.reading import load_cifar
from data.layouts.cifar.second_test import find_second_test, load_second_test
from data.layouts.idx.files import find_idx
from data.layouts.idx.reading import load_idx
from data.layouts.image_folder import image_names, load_image_folder
from data.layouts.layout import Layout
from data.layouts.npz import is_npz, load_npz
from data.layouts.omissions import omissions
from data.layouts.parquet.reading import find_parquet, load_parquet
from data.layouts.published.gtsrb import find_gtsrb, load_gtsrb
from data.layouts.published.stl10 import find_stl10, load_stl10
from data.layouts.published.tiny_imagenet import find_tiny_imagenet, load_tiny_imagenet
from data.layouts.svhn import find_svhn, load_svhn
from data.layouts.table.files import find_tables, load_tables
from data.layouts.webdataset import find_samples, load_samples
from data.names import some_of
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
            name="CIFAR-10.1",
            files="cifar10.1_v6_data.npy and cifar10.1_v6_labels.npy, perhaps beside CIFAR-10",
            recognise=find_second_test,
            load=load_second_test,
        ),
        Layout(
            name="arrays",
            files="an .npz or .npy files with images and labels of each part, as x_train and "
            "y_train, train_images and train_labels, or images and labels",
            recognise=find_arrays,
            load=load_arrays,
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
            name="STL-10",
            files="train_X.bin, train_y.bin, test_X.bin, test_y.bin",
            recognise=find_stl10,
            load=load_stl10,
        ),
        Layout(
            name="idx files of MNIST",
            files="train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
            "t10k-labels-idx1-ubyte, plain or .gz, also of Fashion-MNIST, KMNIST and EMNIST",
            recognise=find_idx,
            load=load_idx,
        ),
        Layout(
            name="Parquet",
            files="one .parquet or several, as data/train-00000-of-00001.parquet, with a column of "
            "images (bytes, or bytes and path) and one of labels",
            recognise=find_parquet,
            load=load_parquet,
            labels=("fine", "coarse"),
        ),
        Layout(
            name="Tiny ImageNet",
            files="train/<number>/images and val/val_annotations.txt, perhaps words.txt",
            recognise=find_tiny_imagenet,
            load=load_tiny_imagenet,
        ),
        Layout(
            name="GTSRB",
            files="<class>/GT-<class>.csv beside images, and GT-final_test.csv",
            recognise=find_gtsrb,
            load=load_gtsrb,
        ),
        Layout(
            name="WebDataset",
            files="<key>.jpg and <key>.cls, in tars or beside each other",
            recognise=find_samples,
            load=load_samples,
        ),
        Layout(
            name="table of labels",
            files="labels.csv (or .tsv) with path, label and perhaps split, beside images",
            recognise=find_tables,
            load=load_tables,
        ),
        Layout(
            name="folder of images",
            files="train/<class>/<image> and test/<class>/<image>, perhaps val, or <class>/<image>",
            recognise=image_names,
            load=load_image_folder,
            has_levels=True,
        ),
    )
}


_MOST_LOOKED_AT = 20


def load_source(source: Source, options: LoadOptions) -> Dataset:
    """Return the images of a source, read by the first layout that recognises it."""
    for layout in LAYOUTS.values():
        found = layout.recognise(source)
        if found is not None:
            options.check_labels(source.path, layout.labels)
            options.check_levels(source.path, layout.name, layout.has_levels)
            if options.tally is not None:
                options.tally.layout = layout.name
            return layout.load(source, found, options)
    known = "; ".join(f"{layout.name}: {layout.files}" for layout in LAYOUTS.values())
    raise DataError(f"{source.path}: {_lacks(source)}; expected one of these layouts: {known}")


def _lacks(source: Source) -> str:
    """Return why a source is of no layout, as far as it can be told."""
    if source.kind == "file":
        lacks = "not a folder, and not a .tar, .tar.gz or .zip, or a damaged one"
        return foreign_file(source.path) or lacks
    if archives := shard_names(source):
        return f"no image in it, but archives ({some_of(archives)}); give one of them"
    if source.kind == "folder":
        for name in source.names[:_MOST_LOOKED_AT]:
            if found := foreign_file(source.path / name):
                return f"no image in it; {name} is {found}"
    left_out = omissions(source.names, (), source.passed_over, {}, None)
    return f"no image in it{f' (passed over: {left_out})' if left_out else ''}"
