"""Pictures of every activation with its derivative, and of gradients against depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isinf

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from pipelines.reporting.figures.svg import ACCENT, INK, MUTED, SERIES, draw, power_of_ten
from pipelines.studies.activations.experiment import REACH, Activations, Curve
from pipelines.studies.line_names import name_lines
from pipelines.studies.study import Picture

_N_COLUMNS = 5


def pictures(result: Activations) -> list[Picture]:
    """Draw every curve with its derivative, and the gradient against depth."""
    return [curves(result.curves, REACH), depth(result.depths, result.arriving)]


def curves(by_name: Mapping[str, Curve], reach: float) -> Picture:
    """Draw one panel for each function."""
    ranges = {
        name: " … ".join(_number(end) for end in curve.output_range)
        for name, curve in by_name.items()
    }

    def paint(figure: Figure) -> None:
        n_rows = -(-len(by_name) // _N_COLUMNS)
        panels = figure.subplots(n_rows, _N_COLUMNS, sharex=True, sharey=True).ravel()
        for axes in panels[len(by_name) :]:
            axes.set_axis_off()
        for axes, (name, curve) in zip(panels, by_name.items(), strict=False):
            axes.plot(curve.x, curve.value, color=ACCENT, lw=1.8)
            axes.plot(curve.x, curve.slope, color=SERIES[1], lw=1.3, ls=(0, (4, 2)))
            axes.set_title(f"{name}\n{ranges[name]}", fontsize=10.5, linespacing=1.3)
            axes.set_ylim(-1.5, 3)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))

    said = "; ".join(f"{name}, {its}" for name, its in ranges.items())
    return Picture(
        f"Each function on ±{reach:g} (solid), its derivative (dashed), and below its name the "
        "range of all that comes out. Maxout takes the larger of several numbers, here of x and "
        "−x/2.",
        draw(
            "activations-curves",
            (760, 400),
            paint,
            says=f"Curves of functions, each with its derivative and its range: {said}.",
        ),
    )


def depth(depths: Sequence[int], arriving: Mapping[str, Sequence[float]]) -> Picture:
    """Draw one line for each function."""
    ends = [float(np.log10(values[-1])) for values in arriving.values()]
    colours = [SERIES[i % len(SERIES)] for i in range(len(arriving))]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for i, values in enumerate(arriving.values()):
            style = "o-" if i < len(SERIES) else "o--"
            axes.plot(depths, np.log10(values), style, color=colours[i], lw=1.8, ms=4)
        axes.axhline(0, color=MUTED, lw=0.8)
        axes.set_xticks(depths)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(10.0**value)))
        axes.set_xlabel("hidden layers")
        axes.set_ylabel("part of the gradient that arrives", color=INK)
        low, high = axes.get_ylim()
        name_lines(axes, list(arriving), colours, depths[-1], ends, 0.042 * (high - low))

    said = ", ".join(f"{name} {values[-1]:.0e}" for name, values in arriving.items())
    return Picture(
        "What is left of the gradient at the first hidden layer, as depth grows, with the same "
        "scale of the weights for all.",
        draw(
            "activations-depth",
            (700, 420),
            paint,
            says=f"Part of the gradient that arrives through {depths[-1]} layers: {said}.",
        ),
    )


def _number(value: float) -> str:
    """Return a number as a label has it."""
    text = "∞" if isinf(value) else f"{abs(value):.2g}"
    return f"−{text}" if value < 0 and text != "0" else text
