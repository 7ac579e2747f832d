"""Street View House Numbers are published as two MATLAB files of cropped digits."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from data.archives.member import Member
from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.options import LoadOptions

TRAIN, TEST = "train_32x32.mat", "test_32x32.mat"
CLASS_NAMES = tuple("0123456789")
MAX_FILE_BYTES = 1 << 28


def find_svhn(source: Source) -> tuple[str, str] | None:
    """Return the names of the training file and the test file; None if there are no such two."""
    names = set(source.names)
    for train in source.names:
        folder, slash, file = train.rpartition("/")
        if file == TRAIN and (test := f"{folder}{slash}{TEST}") in names:
            return train, test
    return None


def load_svhn(source: Source, names: tuple[str, str], _options: LoadOptions) -> Dataset:
    """Return the images of a training file and a test file."""
    found = {m.name: _digits(m) for m in source.members() if m.name in names}
    if len(found) < len(names):
        raise DataError(f"{source.path}: changed while it was read; read it again")
    train, test = (found[name] for name in names)
    return Dataset.of_file(source.path, "svhn", *train, *test, CLASS_NAMES)


def _digits(member: Member) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images and labels of one file, in which 10 stands for the digit 0."""
    import scipy.io

    content = member.read(MAX_FILE_BYTES)
    try:
        found = scipy.io.loadmat(io.BytesIO(content), variable_names=["X", "y"])
        images, labels = found["X"], found["y"].ravel().astype(np.int64)
        return np.ascontiguousarray(images.transpose(3, 0, 1, 2)), np.where(labels == 10, 0, labels)
    # scipy.io raises nearly every built-in exception for a damaged file.
    except Exception as error:
        raise DataError(f"{member.where}: not SVHN's 32×32 format ({error})") from error
