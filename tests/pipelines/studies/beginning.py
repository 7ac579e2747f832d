"""The first images of the built-in set, which a process draws once."""

from __future__ import annotations

from data import Dataset, load_dataset


def beginning(n_train: int, n_test: int) -> Dataset:
    """Return what `generate` draws in these numbers: the beginning of the built-in set."""
    whole = load_dataset()
    return Dataset(
        whole.name,
        whole.images_train[:n_train],
        whole.labels_train[:n_train],
        whole.images_test[:n_test],
        whole.labels_test[:n_test],
        whole.class_names,
    )
