"""Three animals share a body and differ in their coats, and two others share an outline."""

from __future__ import annotations

import numpy as np

from data.builtin.drawing import Canvas, Frame, Length, blend
from data.builtin.draws import Draws, Plane
from data.builtin.patterns import noise, steps, triangle_wave

_HORSE_COATS = [(120, 70, 40), (150, 95, 55), (58, 46, 42), (95, 60, 45), (175, 130, 85)]
_COW_PATCHES = [(40, 36, 36), (55, 48, 45), (125, 70, 42), (160, 95, 55)]
_FISH = [(230, 130, 50), (225, 95, 60), (165, 180, 190), (90, 165, 150), (235, 190, 70)]
_PLUMAGE = [(65, 105, 185), (185, 60, 55), (115, 85, 60), (220, 200, 70), (55, 55, 62)]


def _quadruped(
    draws: Draws, frame: Frame, *, girth: Length, neck: Length, leg: Length
) -> tuple[Plane, tuple[Plane, Plane]]:
    """Return the coverage of an animal on four legs, and where its head is."""
    grazing = draws.chance(0.35)
    head_x = 0.72 + 0.1 * grazing + draws.uniform(-0.06, 0.06)
    head_y = -0.28 - neck + grazing * (neck + 0.62) + draws.uniform(-0.08, 0.08)
    stride = draws.uniform(-0.22, 0.22)
    coat = frame.limb((-0.34, -0.1), (0.34, -0.1), girth, girth * draws.uniform(0.8, 1.05))
    parts = [
        frame.limb((0.36, -0.16), (head_x, head_y), girth * 0.7, girth * 0.42),
        frame.limb((head_x - 0.02, head_y), (head_x + 0.24, head_y + 0.16), 0.12, 0.08),
        frame.limb((head_x - 0.06, head_y), (head_x - 0.1, head_y - 0.2), 0.05, 0.03),
        frame.limb((-0.5, -0.2), (-0.72 + 0.3 * stride, 0.25), 0.05, 0.05),
    ]
    for hip, swing in ((-0.44, stride), (-0.3, -stride), (0.28, stride), (0.42, -stride)):
        parts.append(frame.limb((hip, 0.0), (hip + 0.6 * swing, leg), 0.1, 0.06))
    for part in parts:
        np.maximum(coat, part, out=coat)
    return coat, (head_x, head_y)


def horse(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a horse: a plain coat and a dark mane."""
    coat, (head_x, head_y) = _quadruped(
        draws, frame, girth=draws.uniform(0.22, 0.29), neck=draws.uniform(0.25, 0.5), leg=0.75
    )
    colour = draws.colour(_HORSE_COATS)
    canvas.paint(coat, colour + 7.0 * noise(draws, 4))
    mane = frame.limb((0.26, -0.34), (head_x - 0.12, head_y - 0.08), 0.07, 0.07)
    canvas.paint(mane, 0.45 * colour)


def zebra(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a zebra: the outline of a horse, with stripes."""
    coat, _ = _quadruped(
        draws, frame, girth=draws.uniform(0.22, 0.29), neck=draws.uniform(0.25, 0.5), leg=0.75
    )
    bend = 0.35 * noise(draws, 8) + frame.y * draws.uniform(-0.8, 0.8)
    period_px = draws.uniform(2.8, 4.2)
    stripes = steps(triangle_wave(frame.x * frame.scale_px / period_px + bend), 1.2)
    dark = draws.colour([(35, 32, 32), (60, 45, 38), (45, 45, 50)])
    light = draws.colour([(225, 222, 215), (210, 195, 170), (190, 188, 186)])
    canvas.paint(coat, blend(dark, light, stripes))


def cow(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a cow: heavier than a horse, with blotches."""
    coat, (head_x, head_y) = _quadruped(
        draws, frame, girth=draws.uniform(0.26, 0.34), neck=draws.uniform(0.1, 0.3), leg=0.68
    )
    blotches = steps(noise(draws, 4) + draws.uniform(-0.2, 0.2), 3.5)
    dark, light = draws.colour(_COW_PATCHES), draws.colour([(230, 226, 220), (215, 205, 190)])
    canvas.paint(coat, blend(dark, light, blotches))
    horn = frame.limb((head_x, head_y - 0.05), (head_x + 0.1, head_y - 0.24), 0.05, 0.03)
    canvas.paint(horn, draws.colour([(215, 205, 180)]))


def fish(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a fish: an oval with a forked tail and scales."""
    height = draws.uniform(0.26, 0.42)
    body = frame.ellipse((0.1, 0.0), 0.66, height)
    tail = draws.uniform(0.28, 0.45)
    fins = frame.polygon((-0.95, -tail), (-0.42, 0.06), (-0.78, 0.06))
    for fin in (
        frame.polygon((-0.42, -0.06), (-0.95, tail), (-0.78, -0.06)),
        frame.polygon((-0.3, -0.5 * height), (-0.12, -height - 0.24), (0.34, -0.7 * height)),
        frame.polygon((-0.05, 0.7 * height), (0.2, 0.7 * height), (-0.08, height + 0.18)),
    ):
        np.maximum(fins, fin, out=fins)
    colour = draws.colour(_FISH)
    canvas.paint(fins, 0.75 * colour)
    period_px = draws.uniform(2.8, 3.8)
    across, down = frame.x * frame.scale_px / period_px, frame.y * frame.scale_px / period_px
    scales = triangle_wave(across + 0.5 * down) + triangle_wave(across - 0.5 * down)
    back = 1.0 - 0.35 * np.clip(-frame.y / height, -1.0, 1.0)
    canvas.paint(body, colour * (back + 0.24 * scales))
    eye_y = -0.25 * height
    canvas.paint(frame.ellipse((0.52, eye_y), 0.09, 0.09), draws.colour([(240, 240, 235)]))
    canvas.paint(frame.ellipse((0.53, eye_y), 0.05, 0.05), draws.colour([(20, 20, 20)], spread=0))


def bird(draws: Draws, frame: Frame, canvas: Canvas) -> None:
    """Paint a bird: the oval of a fish with a beak, a barred wing, and legs when it stands."""
    flying = draws.chance(0.5)
    colour = draws.colour(_PLUMAGE)
    limbs = np.maximum(
        frame.limb((0.0, 0.2), (-0.02, 0.72), 0.035, 0.035),
        frame.limb((0.14, 0.2), (0.16, 0.72), 0.035, 0.035),
    )
    canvas.paint(limbs * (1.0 - flying), draws.colour([(60, 45, 35), (200, 130, 50)]))
    head_y = draws.uniform(-0.42, -0.2)
    body = np.maximum(
        frame.ellipse((0.05, 0.0), 0.5, draws.uniform(0.24, 0.33)),
        frame.limb((-0.3, 0.02), (-0.9, draws.uniform(-0.15, 0.25)), 0.13, 0.09),
    )
    head = frame.limb((0.35, -0.1), (0.52, head_y), 0.17, 0.17)
    beak = frame.polygon((0.62, head_y - 0.09), (0.95, head_y + 0.04), (0.62, head_y + 0.1))
    canvas.paint(beak, draws.colour([(235, 160, 50), (90, 80, 70), (225, 190, 90)]))
    canvas.paint(np.maximum(body, head), colour)
    belly = frame.ellipse((0.12, 0.17), 0.34, 0.13)
    canvas.paint(belly, blend(colour, draws.colour([(230, 225, 215), (235, 190, 140)]), 0.7))
    raised = flying * draws.uniform(0.5, 0.85)
    tip = (-0.35 - 0.1 * flying, 0.12 - raised * 1.1)
    wing = frame.limb((0.08, -0.06), tip, 0.2, 0.09)
    bars = triangle_wave(frame.x * frame.scale_px / draws.uniform(2.2, 3.2) + 0.4 * frame.y)
    canvas.paint(wing, colour * (0.62 + 0.3 * bars))
    canvas.paint(
        frame.ellipse((0.56, head_y - 0.03), 0.05, 0.05), draws.colour([(15, 15, 15)], spread=0)
    )
