"""Street View House Numbers in the cropped 32×32 format: MATLAB files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset
from data.errors import DataError


def load_svhn(train: Path, test: Path) -> Dataset:
    """Return the images of a training and a test file."""
    (images_train, labels_train), (images_test, labels_test) = _svhn(train), _svhn(test)
    names = tuple("0123456789")
    return Dataset.of_file(
        train.parent, "svhn", images_train, labels_train, images_test, labels_test, names
    )


def _svhn(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images and labels of one file, in which 10 stands for the digit 0."""
    import scipy.io

    try:
        found = scipy.io.loadmat(path, variable_names=["X", "y"])
        images, labels = found["X"], found["y"].ravel().astype(np.int64)
        return np.ascontiguousarray(images.transpose(3, 0, 1, 2)), np.where(labels == 10, 0, labels)
    except Exception as error:
        raise DataError(f"{path}: not SVHN's 32×32 format ({error})") from error
