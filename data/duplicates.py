"""An image that lies in both parts makes a test easier than new images are; so such are counted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Duplicates:
    """How many images of a dataset are there more than once, alike in every pixel.

    Parameters
    ----------
    n_train : int
        Training images that repeat an earlier training image.
    n_test : int
        Test images that repeat an earlier test image.
    n_test_in_train : int
        Test images that are in the training part, too.
    n_other_class : int
        Those of the last that have only other labels there.
    n_validation : int, default 0
        Validation images that repeat an earlier validation image.
    n_validation_in_train : int, default 0
        Validation images that are in the training part, too.
    n_test_in_validation : int, default 0
        Test images that are in the validation part, too.

    Examples
    --------
    >>> import numpy as np
    >>> from data import Dataset
    >>> images = np.arange(4, dtype=np.uint8).repeat(3).reshape(4, 1, 1, 3)
    >>> labels = np.array([0, 1, 0, 1])
    >>> few = Dataset("few", images[:3], labels[:3], images[2:], labels[2:], ("a", "b"))
    >>> few.duplicates.n_test_in_train
    1
    """

    n_train: int
    n_test: int
    n_test_in_train: int
    n_other_class: int
    n_validation: int = 0
    n_validation_in_train: int = 0
    n_test_in_validation: int = 0

    @classmethod
    def of(
        cls,
        images_train: NDArray[np.uint8],
        labels_train: NDArray[np.int64],
        images_test: NDArray[np.uint8],
        labels_test: NDArray[np.int64],
        images_validation: NDArray[np.uint8] | None = None,
    ) -> Self:
        """Return the counts for two or three parts, C-contiguous; one pass over the images.

        Parameters
        ----------
        images_train, images_test : ndarray of uint8, shape (n, height, width, channels)
            The images.
        labels_train, labels_test : ndarray of int64, shape (n,)
            Their labels.
        images_validation : ndarray of uint8, optional
            The images of the validation part; their labels tell nothing here.

        Returns
        -------
        Duplicates
            The counts.
        """
        parts = [images_train, images_test]
        if images_validation is not None:
            parts.append(images_validation)
        digests = np.concatenate([_digests(images) for images in parts])
        _, numbers = np.unique(digests, return_inverse=True)
        train, test, *rest = np.split(
            numbers.ravel(), np.cumsum([len(each) for each in parts])[:-1]
        )
        validation = rest[0] if rest else train[:0]
        in_train = np.isin(test, train)
        # An image with its label is one number, as labels are 0 … n - 1.
        n = max(int(labels_train.max()), int(labels_test.max())) + 1
        with_label = np.isin(test * n + labels_test, train * n + labels_train)
        return cls(
            n_train=_n_repeated(train),
            n_test=_n_repeated(test),
            n_test_in_train=int(in_train.sum()),
            n_other_class=int((in_train & ~with_label).sum()),
            n_validation=_n_repeated(validation),
            n_validation_in_train=int(np.isin(validation, train).sum()),
            n_test_in_validation=int(np.isin(test, validation).sum()),
        )


def _n_repeated(numbers: NDArray[np.intp]) -> int:
    return len(numbers) - len(np.unique(numbers))


def _digests(images: NDArray[np.uint8]) -> NDArray[np.void]:
    """Return the SHA-256 of each image: processors have it built in, and it keeps images apart."""
    rows = images.reshape(len(images), -1)
    found = bytearray().join(hashlib.sha256(row.data).digest() for row in rows)
    return np.frombuffer(found, "V32")
