"""A painted scene becomes a photograph by light, focus, sensor noise and rounding to eight bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.builtin.drawing import Canvas
from data.builtin.draws import Draws, Plane
from data.builtin.patterns import SIDE_PX


def photograph(draws: Draws, canvas: Canvas) -> NDArray[np.uint8]:
    """Return images of shape (n, height, width, 3), each with a light and a camera of its own."""
    position = (np.arange(SIDE_PX) + 0.5) / (SIDE_PX / 2) - 1.0
    light = draws.uniform(0.6, 1.15) * (
        1.0 + draws.uniform(-0.25, 0.25) * position + draws.uniform(-0.2, 0.2) * position[:, None]
    )
    tint = np.stack([draws.uniform(0.9, 1.1) for _ in range(3)])
    colours = canvas.colours * (light * tint)
    colours += draws.uniform(0.0, 0.7) * (_blurred(colours) - colours)
    fog = draws.uniform(0.0, 0.2)
    colours += fog * (150.0 - colours)
    speckle = draws.lattice(3 * SIDE_PX, SIDE_PX).reshape(len(draws), 3, SIDE_PX, SIDE_PX)
    colours += draws.uniform(2.0, 12.0) * speckle.transpose(1, 0, 2, 3)
    stored = np.floor(np.clip(colours, 0.0, 255.0) + 0.5).astype(np.uint8)
    return np.ascontiguousarray(stored.transpose(1, 2, 3, 0))


def _blurred(planes: Plane) -> Plane:
    """Return the planes blurred by the binomial 3 × 3 filter; the border repeats its last pixel."""
    for axis in (-2, -1):
        moved = np.moveaxis(planes, axis, -1)
        before = np.concatenate([moved[..., :1], moved[..., :-1]], axis=-1)
        after = np.concatenate([moved[..., 1:], moved[..., -1:]], axis=-1)
        planes = np.moveaxis(0.25 * (before + after) + 0.5 * moved, -1, axis)
    return planes
