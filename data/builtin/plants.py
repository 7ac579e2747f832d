"""A tree and a mushroom share an outline, a round top on a stem, and differ in their texture."""

from __future__ import annotations

import numpy as np

from data.builtin.drawing import Canvas, Frame, blend
from data.builtin.draws import Draws
from data.builtin.patterns import noise, steps, triangle_wave

_BARK = [(95, 70, 50), (70, 55, 45), (150, 140, 130)]
_LEAVES = [(60, 110, 45), (95, 135, 60), (45, 85, 50), (190, 110, 45), (180, 150, 60)]
_STEMS = [(225, 215, 195), (200, 185, 160), (235, 232, 225)]
_CAPS = [(195, 50, 40), (150, 95, 60), (215, 130, 60), (120, 80, 120), (200, 170, 120)]
_DOTS = [(240, 235, 225), (225, 205, 170)]


def tree(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a tree: a leafy crown, round or pointed, on a trunk."""
    half = draws.uniform(0.07, 0.14)
    trunk = frame.limb((0.0, 0.0), (draws.uniform(-0.1, 0.1), 0.92), half, half)
    canvas.paint(trunk, draws.colour(_BARK))
    wide = draws.uniform(0.45, 0.75)
    round_ = np.maximum(
        frame.ellipse((draws.uniform(-0.1, 0.1), -0.4), wide, 0.5),
        np.maximum(
            frame.ellipse((-0.5 * wide, -0.15), 0.55 * wide, 0.32),
            frame.ellipse((0.5 * wide, -0.15), 0.55 * wide, 0.32),
        ),
    )
    pointed = frame.polygon((-0.9 * wide, 0.3), (0.0, -0.98), (0.9 * wide, 0.3))
    crown = blend(round_, pointed, draws.chance(0.35))
    canvas.paint(crown, draws.colour(_LEAVES) * (0.9 - 0.2 * frame.y) + 42.0 * noise(draws, 2))


def mushroom(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a mushroom: a spotted cap on a pale stem."""
    foot = draws.uniform(0.14, 0.24)
    stem = frame.limb((0.0, 0.0), (draws.uniform(-0.12, 0.12), 0.75), 0.8 * foot, foot)
    canvas.paint(stem, draws.colour(_STEMS))
    wide, tall = draws.uniform(0.6, 0.9), draws.uniform(0.5, 0.85)
    cap = np.minimum(
        frame.ellipse((0.0, 0.05), wide, tall),
        np.clip(0.5 - (frame.y - 0.08) * frame.scale_px, 0.0, 1.0),
    )
    canvas.paint(cap, draws.colour(_CAPS) * (0.95 - 0.25 * frame.y))
    spacing_px = draws.uniform(4.0, 5.5)
    across = frame.x * frame.scale_px / spacing_px + draws.uniform(0, 1)
    down = frame.y * frame.scale_px / spacing_px + draws.uniform(0, 1)
    dots = steps(triangle_wave(across + 0.5 * np.floor(down)) + triangle_wave(down) + 0.9, -2.0)
    canvas.paint(cap * dots, draws.colour(_DOTS), solid=False)
