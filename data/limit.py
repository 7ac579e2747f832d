"""A part of a dataset for a quick look, with its classes in proportion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset
from data.keeping.frozen import frozen
from data.keeping.row_sets import taken


def limited(dataset: Dataset, n: int, *, seed: int = 0) -> Dataset:
    """Return a dataset with at most `n` images in each part, drawn at random by class.

    A class has the share of the images that it had before, as nearly as whole images allow; where
    `n` is at least the number of classes, no class that a part had is lost. The images keep their
    order. A part with `n` images or fewer stays as it is.

    Parameters
    ----------
    dataset : Dataset
        The images.
    n : int
        The largest number of images in a part, at least 1.
    seed : int, default 0
        Of the draw.

    Returns
    -------
    Dataset
        A new dataset, or the same if no part is larger.

    Raises
    ------
    ValueError
        If `n` is less than 1.

    Examples
    --------
    >>> from data import load_dataset
    >>> quick = limited(load_dataset(), 50)
    >>> quick.n_train, quick.n_test, np.bincount(quick.labels_train).tolist()
    (50, 50, [5, 5, 5, 5, 5, 5, 5, 5, 5, 5])
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    rng = np.random.default_rng(seed)
    changes: dict[str, Any] = {}
    for part in dataset.parts:
        labels = getattr(dataset, f"labels_{part}")
        if len(labels) <= n:
            continue
        chosen = _in_proportion(labels, n, rng)
        for what in ("images", "labels"):
            changes[f"{what}_{part}"] = frozen(taken(getattr(dataset, f"{what}_{part}"), chosen))
        if (names := getattr(dataset, f"names_{part}")) is not None:
            changes[f"names_{part}"] = tuple(names[i] for i in chosen)
    return replace(dataset, **changes) if changes else dataset


def _in_proportion(labels: NDArray[np.int64], n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return which samples to take, rising: one of every class first, then by their shares."""
    order = rng.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        of_class = order[labels[order] == label]
        place[of_class] = (np.arange(len(of_class)) + 0.5) / len(of_class)
        place[of_class[0]] = 0.0
    return np.sort(order[np.argsort(place[order], kind="stable")[:n]])
