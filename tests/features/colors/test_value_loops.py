from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from features.colors.standard import LINEAR, UNIT, WHITE_D65, XYZ_FROM_RGB, response_lines
from features.colors.value_loops import hsv_values, lab_values, soft_shares
from features.extraction.compiled import compiled


def colors() -> npt.NDArray[np.uint8]:
    """Random pixels, greys, and the corners of the cube."""
    random = np.random.default_rng(0).integers(0, 256, (40, 3))
    greys = np.arange(0, 256, 51)[:, None].repeat(3, axis=1)
    corners = np.array(np.meshgrid([0, 255], [0, 255], [0, 255])).reshape(3, -1).T
    return np.concatenate([random, greys, corners]).astype(np.uint8).ravel()


def test_hsv_values_machine_code_does_what_its_python_does() -> None:
    machine, python = np.full((2, 3, len(colors()) // 3), np.nan)
    compiled(hsv_values)(colors(), UNIT, machine)
    hsv_values(colors(), UNIT, python)
    np.testing.assert_array_equal(machine, python)


def test_lab_values_machine_code_does_what_its_python_does() -> None:
    weights = np.column_stack([XYZ_FROM_RGB, WHITE_D65])
    machine, python = np.full((2, 3, len(colors()) // 3), np.nan)
    compiled(lab_values)(colors(), LINEAR, weights, response_lines()[0], machine)
    lab_values(colors(), LINEAR, weights, response_lines()[0], python)
    np.testing.assert_allclose(machine, python, rtol=0, atol=1e-10)


@pytest.mark.parametrize("hue", [-1, 1])
def test_soft_shares_machine_code_does_what_its_python_does(hue: int) -> None:
    # Some values lie beyond the range of three bins, far beyond it, too.
    values = np.random.default_rng(0).uniform(-4, 9, (2, 2, 4, 5))
    scales = np.array([[0.0, 1.0], [-1.0, 0.5]])
    boxes = np.array([[0, 4, 0, 5], [1, 3, 2, 5]])
    room = np.zeros(9)
    machine, python = np.ones((2, 2, 2, 9), dtype=np.float32)
    compiled(soft_shares)(values, scales, hue, 3, boxes, room, machine)
    soft_shares(values, scales, hue, 3, boxes, room, python)
    np.testing.assert_array_equal(machine, python)
    np.testing.assert_allclose(machine.sum(axis=2), 1, rtol=1e-6)
    assert not room.any()
    # The share of a bin is a hat over its centre, or over all of its centres around.
    position = (values[1, 0] + 1) * 0.5 - 0.5
    near = np.abs((position - 1 + 1.5) % 3 - 1.5) if hue == 1 else np.abs(position - 1)
    expected = np.maximum(0, 1 - near).mean()
    np.testing.assert_allclose(machine[0, 0].reshape(3, 3)[:, 1].sum(), expected, rtol=1e-5)
