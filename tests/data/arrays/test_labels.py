"""Labels of arrays become classes."""

from __future__ import annotations

import numpy as np

from data.arrays.labels import classes_of


def test_whole_numbers_with_a_sign_and_without_stay_whole() -> None:
    parts = {"train": np.array([1, 0], np.uint64), "test": np.array([0, 1], np.int64)}
    found = classes_of(parts)
    assert found.names == ("0", "1")
    assert found.labels["train"].tolist() == [1, 0]
