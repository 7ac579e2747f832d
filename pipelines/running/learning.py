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
    return dataset.images_to_learn


def labels_to_learn(dataset: Dataset) -> NDArray[np.int64]:
    """Return the labels of the training part and, after them, those of a validation part."""
    return dataset.labels_to_learn
