"""Pictures of folded planes, of boundaries, and of what decides their shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter

from pipelines.reporting.figure import INK, MUTED, RULE, SERIES, draw
from pipelines.studies.space_warping import HALF, Array, Fold, Net, Points, Warping
from pipelines.studies.study import Picture

Place: TypeAlias = Callable[[Array], Array]
CLASSES, LINE = SERIES[:2], SERIES[2]


def folds(result: Warping) -> Picture:
    """Two units and three, at each stage."""

    def paint(figure: Figure) -> None:
        rows = figure.subplots(2, 3)
        for axes, fold in zip(rows, result.folds, strict=True):
            _stages(axes, fold, result.ring_points)

    two, three = result.folds
    says = (
        "Points of two rings with the grid of the plane, at three stages, for two and three hidden "
        "units: in the plane, after the linear layer, which only shears it, and after ReLU, which "
        f"folds it. A straight cut of the folded plane gets {two.folded:.1%} right with two units "
        f"and {three.folded:.1%} with three."
    )
    return Picture(
        "A plane and its grid, moved by the linear layer, then folded by ReLU along the green "
        "lines, which are where one hidden unit is zero; what lies behind a line is pressed onto "
        "it. The share is what a straight cut gets right there. The heavy line is one boundary: "
        "straight in the folded plane, bent in the plane. Three units make a space of three "
        "dimensions, seen from above while it is flat, and once it is folded from the side, along "
        "the boundary.",
        draw("space-warping-folds", (760, 520), paint, says=says),
    )


def _stages(panels: Sequence[Axes], fold: Fold, points: Points) -> None:
    plane, moved, folded = panels
    net, n_hidden = fold.net, len(fold.net.b)
    look, origin = _view(net, points)
    flat = look
    if n_hidden > 2:  # the moved plane is still flat: seen from above
        flat = np.linalg.svd(net.moved(points.x) - origin, full_matrices=False)[2][:2].T
    _cut(plane, net)
    _grid(plane, lambda x: x)
    _mark(plane, points, points.x)
    _square(plane)
    plane.set_ylabel(f"{n_hidden} hidden units", color=INK)
    plane.set_title(f"the plane: {fold.plane:.1%}")
    moved.set_title(f"after the linear layer: {fold.moved:.1%}")
    folded.set_title(f"after ReLU: {fold.folded:.1%}")
    for axes, place, sight in ((moved, net.moved, flat), (folded, net.folded, look)):

        def seen(x: Array, place: Place = place, sight: Array = sight) -> Array:
            return np.asarray((place(x) - origin) @ sight)

        _grid(axes, seen)
        for unit in range(n_hidden if net.folds else 0):
            axes.plot(*seen(_crease(net, unit)).T, color=LINE, lw=1.1)
        _mark(axes, points, seen(points.x))
        axes.set_aspect("equal", adjustable="datalim")
        _bare(axes)
    (a, b), rest = net.v @ look, net.c + net.v @ origin  # the cut: ax + by + rest = 0
    nearest = -rest / (a * a + b * b)
    folded.axline((nearest * a, nearest * b), slope=-a / b, color=INK, lw=1.8)


def _view(net: Net, points: Points) -> tuple[Array, Array]:
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


def _crease(net: Net, unit: int) -> Array:
    """The part in the square of the line on which a unit is zero, (n, 2)."""
    w, b = net.W[:, unit], net.b[unit]
    foot, along = -b * w / (w @ w), np.array([-w[1], w[0]]) / np.linalg.norm(w)
    line = foot + np.linspace(-3 * HALF, 3 * HALF, 601)[:, None] * along
    return np.asarray(line[np.abs(line).max(axis=1) <= HALF])


def _grid(axes: Axes, place: Place) -> None:
    # Matplotlib drops what is straight from lines of 128 points and more.
    ticks, run = np.linspace(-HALF, HALF, 13), np.linspace(-HALF, HALF, 145)
    for tick in ticks:
        for line in (np.stack([run, 0 * run + tick], 1), np.stack([0 * run + tick, run], 1)):
            axes.plot(*place(line).T, color=MUTED, lw=0.5, alpha=0.55)


def _mark(axes: Axes, points: Points, at: Array) -> None:
    """Dots, as strokes without length: a tenth of the bytes that markers take."""
    for label, colour in reversed(list(enumerate(CLASSES))):
        ends = np.repeat(at[points.y == label], 2, axis=0)
        dots = Path(ends, np.tile([Path.MOVETO, Path.LINETO], len(ends) // 2))
        dots.should_simplify = False
        axes.add_patch(PathPatch(dots, fill=False, ec=colour, lw=3, capstyle="round"))
        axes.update_datalim(at)
    axes.autoscale_view()


def _cut(axes: Axes, net: Net) -> None:
    """The lines that the plane is folded along, and the boundary."""
    for unit in range(len(net.b) if net.folds else 0):
        axes.plot(*_crease(net, unit).T, color=LINE, lw=0.9, alpha=0.8)
    for line in net.boundary():
        axes.plot(*line.T, color=INK, lw=1.8)


def _square(axes: Axes) -> None:
    axes.set_xlim(-HALF, HALF)
    axes.set_ylim(-HALF, HALF)
    axes.set_aspect("equal")
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(RULE)


def _plain(axis: Axis) -> None:
    """Write 0.01 and 100, not powers of ten."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def sizes(result: Warping) -> Picture:
    """Boundaries for some of the sizes."""
    wanted = [i for i, net in enumerate(result.nets) if len(net.b) in (1, 2, 3, 5, 10, 20)]

    def paint(figure: Figure) -> None:
        columns = min(len(wanted), 3)
        panels = figure.subplots(-(-len(wanted) // columns), columns, squeeze=False).ravel()
        for axes, index in zip(panels, wanted, strict=True):
            net = result.nets[index]
            _cut(axes, net)
            _mark(axes, result.spiral_points, result.spiral_points.x)
            _square(axes)
            n = len(net.b)
            title = f"{n} unit{'s' if n > 1 else ''}: {result.accuracies[index]:.1%}"
            axes.set_title(title)

    shown = ", ".join(f"{len(result.nets[i].b)}: {result.accuracies[i]:.1%}" for i in wanted)
    says = f"Two spirals and the boundary between them; right on fresh points, by units: {shown}."
    height = 520 if len(wanted) > 3 else 270
    return Picture(
        "The boundary (heavy) between two spirals and the lines that the plane is folded along "
        "(green), for more and more hidden units, with the share of fresh points that is right.",
        draw("space-warping-sizes", (760, height), paint, says=says),
    )


def growth(result: Warping) -> Picture:
    """Accuracy and pieces against hidden units."""
    units = np.array([len(net.b) for net in result.nets])
    pieces = [net.n_pieces() for net in result.nets]

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        left.plot(units, result.accuracies, "o-", color=SERIES[0], ms=4)
        left.set_ylabel("right on fresh points")
        left.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        right.plot(units, 1 + units + units * (units - 1) / 2, "--", color=MUTED, lw=1.2)
        right.plot(units, pieces, "o-", color=SERIES[2], ms=4)
        right.set_yscale("log")
        _plain(right.yaxis)
        right.set_ylabel("linear pieces in the square")
        right.annotate("in the square", (units[-1], pieces[-1]), (0, -16), color=LINE, ha="right",
                       textcoords="offset points")  # fmt: skip
        right.annotate("most that lines can cut", (units[-1], 1 + units[-1] * (units[-1] + 1) / 2),
                       (-14, 2), color=MUTED, ha="right", textcoords="offset points")  # fmt: skip
        for axes in (left, right):
            axes.set_xlabel("hidden units")
            axes.set_xticks([1, 5, 10, 15, 20])

    says = (
        f"From {units[0]} to {units[-1]} hidden units accuracy goes from "
        f"{result.accuracies[0]:.1%} to {result.accuracies[-1]:.1%} and the linear pieces from "
        f"{pieces[0]} to {pieces[-1]}."
    )
    return Picture(
        "More lines, more pieces, a better fit of the spirals: each point is the best, by its "
        "training loss, of several networks. Not all lines cross within the square.",
        draw("space-warping-growth", (760, 270), paint, says=says),
    )


def strengths(result: Warping) -> Picture:
    """Boundaries for rising α, over accuracy and length against it."""
    last = len(result.strengths) - 1
    chosen = sorted({0, max(range(last + 1), key=lambda i: result.strengths[i].fresh), last})
    alphas = [strength.alpha for strength in result.strengths]

    def paint(figure: Figure) -> None:
        parts: Any = figure.subfigures(2, 1, height_ratios=[1, 0.95])
        above, below = parts
        panels = above.subplots(1, len(chosen), squeeze=False)[0]
        for axes, index in zip(panels, chosen, strict=True):
            strength = result.strengths[index]
            for line in strength.net.boundary():
                axes.plot(*line.T, color=INK, lw=1.8)
            _mark(axes, strength.points, strength.points.x)
            _square(axes)
            axes.set_title(f"α = {strength.alpha:g}")
        left, right = below.subplots(1, 2)
        for values, colour, name, up in (
            ([s.training for s in result.strengths], MUTED, "training points", 7),
            ([s.fresh for s in result.strengths], SERIES[0], "fresh points", -15),
        ):
            left.plot(alphas, values, "o-", color=colour, ms=4)
            left.annotate(name, (alphas[0], values[0]), (3, up), color=colour,
                          textcoords="offset points")  # fmt: skip
        left.set_ylabel("right")
        left.margins(y=0.2)
        left.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        right.plot(alphas, [s.length for s in result.strengths], "o-", color=SERIES[3], ms=4)
        right.set_ylabel("length of the boundary")
        right.set_ylim(bottom=0)
        for axes in (left, right):
            axes.set_xscale("log")
            _plain(axes.xaxis)
            axes.set_xlabel("α")

    weak, strong = result.strengths[0], result.strengths[-1]
    says = (
        f"As α rises from {weak.alpha:g} to {strong.alpha:g}, the boundary of 20 units gets "
        f"straighter, its mean length goes from {weak.length:.2f} to {strong.length:.2f}, accuracy "
        f"on the training points from {weak.training:.1%} to {strong.training:.1%}, and on fresh "
        f"points from {weak.fresh:.1%} to {strong.fresh:.1%}."
    )
    return Picture(
        "20 hidden units on overlapping moons: weak decay lets the boundary go round single "
        "points, strong decay leaves it nearly straight. Curves are means over several draws.",
        draw("space-warping-strengths", (760, 520), paint, says=says),
    )
