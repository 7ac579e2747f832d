"""A car and a truck share wheels and paints; a sailboat has an outline of its own."""

from __future__ import annotations

import numpy as np

from data.builtin.drawing import Canvas, Frame, Length, blend
from data.builtin.draws import Draws
from data.builtin.patterns import triangle_wave

_CAR_PAINTS = [(185, 40, 45), (45, 75, 155), (50, 50, 58), (155, 160, 168), (60, 110, 85)]
_TRUCK_PAINTS = [(225, 225, 222), (230, 180, 55), (220, 120, 45), (70, 130, 80), (190, 50, 45)]
_HULL_PAINTS = [(120, 70, 45), (225, 225, 225), (40, 60, 110), (180, 50, 45), (50, 50, 55)]
_SAILS = [(238, 236, 230), (232, 226, 205), (200, 70, 60), (70, 110, 170), (235, 190, 80)]
_GLASS = [(60, 75, 90), (150, 185, 205), (35, 40, 48)]


def _wheels(draws: Draws, frame: Frame, canvas: Canvas, centres: list[Length], y: float) -> None:
    radius = draws.uniform(0.15, 0.21)
    tyres = [frame.ellipse((x, y), radius, radius) for x in centres]
    hubs = [frame.ellipse((x, y), 0.45 * radius, 0.45 * radius) for x in centres]
    for tyre, hub in zip(tyres, hubs, strict=True):
        canvas.paint(tyre, draws.colour([(28, 28, 30)], spread=12))
        canvas.paint(hub, draws.colour([(160, 160, 165)]))


def car(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a car: a low smooth body under a cabin."""
    colour = draws.colour(_CAR_PAINTS)
    roof, front = draws.uniform(-0.48, -0.32), draws.uniform(0.15, 0.4)
    cabin = frame.polygon((-0.75, 0.05), (-0.5, roof), (front, roof), (front + 0.35, 0.05))
    hood = draws.uniform(-0.05, 0.08)
    body = frame.polygon(
        (-0.95, 0.32), (-0.93, -0.06), (0.45, -0.06), (0.9, hood + 0.06), (0.96, 0.32)
    )
    canvas.paint(np.maximum(cabin, body), colour * (1.0 - 0.4 * frame.y))
    glass = draws.colour(_GLASS)
    top = roof + 0.08
    canvas.paint(frame.polygon((-0.6, -0.06), (-0.45, top), (-0.14, top), (-0.14, -0.06)), glass)
    canvas.paint(
        frame.polygon((-0.04, -0.06), (-0.04, top), (front - 0.03, top), (front + 0.16, -0.06)),
        glass,
    )
    lamp = frame.ellipse((0.88, 0.1), 0.07, 0.06)
    canvas.paint(lamp, draws.colour([(245, 235, 190)]))
    _wheels(draws, frame, canvas, [-0.55, 0.56], 0.33)


def truck(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a truck: a ribbed box behind a cab."""
    rear = draws.uniform(-0.98, -0.8)
    top = draws.uniform(-0.62, -0.3)
    split = draws.uniform(0.25, 0.42)
    cab_top = draws.uniform(-0.38, -0.18)
    cab = frame.polygon(
        (split, 0.32), (split, cab_top), (0.75, cab_top), (0.94, 0.02), (0.96, 0.32)
    )
    canvas.paint(cab, draws.colour(_TRUCK_PAINTS) * (1.0 - 0.3 * frame.y))
    window = frame.polygon(
        (0.52, -0.02), (0.52, cab_top + 0.08), (0.71, cab_top + 0.08), (0.83, -0.02)
    )
    canvas.paint(window, draws.colour(_GLASS))
    box = frame.polygon((rear, 0.26), (rear, top), (split - 0.05, top), (split - 0.05, 0.26))
    ribs = triangle_wave(frame.x * frame.scale_px / draws.uniform(2.2, 3.4))
    canvas.paint(box, draws.colour(_TRUCK_PAINTS) * (0.95 + draws.uniform(0.12, 0.3) * ribs))
    _wheels(draws, frame, canvas, [rear + 0.25, split - 0.3, 0.68], 0.34)


def sailboat(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a sailboat: a hull, a large sail behind the mast and a small sail before it."""
    deck = draws.uniform(0.36, 0.48)
    hull = frame.polygon((-0.7, 0.75), (-0.85, deck), (0.9, deck), (0.6, 0.75))
    canvas.paint(hull, draws.colour(_HULL_PAINTS) * (1.1 - 0.4 * frame.y))
    canvas.paint(frame.limb((0.1, deck), (0.1, -0.95), 0.03, 0.03), draws.colour([(90, 70, 50)]))
    sail = draws.colour(_SAILS)
    boom = draws.uniform(-0.75, -0.5)
    main = frame.polygon((boom, deck - 0.1), (0.04, -0.95), (0.04, deck - 0.1))
    jib = frame.polygon((0.16, -0.75), (draws.uniform(0.6, 0.82), deck - 0.1), (0.16, deck - 0.1))
    seams = triangle_wave(frame.y * frame.scale_px / draws.uniform(3.0, 5.0) + 0.3 * frame.x)
    canvas.paint(main, sail * (0.95 + 0.1 * seams))
    second = blend(sail, draws.colour(_HULL_PAINTS), draws.chance(0.4))
    canvas.paint(jib, second * (0.95 + 0.1 * seams))
