"""A plane with its points, its grid and the lines that it is folded along, as pictures show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from pipelines.reporting.figures.svg import INK, MUTED, RULE, SERIES
from pipelines.studies.space_warping.net import HALF, Net
from pipelines.studies.space_warping.points import Array, Points

Place: TypeAlias = Callable[[Array], Array]
CLASSES, LINE = SERIES[:2], SERIES[2]


def view(net: Net, points: Points) -> tuple[Array, Array]:
    """Two directions (H, 2) to look at hidden space by, and the middle: its own if there are two.

    Else the score is the height, and across goes the direction in which the rest spreads most.
    """
    if len(net.b) == 2:
        return np.eye(2), np.zeros(2)
    up = net.v / np.linalg.norm(net.v)
    hidden = net.folded(points.x)
    middle = hidden.mean(axis=0)
    rest = hidden - middle
    rest = rest - np.outer(rest @ up, up)
    across = np.linalg.svd(rest, full_matrices=False)[2][0]
    return np.stack([across, up], axis=1), middle


def crease(net: Net, unit: int) -> Array:
    """The part in the square of the line on which a unit is zero, (n, 2)."""
    w, b = net.W[:, unit], net.b[unit]
    foot, along = -b * w / (w @ w), np.array([-w[1], w[0]]) / np.linalg.norm(w)
    line = foot + np.linspace(-3 * HALF, 3 * HALF, 601)[:, None] * along
    return np.asarray(line[np.abs(line).max(axis=1) <= HALF])


def draw_grid(axes: Axes, place: Place) -> None:
    """Draw the square's grid where a map places it."""
    # Matplotlib drops what is straight from lines of 128 points and more.
    ticks, run = np.linspace(-HALF, HALF, 13), np.linspace(-HALF, HALF, 145)
    for tick in ticks:
        for line in (np.stack([run, 0 * run + tick], 1), np.stack([0 * run + tick, run], 1)):
            axes.plot(*place(line).T, color=MUTED, lw=0.5, alpha=0.55)


def draw_points(axes: Axes, points: Points, at: Array) -> None:
    """Dots, as strokes without length: a tenth of the bytes that markers take."""
    for label, colour in reversed(list(enumerate(CLASSES))):
        ends = np.repeat(at[points.y == label], 2, axis=0)
        dots = Path(ends, np.tile([Path.MOVETO, Path.LINETO], len(ends) // 2))
        dots.should_simplify = False
        axes.add_patch(PathPatch(dots, fill=False, ec=colour, lw=3, capstyle="round"))
        axes.update_datalim(at)
    axes.autoscale_view()


def draw_creases(
    axes: Axes, net: Net, place: Place, *, lw: float = 0.9, alpha: float = 0.8
) -> None:
    """Draw the lines in the square that the plane is folded along, where a map places them."""
    for unit in range(len(net.b) if net.folds else 0):
        if len(line := crease(net, unit)):
            axes.plot(*place(line).T, color=LINE, lw=lw, alpha=alpha)


def draw_cut(axes: Axes, net: Net) -> None:
    """The lines that the plane is folded along, and the boundary."""
    draw_creases(axes, net, lambda x: x)
    for line in net.boundary():
        axes.plot(*line.T, color=INK, lw=1.8)


def show_square(axes: Axes) -> None:
    """Show the square, and no ticks."""
    axes.set_xlim(-HALF, HALF)
    axes.set_ylim(-HALF, HALF)
    axes.set_aspect("equal")
    show_bare(axes)


def show_bare(axes: Axes) -> None:
    """Leave a frame, without ticks and grid."""
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(RULE)
