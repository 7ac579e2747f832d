"""Pictures of cost against size, and of the plane with and without the penalty."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator, PercentFormatter

from pipelines.reporting.figures.svg import ACCENT, INK, MUTED, SERIES, draw
from pipelines.studies.higher_order.experiment import CurvatureForLess
from pipelines.studies.space_warping.net import Net
from pipelines.studies.space_warping.planes import (
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


def pictures(result: CurvatureForLess) -> list[Picture]:
    """Draw cost against size, the folded plane without and with the penalty, and figures by λ."""
    return [cost(result), planes(result), growing_penalty(result)]


def cost(result: CurvatureForLess) -> Picture:
    """Seconds against weights."""
    weights = [cost.n_weights for cost in result.costs]
    whole = [(c.n_weights, c.hessian_s) for c in result.costs if c.hessian_s is not None]
    last, most = result.costs[-1], whole[-1]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.loglog(*zip(*whole, strict=True), "o-", color=ACCENT, lw=1.8, ms=5)
        if last.n_weights > most[0]:
            by_columns = last.n_weights * last.product_s
            axes.loglog([most[0], last.n_weights], [most[1], by_columns], "--", color=ACCENT)
        products = [c.product_s for c in result.costs]
        gradients = [c.gradient_s for c in result.costs]
        axes.loglog(weights, products, "o-", color=SERIES[1], lw=1.8, ms=5)
        axes.loglog(weights, gradients, "o-", color=MUTED, lw=1.8, ms=5)
        for name, at, colour, place in (
            ("the whole Hessian", whole[-1], ACCENT, (-10, 6)),
            ("one product H v", (weights[-1], products[-1]), SERIES[1], (-4, 12)),
            ("one gradient", (weights[-1], gradients[-1]), MUTED, (-4, -20)),
        ):
            axes.annotate(name, at, place, textcoords="offset points", ha="right", color=colour)
        axes.set_xlabel("weights")
        axes.set_ylabel("seconds")
        axes.set_xticks(weights)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
            axis.set_minor_formatter(NullFormatter())
            axis.set_minor_locator(NullLocator())

    says = "; ".join(
        f"{c.n_weights:,} weights: {c.gradient_s:.1g} s for a gradient, {c.product_s:.1g} s for a "
        "product" + (f", {c.hessian_s:.1g} s for the Hessian" if c.hessian_s is not None else "")
        for c in result.costs
    )
    rest = " Dashed: as many products as there are columns." if last.n_weights > most[0] else ""
    return Picture(
        "Seconds for one gradient, for one product, and for the whole Hessian, column by column."
        + rest,
        draw("higher-order-cost", (620, 340), paint, says=says + "."),
    )


def planes(result: CurvatureForLess) -> Picture:
    """The plane with its folds, and the folded space, without the penalty and with it."""
    pair = (result.without, result.penalised)

    def paint(figure: Figure) -> None:
        above, below = figure.subplots(2, 2)
        reach = []
        for plane, folded, warp in zip(above, below, pair, strict=True):
            draw_cut(plane, warp.net)
            draw_points(plane, warp.points, warp.points.x)
            show_square(plane)
            plane.set_title(
                f"λ = {warp.penalty:g}: boundary {warp.length:.2f}, fresh {warp.fresh:.1%}"
            )
            at = _sight(warp.net, warp.points)
            draw_grid(folded, at)
            draw_creases(folded, warp.net, at)
            draw_points(folded, warp.points, at(warp.points.x))
            folded.axhline(0, color=INK, lw=1.8)
            folded.set_title(f"folded by {warp.folding:.0f}")
            show_bare(folded)
            reach.append(folded.dataLim)
        # One scale for both, so that the heights can be compared.
        low, high = min(box.y0 for box in reach), max(box.y1 for box in reach)
        for folded in below:
            folded.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))

    plain, flat = pair
    says = (
        "Overlapping moons with the boundary and the folds of 20 units, and below the folded plane "
        f"from the side. With λ = {flat.penalty:g} the folds add up to {flat.folding:.0f}, without "
        f"a penalty to {plain.folding:.0f}."
    )
    return Picture(
        "The moons of the study of space warping. Above: the lines that 20 units fold the plane "
        "along (green) and the boundary. Below: the folded plane with its grid, seen along the "
        "straight cut (heavy), both in one scale.",
        draw("higher-order-planes", (760, 620), paint, says=says),
    )


def growing_penalty(result: CurvatureForLess) -> Picture:
    """Folding and accuracy against λ."""
    warps = result.warps
    names = [f"{warp.penalty:g}" for warp in warps]
    unfitted = warps[-1].training < warps[0].training - 0.03
    too_much = "; where it costs too much, the network no longer fits its points" * unfitted

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        left.plot(names, [w.folding for w in warps], "o-", color=SERIES[2], ms=5)
        left.set_ylabel("all folds, Σ |v|·‖w‖")
        left.set_ylim(bottom=0)
        for colour, name, values, place, up in (
            (MUTED, "training points", [w.training for w in warps], "bottom", 6),
            (SERIES[0], "fresh points", [w.fresh for w in warps], "top", -6),
        ):
            right.plot(names, values, "o-", color=colour, ms=5)
            right.annotate(
                name, (0, values[0]), (4, up), textcoords="offset points", color=colour, va=place
            )
        right.set_ylabel("right")
        right.margins(y=0.2)
        right.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        for axes in (left, right):
            axes.set_xlabel("λ")

    says = "; ".join(
        f"λ = {w.penalty:g}: folds {w.folding:.0f}, right {w.training:.1%} of the training points "
        f"and {w.fresh:.1%} of fresh ones"
        for w in warps
    )
    return Picture(
        "How far the plane is folded, and what is right, by what the gradient's length costs"
        f"{too_much}. Means over several draws.",
        draw("higher-order-penalty", (760, 250), paint, says=says + "."),
    )


def _sight(net: Net, points: Points) -> Place:
    """A map from the plane to hidden space, seen from the side: across, and the score as height."""
    directions, middle = view(net, points)
    steepness = float(np.linalg.norm(net.v))

    def seen(x: Array) -> Array:
        across = (net.folded(x) - middle) @ directions[:, 0]
        return np.stack([across, net.score(x) / steepness], axis=1)

    return seen
