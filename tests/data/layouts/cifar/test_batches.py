"""Records of one file: their order, and files of unequal length."""

from __future__ import annotations

import numpy as np
import pytest

from data import DataError
from data.layouts.cifar.batches import Batch, batch_of, check_counts, class_names_of
from data.layouts.cifar.files import VARIANTS
from data.layouts.cifar.images import CifarImages

(HUNDRED,) = (v for v in VARIANTS if v.dataset == "cifar100" and not v.pickled)


def test_a_binary_record_is_labels_then_planes() -> None:
    red, green, blue = (np.full(1024, value, np.uint8) for value in (1, 2, 3))
    red[1] = 9  # the pixel to the right of the first
    content = bytes([7, 42]) + red.tobytes() + green.tobytes() + blue.tobytes()
    for labels, expected in (("coarse", 7), ("fine", 42)):
        batch = batch_of(content * 2, "x", HUNDRED, labels)  # type: ignore[arg-type]
        assert batch.labels.tolist() == [expected, expected]
        placed = CifarImages("x", HUNDRED)
        left = placed.put("train.bin", batch)
        assert (left.labels.tolist(), left.pixels.size) == ([expected] * 2, 0)
        images = placed.part("train")
        assert images.shape == (2, 32, 32, 3)
        assert images[1, 0, 0].tolist() == [1, 2, 3]
        assert images[1, 0, 1].tolist() == [9, 2, 3]
        assert images[1, 1, 0].tolist() == [1, 2, 3]


def test_class_names_are_lines() -> None:
    assert class_names_of(b"ant\n bee \n\n", "x", HUNDRED, "fine") == ("ant", "bee")


def test_files_of_unequal_length_are_refused() -> None:
    long, short = (
        Batch(where, np.zeros((n, 3072), np.uint8), np.zeros(n, np.int64))
        for where, n in (("long", 3), ("short", 2))
    )
    check_counts([long, long])
    with pytest.raises(DataError, match="short: 2 records, but long has 3; one of them is cut off"):
        check_counts([long, short])
