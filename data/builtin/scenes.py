"""A background tells something about the class of its object, as in photographs, but not enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.builtin.drawing import Canvas, blend
from data.builtin.draws import Draws, Plane
from data.builtin.patterns import SIDE_PX, noise, steps, triangle_wave

_Colour = tuple[int, int, int]


@dataclass(frozen=True)
class _Scene:
    sky_high: _Colour
    sky_low: _Colour
    ground_far: _Colour
    ground_near: _Colour
    clouds: float
    uprights: float = 0.0
    waves: float = 0.0
    grain: float = 0.3


_SCENES = {
    "meadow": _Scene(
        (96, 150, 220), (190, 215, 235), (120, 160, 80), (70, 120, 45), clouds=0.5, grain=0.9
    ),
    "savanna": _Scene(
        (150, 185, 215), (230, 220, 190), (200, 170, 105), (175, 135, 70), clouds=0.3, grain=0.8
    ),
    "street": _Scene(
        (150, 160, 175), (190, 190, 195), (130, 130, 132), (85, 85, 90), clouds=0.3, uprights=0.9
    ),
    "sea": _Scene(
        (110, 165, 225), (200, 220, 235), (70, 125, 165), (35, 85, 130), clouds=0.6, waves=0.9
    ),
    "dusk": _Scene(
        (90, 70, 130), (240, 160, 95), (110, 80, 80), (60, 45, 60), clouds=0.6, uprights=0.2
    ),
    "snow": _Scene(
        (165, 180, 200), (220, 225, 232), (235, 238, 242), (205, 212, 225), clouds=0.4, uprights=0.1
    ),
    "woods": _Scene(
        (50, 85, 50), (85, 110, 60), (95, 95, 50), (75, 65, 40), clouds=0.9, uprights=0.9, grain=1.0
    ),
    "deep": _Scene(
        (60, 150, 185), (35, 110, 160), (30, 95, 140), (25, 70, 105), clouds=0.4, waves=0.6
    ),
}
SCENES = tuple(_SCENES)
_COLOURS = np.array(
    [(s.sky_high, s.sky_low, s.ground_far, s.ground_near) for s in _SCENES.values()], np.float64
)
_AMOUNTS = np.array([(s.clouds, s.uprights, s.waves, s.grain) for s in _SCENES.values()])


def scene(draws: Draws, favourites: dict[str, float], horizon: Plane) -> Canvas:
    """Return a background for each image; the favourites come more often than other scenes.

    Parameters
    ----------
    draws : Draws
        The random words of the images.
    favourites : dict
        Scene name → how much is added to its weight, which is 1 for every scene.
    horizon : float64 array, shape (n, 1, 1)
        The image row where the sky ends and the ground begins.
    """
    weights = [1.0 + favourites.get(name, 0.0) for name in SCENES]
    kind = draws.choose(weights)
    sky_high, sky_low, far, near = (
        np.stack(
            [_COLOURS[kind, part, c][:, None, None] + draws.uniform(-30, 30) for c in range(3)]
        )
        for part in range(4)
    )
    clouds, uprights, waves, grain = (
        _AMOUNTS[kind, part][:, None, None] * draws.uniform(0.3, 1.3) for part in range(4)
    )
    x = np.arange(SIDE_PX) + 0.5
    y = x[:, None]
    coarse, fine = noise(draws, 8), noise(draws, 2)
    skyline = horizon + 5.0 * uprights * noise(draws, 4) + 1.5 * coarse

    sky = blend(sky_high, sky_low, np.clip(y / horizon, 0.0, 1.0))
    sky = sky + clouds * 60.0 * np.maximum(coarse + 0.3 * fine, 0.0)
    depth = (y - horizon) / (SIDE_PX - horizon)
    ground = blend(far, near, np.clip(depth, 0.0, 1.0))
    ripple = triangle_wave(
        y * draws.uniform(0.2, 0.4) + 0.6 * coarse + x * draws.uniform(-0.05, 0.05)
    )
    ground = ground + (waves * 26.0 * ripple + grain * 38.0 * fine)
    canvas = Canvas(blend(sky, ground, steps(y - skyline, 0.5)))

    # Trunks, posts and walls stand on the horizon.
    for _ in range(3):
        centre, half = draws.uniform(0, SIDE_PX), draws.uniform(0.6, 3.5)
        top, foot = draws.uniform(0, 14), horizon + draws.uniform(0, 5)
        inside = np.minimum(half - np.abs(x - centre), np.minimum(y - top, foot - y))
        shown = draws.uniform(0, 1) < uprights
        colour = blend(near, draws.colour([(120, 90, 70), (150, 140, 130), (70, 60, 55)]), 0.7)
        canvas.paint(np.clip(0.5 + inside, 0.0, 1.0) * shown, colour + 20.0 * fine, solid=False)
    return canvas


def clutter(draws: Draws, canvas: Canvas, chance: float) -> None:
    """Paint a blob of any colour into a share of the images."""
    x = np.arange(SIDE_PX) + 0.5
    y = x[:, None]
    centre_x, centre_y = draws.uniform(0, SIDE_PX), draws.uniform(0, SIDE_PX)
    half_width, half_height = draws.uniform(1.5, 6), draws.uniform(1.5, 6)
    slant = draws.uniform(-0.6, 0.6)
    across = (x - centre_x + slant * (y - centre_y)) / half_width
    down = (y - centre_y) / half_height
    round_ = np.sqrt(across * across + down * down)
    square = np.maximum(np.abs(across), np.abs(down))
    distance = np.where(draws.chance(0.5) > 0, round_, square) - 1.0
    coverage = np.clip(0.5 - distance * np.minimum(half_width, half_height), 0.0, 1.0)
    brightness = draws.uniform(30, 210)
    colour = np.stack([brightness + draws.uniform(-35, 35) for _ in range(3)])
    ripple = triangle_wave(x * draws.uniform(-0.4, 0.4) + y * draws.uniform(-0.4, 0.4))
    shade = draws.uniform(0, 45) * ripple
    canvas.paint(coverage * draws.chance(chance), colour + shade, solid=False)


def haze(draws: Draws, canvas: Canvas) -> None:
    """Paint haze over all that was painted before, so that it looks farther away."""
    colour = draws.colour([(190, 200, 210), (120, 120, 130)])
    canvas.colours += draws.uniform(0.0, 0.3) * (colour - canvas.colours)


def shadow(draws: Draws, canvas: Canvas, coverage: Plane) -> None:
    """Darken the ground under an object."""
    canvas.colours *= 1.0 - draws.uniform(0.0, 0.5) * coverage
