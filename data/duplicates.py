"""An image that lies in both parts makes a test easier than new images are; so such are counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
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
        train: dict[bytes, set[int]] = {}
        for digest, label in zip(_digests(images_train), labels_train.tolist(), strict=True):
            train.setdefault(digest, set()).add(label)
        test = list(_digests(images_test))
        shared = [
            label in train[digest]
            for digest, label in zip(test, labels_test.tolist(), strict=True)
            if digest in train
        ]
        validation = [] if images_validation is None else list(_digests(images_validation))
        chosen_by = set(validation)
        return cls(
            n_train=len(images_train) - len(train),
            n_test=len(test) - len(set(test)),
            n_test_in_train=len(shared),
            n_other_class=shared.count(False),
            n_validation=len(validation) - len(chosen_by),
            n_validation_in_train=sum(digest in train for digest in validation),
            n_test_in_validation=sum(digest in chosen_by for digest in test),
        )


def _digests(images: NDArray[np.uint8]) -> Iterator[bytes]:
    """Yield the SHA-256 of each image: processors have it built in, and it keeps images apart."""
    for row in images.reshape(len(images), -1):
        yield hashlib.sha256(row.data).digest()
