"""What is learned from: the training images, and a given validation part, which comes after them.

The rows of every feature matrix that a classifier learns from are in this order. So the validation
part is its last rows: candidates are fitted on the rows before them and judged on them, and the
chosen one is fitted on all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data import Dataset


def images_to_learn(dataset: Dataset) -> NDArray[np.uint8]:
    """Return the images of the training part and, after them, those of a validation part."""
    parts = parts_to_learn(dataset)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def parts_to_learn(dataset: Dataset) -> list[NDArray[np.uint8]]:
    """Return the same in its parts, of which none is copied."""
    if dataset.images_validation is None:
        return [dataset.images_train]
    return [dataset.images_train, dataset.images_validation]


def labels_to_learn(dataset: Dataset) -> NDArray[np.int64]:
    """Return the labels of the training part and, after them, those of a validation part."""
    if dataset.labels_validation is None:
        return dataset.labels_train
    return np.concatenate([dataset.labels_train, dataset.labels_validation])
