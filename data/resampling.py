"""The split into parts drawn anew, again and again, so that a result is not that of one split."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset
from data.errors import DataError
from data.keeping.frozen import frozen
from data.keeping.row_sets import joined, taken

_POOLED = ("train", "validation", "test")

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Resamples:
    """The images of all parts of a dataset, split anew for each resample, stratified by class.

    The pool is the training images, then those of a validation part, then the test images. The
    parts of a resample have the sizes that they had. With `folds` the test part is one fold: a
    k-th of the pool, rounded down. What is left over then, less than one image a fold, is learned
    from. Within a part the images keep their order. One resample depends on `seed` and on its
    number only, so more of them leave the first ones as they are.

    Parameters
    ----------
    dataset : Dataset
        The images.
    n : int or None, default None
        How many resamples, 2 or more; or else `folds`.
    folds : int or None, default None
        Into how many folds the pool is cut, 2 or more; each is tested once a repeat.
    repeats : int, default 1
        How often the pool is cut into folds anew.
    seed : int, default 0
        Of the draws.

    Raises
    ------
    DataError
        If a class has too few images to be in both parts of every resample.

    Examples
    --------
    >>> from data import load_dataset
    >>> resamples = Resamples(load_dataset(), n=3)
    >>> len(resamples), resamples[2].n_train, resamples[2].n_test, resamples.tested.shape
    (3, 4000, 1000, (3, 1000))
    """

    dataset: Dataset
    n: int | None = None
    folds: int | None = None
    repeats: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.n is None) == (self.folds is None):
            raise ValueError("n or folds must be given, and not both")
        if len(self) < 2:
            raise ValueError(f"there must be 2 resamples or more, got {len(self)}")
        self._check_classes()

    def __len__(self) -> int:
        """Return the number of resamples."""
        return self.n if self.n is not None else (self.folds or 0) * self.repeats

    def __getitem__(self, number: int) -> Dataset:
        """Return the dataset of one resample, counted from 0."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        test = self.tested[number]
        rest = np.setdiff1d(np.arange(len(self.labels)), test)
        parts = {"test": test, "train": rest}
        if n_validation := self.dataset.n_validation:
            drawn = _drawn(self.labels[rest], n_validation, _state(self.seed, number, 1))
            parts |= {"validation": rest[drawn], "train": np.delete(rest, drawn)}
        # In one array, so that what is learned from need not be put together again.
        in_order = [part for part in _POOLED if part in parts]
        images = frozen(taken(self._images, np.concatenate([parts[part] for part in in_order])))
        ends = np.cumsum([len(parts[part]) for part in in_order])[:-1]
        changes: dict[str, Any] = {}
        for part, cut in zip(in_order, np.split(images, ends), strict=True):
            rows = parts[part]
            changes[f"images_{part}"] = cut
            changes[f"labels_{part}"] = frozen(self.labels[rows])
            names = self.names
            changes[f"names_{part}"] = None if names is None else tuple(names[i] for i in rows)
        return replace(self.dataset, **changes)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """The labels of the pool, (n_pool,)."""
        return np.concatenate([getattr(self.dataset, f"labels_{part}") for part in self._parts])

    @cached_property
    def names(self) -> tuple[str, ...] | None:
        """The names of the images of the pool; None if those of a part have none."""
        names = [getattr(self.dataset, f"names_{part}") for part in self._parts]
        return None if None in names else tuple(name for of_part in names for name in of_part)

    @cached_property
    def tested(self) -> Rows:
        """The places in the pool of each resample's test images, rising, (n_resamples, n_test)."""
        if self.folds is not None:
            return np.concatenate([self._of_repeat(repeat) for repeat in range(self.repeats)])
        n_test = self.dataset.n_test
        states = (_state(self.seed, number) for number in range(len(self)))
        return np.stack([_drawn(self.labels, n_test, state) for state in states])

    @property
    def labels_test(self) -> NDArray[np.int64]:
        """The labels of each resample's test images, (n_resamples, n_test)."""
        return self.labels[self.tested]

    @cached_property
    def _images(self) -> NDArray[np.uint8]:
        return joined([getattr(self.dataset, f"images_{part}") for part in self._parts])

    @property
    def _parts(self) -> list[str]:
        return [part for part in _POOLED if part in self.dataset.parts]

    def _of_repeat(self, repeat: int) -> Rows:
        """Return the test rows of every fold of a repeat; all folds have as many."""
        from sklearn.model_selection import StratifiedKFold

        assert self.folds is not None
        state = _state(self.seed, repeat, 2)
        folds = StratifiedKFold(self.folds, shuffle=True, random_state=state)
        n_test = len(self.labels) // self.folds
        rng = np.random.default_rng(state)
        found = [test for _, test in folds.split(self.labels, self.labels)]
        return np.stack([np.sort(rng.permutation(test)[:n_test]) for test in found])

    def _check_classes(self) -> None:
        """Raise DataError unless every class can be in both parts of every resample."""
        name, counts = self.dataset.name, np.bincount(self.labels)
        there = np.flatnonzero(counts)
        smallest = int(there[np.argmin(counts[there])])
        least = self.folds or 2
        if counts[smallest] < least:
            what = f"cut into {self.folds} folds" if self.folds else "split anew"
            raise DataError(
                f"{name}: class {self.dataset.class_names[smallest]!r} has {counts[smallest]} of "
                f"all images; to be {what} by class it needs {least} or more: bring more images "
                "of it, or leave the class out"
            )
        n_test = len(self.labels) // self.folds if self.folds else self.dataset.n_test
        n_learned = len(self.labels) - n_test
        for part, n in (("test", n_test), ("training", n_learned - self.dataset.n_validation)):
            if n < len(there):
                raise DataError(
                    f"{name}: the {part} part of a resample has {n} images, too few for "
                    f"{len(there)} classes"
                )
        for number, labels in enumerate(self.labels_test):
            left = counts - np.bincount(labels, minlength=len(counts))
            if (lost := np.flatnonzero((left == 0) & (counts > 0))).size:
                raise DataError(
                    f"{name}: resample {number} would learn from no image of class "
                    f"{self.dataset.class_names[int(lost[0])]!r}: bring more images of it"
                )


def _drawn(labels: NDArray[np.int64], n: int, state: int) -> Rows:
    """Return `n` places, rising, drawn with the share of every class."""
    from sklearn.model_selection import StratifiedShuffleSplit

    split = StratifiedShuffleSplit(1, test_size=n, train_size=len(labels) - n, random_state=state)
    return np.sort(next(split.split(labels, labels))[1])


def _state(*numbers: int) -> int:
    """Return a seed that other numbers do not share."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
