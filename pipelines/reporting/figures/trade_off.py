"""Accuracy against what it costs, with the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from pipelines.record.comparing.costs import pareto_front
from pipelines.record.report import Cell, CellName
from pipelines.reporting.figures.svg import GROUND, INK, MUTED, ROUND_STEPS, SERIES, draw
from pipelines.reporting.texts.numbers import count, duration, percent
from pipelines.reporting.texts.words import label

MARKERS = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "P": "✚", "X": "✖", "p": "⬟"}
_MINUTE, _HOUR = 60, 3600
TIMES_S = (
    *(f * 10.0**d for d in range(-4, 1) for f in (1, 3)),
    *(10, 30, _MINUTE, 3 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(_HOUR * f * 10.0**d for d in range(4) for f in (1, 3)),
)
FINE_TIMES_S = (
    *(f * 10.0**d for d in range(-4, 1) for f in (1, 1.5, 2, 3, 4, 5, 7)),
    *(10, 15, 20, 30, 40, *(_MINUTE * f for f in (1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40))),
    *(_HOUR * f * 10.0**d for d in range(4) for f in (1, 1.5, 2, 3, 4, 5, 7)),
)
"""Round times: about two for each factor of ten, and about six."""

_TICKS = 4
_SCATTER_PX = (440, 350)
_NAME_PX = 10.5
_WIDTH_OF_A_LETTER = 0.57
_PLOT_PART = 0.9  # of the picture's width, the rest being the other axis
_LONGEST_NAME = 40
_MOST_NAMES = 40  # more would hide the points; the best are named
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Look:
    """The colour of each extractor and the marker of each model, the same in every plot."""

    features: Mapping[str, int]
    models: Mapping[str, str]

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Look:
        """Return colours and markers in the order in which the names come."""
        features = dict.fromkeys(cell.features for cell in cells)
        models = dict.fromkeys(cell.model for cell in cells)
        return cls(
            {name: i % len(SERIES) for i, name in enumerate(features)},
            {name: list(MARKERS)[i % len(MARKERS)] for i, name in enumerate(models)},
        )


@dataclass(frozen=True)
class CostAxis:
    """A cost that accuracy is drawn against.

    Parameters
    ----------
    title
        What the cost is.
    unit
        Writes a cost.
    ticks
        Lists of costs to write at the axis, the coarsest first. The first list with enough costs
        in range is used. Without lists, the costs are round numbers.
    """

    title: str
    unit: Callable[[float], str]
    ticks: Sequence[Sequence[float]] = ()


TIME = CostAxis("time for one seed", duration, (TIMES_S, FINE_TIMES_S))
DIM = CostAxis("feature dimension", lambda number: count(round(number)))


def trade_off(
    name: str, cells: Sequence[Cell], cost: Mapping[CellName, float], look: Look, axis: CostAxis
) -> Markup:
    """Return accuracy against a cost on a logarithmic axis, with the Pareto front.

    Parameters
    ----------
    name
        Of the figure, unique in the page.
    cells
        Finished cells.
    cost
        What each costs, above zero. A cell without a cost is left out.
    look
        Colours and markers.
    axis
        What the cost is.
    """
    points = _points(cells, cost)
    named = ", ".join(
        f"{label(c)} {percent(points[c][1] / 100)} % at {axis.unit(points[c][0])}"
        for c in pareto_front(points)
    )
    says = f"Accuracy against {axis.title} for {len(points)} cells. On the Pareto front: {named}."
    return draw(
        name,
        _SCATTER_PX,
        lambda figure: paint_trade_off(figure.subplots(), cells, cost, look, axis),
        says=says,
    )


def _points(
    cells: Sequence[Cell], cost: Mapping[CellName, float]
) -> dict[CellName, tuple[float, float]]:
    """Return cell → (cost, accuracy in per cent), of those that have both."""
    return {
        cell.name: (cost[cell.name], 100 * cell.accuracy)
        for cell in cells
        if cell.accuracy is not None and cost.get(cell.name, 0) > 0
    }


def paint_trade_off(
    axes: Axes,
    cells: Sequence[Cell],
    cost: Mapping[CellName, float],
    look: Look,
    axis: CostAxis,
) -> dict[str, str]:
    """Draw what `trade_off` returns, and return gid → text of each point."""
    points, unit = _points(cells, cost), axis.unit
    shown = [cell for cell in cells if cell.name in points]
    front = pareto_front(points)
    on_front = set(front)
    high = draw_scales(axes, [x for x, _ in points.values()], axis)
    steps = [points[cell] for cell in front]
    steps.append((high, steps[-1][1]))
    axes.plot(
        *zip(*steps, strict=True), color=MUTED, lw=1.2, ls=(0, (4, 3)), drawstyle="steps-post"
    )
    tips = {}
    for i, cell in enumerate(shown):
        x, y = points[cell.name]
        colour = SERIES[look.features[cell.features]]
        if cell.ci95:
            axes.plot([x, x], [100 * end for end in cell.ci95], color=colour, lw=1.4, alpha=0.35)
        axes.plot(
            [x],
            [y],
            look.models[cell.model],
            color=colour,
            ms=8 if cell.name in on_front else 6.5,
            mec=GROUND,
            mew=1.0,
            gid=f"point-{i}",
            clip_on=False,
            zorder=4 if cell.name in on_front else 3,
        )
        tips[f"point-{i}"] = f"{label(cell.name)}: {percent(y / 100)} %, {unit(x)}"
    axes.figure.canvas.draw()
    named = {cell: points[cell] for cell in front[-_MOST_NAMES:]}
    _name_points(axes, named, list(points.values()))
    return tips


def draw_scales(
    axes: Axes, costs: Sequence[float], axis: CostAxis, *, margin: float = 0.09, n_steps: int = 7
) -> float:
    """Scale axes for accuracies in per cent against costs, and return the right end.

    Parameters
    ----------
    axes
        What is scaled.
    costs
        Of all points.
    axis
        What the cost is.
    margin
        How much is left free on each side, as a share of the logarithm of the range.
    n_steps
        How many accuracies are written at most.
    """
    axes.set_xscale("log")
    low, high = min(costs), max(costs)
    room = max(math.pow(high / low, margin), math.sqrt(3 * low / high))
    ends = (low / room, high * room)
    axes.set_xlim(*ends)
    inside = [[t for t in some if ends[0] < t < ends[1]] for some in axis.ticks]
    enough = [some for some in inside if len(some) >= _TICKS] or inside[-1:]
    steps_at = enough[0] if enough else round_steps(*ends)
    axes.xaxis.set_major_locator(FixedLocator(legible(steps_at, *ends, unit=axis.unit)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: axis.unit(x)))
    axes.yaxis.set_major_locator(MaxNLocator(n_steps, steps=ROUND_STEPS, integer=True))
    axes.set_xlabel(f"{axis.title} (logarithmic)")
    axes.set_ylabel("accuracy, %")
    return ends[1]


def round_steps(low: float, high: float) -> list[float]:
    """Return round numbers within a range for a logarithmic axis, about four to seven.

    Examples
    --------
    >>> round_steps(2, 180)
    [3.0, 10.0, 30.0, 100.0]
    >>> round_steps(0.5, 30000)
    [1.0, 10.0, 100.0, 1000.0, 10000.0]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)):
        steps = [f * 10.0**d for d in decades for f in factors]
        steps = [step for step in steps if low <= step <= high]
        if len(steps) >= _TICKS:
            break
    return steps


def legible(
    ticks: Sequence[float], low: float, high: float, *, unit: Callable[[float], str]
) -> list[float]:
    """Return the ticks of a logarithmic axis whose labels do not overlap.

    Examples
    --------
    >>> legible([200, 300, 400, 500, 1000], 180, 3600, unit=lambda x: f"{x} ms")
    [200, 300, 500, 1000]
    """
    width_px = _PLOT_PART * _SCATTER_PX[0]
    kept: list[float] = []
    free_px = -math.inf
    for tick in ticks:
        at_px = width_px * math.log(tick / low) / math.log(high / low)
        half_px = 0.5 * _WIDTH_OF_A_LETTER * _NAME_PX * len(unit(tick))
        if at_px - half_px >= free_px:
            kept.append(tick)
            free_px = at_px + half_px + _NAME_PX / 2
    return kept


def _name_points(
    axes: Axes, named: Mapping[CellName, tuple[float, float]], points: Sequence[tuple[float, float]]
) -> None:
    """Write names beside points, each in the place where it covers least of what is drawn."""
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in map(axes.transData.transform, points)]
    corners = [tuple(axes.transData.transform(p)) for p in sorted(named.values())]
    for (x, y), (right, above) in pairwise(corners):
        taken += [(x, y - 2, right, y + 2), (right - 2, y, right + 2, above)]
    height = 1.25 * _NAME_PX
    for cell, point in sorted(named.items(), key=lambda item: -item[1][1]):
        text = label(cell)[:_LONGEST_NAME]
        width = _WIDTH_OF_A_LETTER * _NAME_PX * len(text)
        x, y = axes.transData.transform(point)
        places = [
            (x + dx, y + dy, anchor)
            for dy in (0.3 * height, 0.0, -0.5 * height, -height, 0.9 * height, -1.5 * height)
            for dx, anchor in ((-9, 1.0), (9, 0.0), (0, 0.5))
            if anchor != 0.5 or dy > 0.5 * height or dy < -height
        ]
        boxes = [(a - w * width, b, a + (1 - w) * width, b + height) for a, b, w in places]
        penalties = [_outside(box, axes) + sum(_overlap(box, t) for t in taken) for box in boxes]
        best = penalties.index(min(penalties))
        x0, y0, x1, y1 = boxes[best]
        taken.append((x0 - 8, y0, x1 + 8, y1))
        left, bottom, anchor = places[best]
        at, up = axes.transData.inverted().transform((left, bottom))
        side = {0.0: "left", 0.5: "center", 1.0: "right"}[anchor]
        name = axes.text(at, up, text, ha=side, va="bottom", fontsize=_NAME_PX, color=INK)
        name.set_in_layout(False)


def _outside(box: Box, axes: Axes) -> float:
    frame = axes.bbox
    over = max(0.0, frame.x0 - box[0]) + max(0.0, box[2] - frame.x1)
    over += max(0.0, frame.y0 - box[1]) + max(0.0, box[3] - frame.y1)
    return float(25 * over)


def _overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return 40 + width * height if width > 0 and height > 0 else 0.0
