"""Pictures of bumps, of what is learned instead, and of how errors fall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.reporting.figures.svg import INK, MUTED, SERIES, draw, plain_numbers
from pipelines.studies.study import Picture
from pipelines.studies.universal_approximation.experiment import Approximation, power, slope
from pipelines.studies.universal_approximation.nets import EVERYWHERE, TARGETS, bumps, net_values

BY_HAND, LEARNED = SERIES[1], SERIES[0]


def pictures(result: Approximation) -> list[Picture]:
    """Draw stairs, learned lines, and errors."""
    return [bump(), lines(result), rates(result), data_needed(result)]


def bump() -> Picture:
    """Four ReLUs and their sum; eight bumps and theirs."""
    x, corners = np.linspace(0, 1, 401), (0.2, 0.4, 0.6, 0.8)
    units = [
        sign * np.maximum(x - s, 0) / 0.2 for sign, s in zip((1, -1, -1, 1), corners, strict=True)
    ]
    sine, eight = TARGETS[0], (2 * np.arange(8) + 1) / 8 - 1

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        for unit, corner in zip(units, corners, strict=True):
            left.plot(x, unit, color=MUTED, lw=1.2)
            left.axvline(corner, color=MUTED, lw=0.6, ls=":")
        left.plot(x, sum(units), color=BY_HAND, lw=2.4)
        left.set_ylim(-2.2, 2.2)
        left.set_xticks(corners, ["s₁", "s₂", "s₃", "s₄"])
        left.set_title("four ReLUs and their sum")
        for place, height in enumerate(sine.f(eight)):
            alone = np.where(np.arange(8) == place, height, 0.0)
            right.plot(EVERYWHERE, net_values(bumps(alone)), color=MUTED, lw=1.0)
        right.plot(EVERYWHERE, sine.f(EVERYWHERE), color=INK, lw=1.2)
        right.plot(EVERYWHERE, net_values(bumps(sine.f(eight))), color=BY_HAND, lw=2.2)
        right.set_xticks([-1, -0.5, 0, 0.5, 1])
        right.set_title("eight bumps, 32 ReLUs, and their sum")

    return Picture(
        "A bump and a staircase, by hand. Thin grey: the parts. Heavy: their sum. On the right the "
        "sine that the bumps approximate; where one falls, the next rises.",
        draw(
            "universal-approximation-bump",
            (760, 270),
            paint,
            says="Left, four ReLUs that add up to one bump with flat top. Right, eight bumps that "
            "add up to a staircase along a sine.",
        ),
    )


def lines(result: Approximation) -> Picture:
    """Both networks along every target, and the learned one's kinks."""
    middle = len(result.targets[0].learned) // 2
    pairs = [both.matched()[middle] for both in result.targets]
    n_units = 4 * pairs[0][0].n_cells

    def paint(figure: Figure) -> None:
        panels = figure.subplots(2, 2).ravel()
        for axes, both, (stairs, learned) in zip(panels, result.targets, pairs, strict=True):
            axes.plot(EVERYWHERE, both.goal, color=MUTED, lw=4, alpha=0.35)
            axes.plot(EVERYWHERE, stairs.values, color=BY_HAND, lw=1.0)
            axes.plot(EVERYWHERE, learned.values, color=LEARNED, lw=1.6)
            low, high = float(both.goal.min()), float(both.goal.max())
            floor = low - 0.28 * (high - low)
            bends = np.abs(learned.bends)
            heights = 0.2 * (high - low) * bends / max(float(bends.max(initial=0)), 1e-12)
            axes.vlines(learned.places, floor, floor + heights, color=LEARNED, lw=1.0)
            axes.set_xticks([-1, -0.5, 0, 0.5, 1])
            axes.set_ylim(floor, high + 0.1 * (high - low))
            axes.set_title(
                f"{both.name}: bumps {stairs.error:.3f}, learned {learned.error:.3f}", fontsize=10.5
            )
        panels[0].annotate("bumps", (-0.95, 0.82), color=BY_HAND)
        panels[0].annotate("learned", (-0.95, 0.55), color=LEARNED)

    says = f"Functions, and networks of {n_units} units along them; largest errors: " + "; ".join(
        f"{both.name}, by bumps {stairs.error:.3f}, learned {learned.error:.3f}"
        for both, (stairs, learned) in zip(result.targets, pairs, strict=True)
    )
    return Picture(
        f"{n_units} hidden units by hand (bumps) and by gradient descent (learned), along the "
        "function (wide, grey), with the largest error of each. The strokes below are the learned "
        "network's kinks, as high as they bend the line.",
        draw("universal-approximation-lines", (760, 540), paint, says=says + "."),
    )


def rates(result: Approximation) -> Picture:
    """Largest errors against hidden units."""

    def paint(figure: Figure) -> None:
        panels = figure.subplots(1, 4, sharey=True)
        for axes, both in zip(panels, result.targets, strict=True):
            units = np.array([4 * fit.n_cells for fit in both.stairs])
            bound = both.constant * (units / 4) ** -both.exponent
            axes.plot(units, bound, "--", color=MUTED, lw=1.0)
            axes.plot(units, [f.error for f in both.stairs], "o-", color=BY_HAND, ms=3.5)
            learned = [(4 * f.n_cells, f.error) for f in both.learned]
            axes.plot(*zip(*learned, strict=True), "s-", color=LEARNED, ms=4.5)
            _logarithmic(axes, (10, 100, 1000))
            axes.set_title(f"{both.name}: {power(both.rate)}")
            axes.set_xlabel("hidden units")
        panels[0].set_ylabel("largest error")
        axes = panels[0]
        axes.annotate("learned", (0.04, 0.05), xycoords="axes fraction", color=LEARNED)
        axes.annotate("bumps", (0.04, 0.15), xycoords="axes fraction", color=BY_HAND)
        axes.annotate("bound", (0.04, 0.25), xycoords="axes fraction", color=MUTED)

    says = (
        "Largest error against hidden units, falling for bumps as K to the power of "
        + ", ".join(f"{power(both.rate)} ({both.name})" for both in result.targets)
    )
    return Picture(
        "The error of bumps, of as many units that gradient descent has trained, and the theorem's "
        "bound (dashed); the number is the slope of the first.",
        draw("universal-approximation-rates", (760, 270), paint, says=says + "."),
    )


def data_needed(result: Approximation) -> Picture:
    """Errors against samples, with noise and in more dimensions."""

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        left.plot(result.n_samples, result.by_net, "s-", color=LEARNED, ms=4.5)
        left.plot(result.n_samples, result.by_neighbours, "o-", color=SERIES[2], ms=4)
        left.annotate("64 units, trained", (0.04, 0.05), xycoords="axes fraction", color=LEARNED)
        left.annotate("k neighbours", (0.04, 0.14), xycoords="axes fraction", color=SERIES[2])
        left.set_title("a sine, with noise")
        left.set_ylabel("root mean square error")
        _logarithmic(left, (10, 100, 1000))
        left.set_yticks([0.05, 0.1, 0.2, 0.4])
        left.set_ylim(0.025, 0.5)
        for dims, errors in enumerate(result.by_dims, start=1):
            colour = SERIES[2 + dims]
            right.plot(result.n_nearest, errors, "o-", color=colour, ms=4)
            text = f"{dims}-D: {power(slope(result.n_nearest, errors))}"
            at = (result.n_nearest[-1], errors[-1])
            right.annotate(
                text, at, (8, 0), textcoords="offset points", color=colour, va="center",
                annotation_clip=False,
            )  # fmt: skip
        right.set_title("nearest neighbour, without noise")
        _logarithmic(right, (100, 1000))
        for axes in (left, right):
            axes.set_xlabel("samples")

    said = ", ".join(power(slope(result.n_nearest, errors)) for errors in result.by_dims)
    return Picture(
        "What samples buy. With noise, neighbours keep up with a network if k grows with n. "
        "Without noise one neighbour is enough, but the more dimensions, the less a sample counts; "
        "the number is the slope.",
        draw(
            "universal-approximation-data",
            (760, 290),
            paint,
            says="Errors fall with the number of samples, for the nearest neighbour as n to the "
            f"power of {said} in 1, 2 and 3 dimensions.",
        ),
    )


def _logarithmic(axes: Axes, ticks: Sequence[float]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(ticks)
    for axis in (axes.xaxis, axes.yaxis):
        plain_numbers(axis)
