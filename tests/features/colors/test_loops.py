from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from features.colors import bins as quick
from features.colors.color_spaces import COLOR_SPACES
from features.colors.loops import bin_shares, byte_bins, hsv_bins, lab_bins
from features.colors.standard import UNIT
from features.extraction.compiled import compiled

ROOM = 7
"""Pixels at once, so that there are several rounds and a short last one."""


def colors() -> npt.NDArray[np.uint8]:
    """Random pixels, greys, and full colours whose hue is on an edge of three or six bins."""
    random = np.random.default_rng(0).integers(0, 256, (40, 3))
    greys = np.arange(0, 256, 51)[:, None].repeat(3, axis=1)
    full = np.array([[255, 0, 0], [255, 255, 0], [0, 255, 0], [0, 255, 255], [0, 0, 255]])
    return np.concatenate([random, greys, full]).astype(np.uint8).ravel()


@pytest.mark.parametrize("n_channels", [1, 3])
def test_byte_bins_machine_code_does_what_its_python_does(n_channels: int) -> None:
    flat = np.arange(0, 255, dtype=np.uint8)
    machine, python = np.zeros((2, len(flat) // n_channels), dtype=np.uint32)
    compiled(byte_bins)(flat, n_channels, 7, machine)
    byte_bins(flat, n_channels, 7, python)
    np.testing.assert_array_equal(machine, python)
    assert machine.max() == 7**n_channels - 1


def both(function: Callable[..., None], *arguments: Any) -> list[npt.NDArray[np.uint32]]:
    """The joint bins of `colors` by machine code and by Python."""
    joint: list[npt.NDArray[np.uint32]] = []
    for each in (compiled(function), function):
        joint.append(np.zeros(len(colors()) // 3, dtype=np.uint32))
        each(colors(), *arguments, joint[-1])
    return joint


def test_hsv_bins_machine_code_does_what_its_python_does() -> None:
    tables = quick._hsv_tables(3, COLOR_SPACES["hsv"].ranges)
    machine, python = both(hsv_bins, UNIT, *tables, np.empty((2, ROOM), dtype=np.int32))
    np.testing.assert_array_equal(machine, python)
    assert len(np.unique(machine)) > 15


# Bins of L* that are as narrow as this are near an edge everywhere: both precisions are met.
@pytest.mark.parametrize("range_of_l", [(0.0, 100.0), (49.9995, 50.0005)])
def test_lab_bins_machine_code_does_what_its_python_does(range_of_l: tuple[float, float]) -> None:
    tables = quick._lab_tables(4, (range_of_l, *COLOR_SPACES["lab"].ranges[1:]))
    machine, python = both(lab_bins, *tables, np.empty((3, ROOM), dtype=np.float32))
    np.testing.assert_array_equal(machine, python)
    assert len(np.unique(machine)) > 9


def test_bin_shares_machine_code_does_what_its_python_does() -> None:
    joint = np.random.default_rng(0).integers(0, 9, (2, 4, 5), dtype=np.uint32)
    boxes = np.array([[0, 4, 0, 5], [1, 3, 2, 5]])
    room = np.zeros((2, 9), dtype=np.int32)
    machine, python = np.ones((2, 2, 2, 9), dtype=np.float32)
    compiled(bin_shares)(joint, boxes, room, machine)
    bin_shares(joint, boxes, room, python)
    np.testing.assert_array_equal(machine, python)
    np.testing.assert_allclose(machine.sum(axis=2), 1, rtol=1e-6)
    np.testing.assert_allclose(machine[0, 0] * 20, np.bincount(joint[0].ravel(), minlength=9))
    assert not room.any()
