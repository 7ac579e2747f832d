"""Held-out samples: indices and masks name the same; nonsense is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import ModelError
from models.samples.held_out import held_out_mask, tenth_of_each


def test_indices_and_masks_are_the_same() -> None:
    mask = np.array([True, False, False, True, False])
    for given in (mask, mask.tolist(), [0, 3], [3, 0, 0], np.array([0, -2]), (0, 3)):
        np.testing.assert_array_equal(held_out_mask(given, 5), mask)
    again = held_out_mask(mask, 5)
    again[:] = False
    assert mask.any()


@pytest.mark.parametrize(
    ("held_out", "says"),
    [
        ([5], "indices of the 5 samples, got 5 … 5"),
        ([-6], "indices of the 5 samples"),
        ([True, False], r"indices or a mask of the 5 samples, got bool \(2,\)"),
        ([[0, 1]], r"got int64 \(1, 2\)"),
        ([0.5], "indices or a mask"),
        ([], "some of the 5 samples and not all, got 0"),
        (np.ones(5, bool), "some of the 5 samples and not all, got 5"),
    ],
)
def test_nonsense_is_refused(held_out: Any, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        held_out_mask(held_out, 5)


def test_every_tenth_of_each_class() -> None:
    labels = np.repeat([0, 1], [25, 10])
    assert np.flatnonzero(tenth_of_each(labels)).tolist() == [9, 19, 34]
    with pytest.raises(ModelError, match="ten samples of a class"):
        tenth_of_each(labels[:9])
