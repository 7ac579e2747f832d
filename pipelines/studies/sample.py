"""As many images of a dataset, and as large, as a study needs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data import Dataset


def sample(
    dataset: Dataset, n_train: int, n_test: int, seed: int, *, largest_px: int = 32
) -> Dataset:
    """Return a part of a dataset, drawn at random, each class as often as it can be.

    Images are shrunk by a whole factor until no side is longer than `largest_px`.
    """
    rng = np.random.default_rng(seed)
    train = balanced_order(dataset.labels_train, rng)[:n_train]
    test = balanced_order(dataset.labels_test, rng)[:n_test]
    return Dataset(
        dataset.name,
        _shrunk(dataset.images_train[train], largest_px),
        dataset.labels_train[train],
        _shrunk(dataset.images_test[test], largest_px),
        dataset.labels_test[test],
        dataset.class_names,
    )


def cell_of(shape: tuple[int, int, int]) -> tuple[int, int]:
    """Return the cells of HOG that fit into images of a shape: of 8 × 8 pixels, or smaller.

    Examples
    --------
    >>> cell_of((32, 32, 3)), cell_of((28, 28, 1)), cell_of((8, 8, 1))
    ((8, 8), (7, 7), (2, 2))
    """
    side = max(1, min(8, min(shape[:2]) // 4))
    return side, side


def balanced_order(
    labels: npt.NDArray[np.int64], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return a random order in which every beginning holds the classes as evenly as can be.

    Examples
    --------
    >>> order = balanced_order(np.array([0, 0, 0, 0, 1, 1]), np.random.default_rng(0))
    >>> np.sort(np.array([0, 0, 0, 0, 1, 1])[order[:4]])
    array([0, 0, 1, 1])
    """
    shuffled = rng.permutation(len(labels))
    turn = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        own = labels[shuffled] == label
        turn[own] = np.arange(own.sum())
    return shuffled[np.argsort(turn, kind="stable")]


def _shrunk(images: npt.NDArray[np.uint8], largest_px: int) -> npt.NDArray[np.uint8]:
    n, height, width, channels = images.shape
    factor = -(-max(height, width) // largest_px)
    if factor == 1 or min(height, width) < factor:
        return images
    rows, columns = height // factor, width // factor
    whole = images[:, : rows * factor, : columns * factor]
    blocks = whole.reshape(n, rows, factor, columns, factor, channels)
    shrunk: npt.NDArray[np.uint8] = np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)
    return shrunk
