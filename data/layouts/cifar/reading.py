"""The batches of a CIFAR copy are put together to one dataset, whatever order they come in."""

from __future__ import annotations

import numpy as np

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.cifar.batches import (
    Batch,
    batch_of,
    check_counts,
    class_names_of,
    joined_names,
)
from data.layouts.cifar.class_names import CIFAR_NAMES
from data.layouts.cifar.files import CifarFiles
from data.layouts.cifar.images import CifarImages
from data.options import LoadOptions

MAX_FILE_BYTES = 1 << 28


def load_cifar(source: Source, files: CifarFiles, options: LoadOptions) -> Dataset:
    """Return the images of a copy, with CIFAR-100's fine labels or its coarse ones."""
    path, labels = source.path, options.labels
    options.check_labels(path, tuple(files.names))
    batches: dict[str, Batch] = {}
    images = CifarImages(str(path), files)
    class_names = CIFAR_NAMES[files.dataset, labels]
    for member in source.members():
        file = member.name.rpartition("/")[2]
        if member.name != files.at(file):
            continue
        if file in files.batches:
            content = member.read(MAX_FILE_BYTES)
            batches[file] = images.put(file, batch_of(content, member.where, files, labels))
        elif file == files.names[labels]:
            content = member.read(MAX_FILE_BYTES)
            class_names = class_names_of(content, member.where, files, labels)
    missing = [file for file in files.batches if file not in batches]
    if missing:
        raise DataError(f"{path}: changed while it was read; {', '.join(missing)} missing")
    for batch in batches.values():
        outside = np.flatnonzero((batch.labels < 0) | (batch.labels >= len(class_names)))
        if outside.size:
            raise DataError(
                f"{batch.where}: record {outside[0]}: label {batch.labels[outside[0]]}, "
                f"expected 0 … {len(class_names) - 1}"
            )
    train = [batches[file] for file in files.train]
    check_counts(train)
    test = batches[files.test]
    name = files.dataset if labels == "fine" else f"{files.dataset}-coarse"
    return Dataset.of_file(
        path,
        name,
        images.part("train"),
        np.concatenate([batch.labels for batch in train]).astype(np.int64),
        images.part("test"),
        test.labels.astype(np.int64),
        class_names,
        names_train=joined_names(train),
        names_test=joined_names([test]),
    )
