"""Pictures of folded planes, of boundaries, and of what decides their shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pipelines.reporting.figures.svg import INK, MUTED, SERIES, draw, plain_numbers
from pipelines.studies.space_warping.experiment import Fold, Warping
from pipelines.studies.space_warping.planes import (
    LINE,
    Place,
    draw_creases,
    draw_cut,
    draw_grid,
    draw_points,
    show_bare,
    show_square,
    view,
)
from pipelines.studies.space_warping.points import Array, Points
from pipelines.studies.study import Picture


def pictures(result: Warping) -> list[Picture]:
    """Draw the fold, the boundary for more and more units, and for more and more decay."""
    return [folds(result), sizes(result), growth(result), strengths(result)]


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
    look, origin = view(net, points)
    flat = look
    if n_hidden > 2:  # the moved plane is still flat: seen from above
        flat = np.linalg.svd(net.moved(points.x) - origin, full_matrices=False)[2][:2].T
    draw_cut(plane, net)
    draw_grid(plane, lambda x: x)
    draw_points(plane, points, points.x)
    show_square(plane)
    plane.set_ylabel(f"{n_hidden} hidden units", color=INK)
    plane.set_title(f"the plane: {fold.plane:.1%}")
    moved.set_title(f"after the linear layer: {fold.moved:.1%}")
    folded.set_title(f"after ReLU: {fold.folded:.1%}")
    for axes, place, sight in ((moved, net.moved, flat), (folded, net.folded, look)):

        def seen(x: Array, place: Place = place, sight: Array = sight) -> Array:
            return np.asarray((place(x) - origin) @ sight)

        draw_grid(axes, seen)
        draw_creases(axes, net, seen, lw=1.1, alpha=1.0)
        draw_points(axes, points, seen(points.x))
        axes.set_aspect("equal", adjustable="datalim")
        show_bare(axes)
    if n_hidden == 2:  # all points lie on two half-lines, and the grid goes on along them
        shown = net.folded(points.x).max(axis=0)
        folded.set_aspect("auto")
        folded.set(xlim=(-0.3 * shown[0], 1.1 * shown[0]), ylim=(-0.3 * shown[1], 1.1 * shown[1]))
    (a, b), rest = net.v @ look, net.c + net.v @ origin  # the cut: ax + by + rest = 0
    nearest = -rest / (a * a + b * b)
    folded.axline((nearest * a, nearest * b), slope=-a / b, color=INK, lw=1.8)


def sizes(result: Warping) -> Picture:
    """Boundaries for some of the sizes."""
    wanted = [i for i, net in enumerate(result.nets) if len(net.b) in (1, 2, 3, 5, 10, 20)]

    def paint(figure: Figure) -> None:
        columns = min(len(wanted), 3)
        panels = figure.subplots(-(-len(wanted) // columns), columns, squeeze=False).ravel()
        for axes, index in zip(panels, wanted, strict=True):
            net = result.nets[index]
            draw_cut(axes, net)
            draw_points(axes, result.spiral_points, result.spiral_points.x)
            show_square(axes)
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
        plain_numbers(right.yaxis)
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
        parts: Any = figure.subfigures(2, 1, height_ratios=[1.15, 0.95])
        above, below = parts
        panels = above.subplots(1, len(chosen), squeeze=False)[0]
        for axes, index in zip(panels, chosen, strict=True):
            strength = result.strengths[index]
            for line in strength.net.boundary():
                axes.plot(*line.T, color=INK, lw=1.8)
            draw_points(axes, strength.points, strength.points.x)
            show_square(axes)
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
            plain_numbers(axes.xaxis)
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
        draw("space-warping-strengths", (760, 560), paint, says=says),
    )
