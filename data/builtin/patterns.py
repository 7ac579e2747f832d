"""Textures are made without functions whose last bit differs between machines, such as the sine."""

from __future__ import annotations

import numpy as np

from data.builtin.draws import Draws, Plane

SIDE_PX = 32


def triangle_wave(phase: Plane) -> Plane:
    """Return a triangle wave in [-1, 1] with period 1."""
    return 4.0 * np.abs(phase - np.floor(phase + 0.5)) - 1.0


def steps(value: Plane, sharpness: float) -> Plane:
    """Return 0 where the value is well below zero, 1 where it is well above, a ramp between."""
    return np.clip(0.5 + sharpness * value, 0.0, 1.0)


def noise(draws: Draws, cell_px: int) -> Plane:
    """Return smooth random values in [-1, 1]: a random lattice, interpolated between its points."""
    n_cells = SIDE_PX // cell_px
    lattice = draws.lattice(n_cells + 1, n_cells + 1)
    weight = (np.arange(cell_px) + 0.5) / cell_px
    down, across = weight[:, None], weight
    rows = (lattice[:, :-1, None] + (lattice[:, 1:, None] - lattice[:, :-1, None]) * down).reshape(
        len(draws), SIDE_PX, n_cells + 1
    )
    return (
        rows[:, :, :-1, None] + (rows[:, :, 1:, None] - rows[:, :, :-1, None]) * across
    ).reshape(len(draws), SIDE_PX, SIDE_PX)
