"""The loops of augmentation: what NumPy does, from machine code that is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from models.training import pixels
from models.training.pixels import gather_pixels, hide_squares, mix_rows

SHAPE = (6, 8, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_loops_do_what_numpy_does(dtype: Any) -> None:
    rng = np.random.default_rng(2)
    X = rng.random((40, 6 * 8 * 3)).astype(dtype)
    X.setflags(write=False)
    rows = rng.integers(0, 40, 16)
    down, across = rng.integers(0, 6, (16, 6)), rng.integers(0, 8, (16, 8))
    found = np.empty((16, X.shape[1]), dtype)
    gather_pixels(X, rows, down, across, SHAPE, found)
    images = X.reshape(-1, *SHAPE)
    picked = images[rows[:, None, None], down[:, :, None], across[:, None, :]].reshape(16, -1)
    assert_array_equal(found, picked)

    shares = rng.random(16)
    mix_rows(found, shares)
    share, rest = (each.astype(dtype)[:, None] for each in (shares, 1 - shares))
    mixed = picked * share + np.roll(picked, -1, axis=0) * rest
    assert_array_equal(found, mixed)

    tops, lefts = rng.integers(0, 4, (2, 16))
    color = np.array([2.1, 3.1, 4.1])
    hide_squares(found.reshape(-1, *SHAPE), tops, lefts, 3, color)
    for image, top, left in zip(mixed.reshape(-1, *SHAPE), tops, lefts, strict=True):
        image[top : top + 3, left : left + 3] = color
    assert_array_equal(found, mixed)


def test_rows_of_any_layout_are_gathered() -> None:
    rng = np.random.default_rng(3)
    X = rng.random((40, 6 * 8 * 3), np.float32)
    rows = rng.integers(0, 40, 16)
    down, across = rng.integers(0, 6, (16, 6)), rng.integers(0, 8, (16, 8))
    outs = np.empty((5, 16, X.shape[1]), np.float32)
    gather_pixels(X, rows, down, across, SHAPE, outs[0])
    gather_pixels(np.asfortranarray(X), rows, down, across, SHAPE, outs[1])
    gather_pixels(X.astype(np.float64), rows, down, across, SHAPE, outs[2])
    unaligned = np.frombuffer(b"\0" + X.tobytes(), np.float32, offset=1).reshape(X.shape)
    gather_pixels(unaligned, rows, down, across, SHAPE, outs[3])
    narrow = (rows.astype(np.int32), np.asfortranarray(down), across.astype(np.int32))
    gather_pixels(X, *narrow, SHAPE, outs[4])
    for other in outs[1:]:
        assert_array_equal(other, outs[0])


@pytest.mark.parametrize("loop", [pixels.gather, pixels.mix_with_next, pixels.hide])
def test_machine_code_is_kept_for_other_processes(loop: Any) -> None:
    machine: Any = pixels._compiled(loop, np.dtype(np.float32))
    assert machine.stats.cache_path
