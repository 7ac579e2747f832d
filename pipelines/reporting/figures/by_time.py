"""Accuracy against time over many reports: a line for each kind of classifier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pipelines.record.comparing.costs import pareto_front
from pipelines.record.comparing.order import for_order
from pipelines.reporting.figures.svg import (
    GROUND,
    SERIES,
    coloured_on_white,
    draw,
    style_on_white,
)
from pipelines.reporting.figures.trade_off import MARKERS, TIME, draw_scales
from pipelines.reporting.texts.numbers import duration, percent
from pipelines.reporting.texts.outside_text import one_line

Point = tuple[float, float, str]
"""Seconds, accuracy as a fraction, and what is said of it when it is pointed at."""

_PLAIN: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
_SIZE_PX = (740, 380)
WHOLE_TIME = replace(TIME, title=f"{TIME.title}: features, choosing, fitting, predicting")


def by_time(
    name: str, kinds: Mapping[str, Sequence[Point]], look: Mapping[str, int] | None = None
) -> Markup:
    """Return accuracy against time on a logarithmic axis, with the best line of each kind.

    Parameters
    ----------
    name
        Of the figure, unique in the page.
    kinds
        Kind of classifier → its cells; each has one at least.
    look
        Kind → the number of its colour and marker, if several figures are to have the same.
    """
    reached = ", ".join(
        f"{kind} {percent(best[1])} % in {duration(best[0])}"
        for kind, points in kinds.items()
        for best in [max(points, key=lambda point: (for_order(point[1]), -point[0]))]
    )
    n = sum(map(len, kinds.values()))
    return draw(
        name,
        _SIZE_PX,
        lambda figure: paint_by_time(figure.subplots(), kinds, look),
        says=f"Accuracy against time for {n} cells. The best of each kind: {one_line(reached)}.",
    )


def looks(figures: Iterable[Iterable[str]]) -> dict[str, int]:
    """Return a number for each kind of classifier, the same in every figure.

    Examples
    --------
    >>> looks([["linear", "mlp"], ["mlp", "knn"]])
    {'linear': 0, 'mlp': 1, 'knn': 2}
    """
    kinds = dict.fromkeys(kind for kinds in figures for kind in kinds)
    return {kind: i for i, kind in enumerate(kinds)}


def paint_by_time(
    axes: Axes, kinds: Mapping[str, Sequence[Point]], look: Mapping[str, int] | None = None
) -> dict[str, str]:
    """Draw what `by_time` returns, and return gid → text of each point."""
    look = looks([kinds]) if look is None else look
    times = [seconds for points in kinds.values() for seconds, _, _ in points]
    right = draw_scales(axes, times, WHOLE_TIME, margin=0.06, n_steps=8)
    tips = {}
    for i, (kind, points) in enumerate(kinds.items()):
        named = one_line(kind)[:40]
        # The ninth has the colour of the first, and another marker.
        turn, place = divmod(look[kind], len(SERIES))
        colour, marker = SERIES[place], list(MARKERS)[(place + turn) % len(MARKERS)]
        places = {j: (seconds, accuracy) for j, (seconds, accuracy, _) in enumerate(points)}
        front = [places[j] for j in pareto_front(places)]
        steps = [*front, (right, front[-1][1])]
        axes.plot(
            [x for x, _ in steps],
            [100 * y for _, y in steps],
            color=colour,
            lw=1.4,
            drawstyle="steps-post",
            label=f" {named}" if named.startswith("_") else named,  # else it is in no legend
            marker=marker,
            ms=0,
        )
        for j, (seconds, accuracy, said) in enumerate(points):
            on_the_line = (seconds, accuracy) in front
            gid = f"point-{i}-{j}"
            axes.plot(
                [seconds],
                [100 * accuracy],
                marker,
                color=colour,
                ms=8 if on_the_line else 5,
                alpha=1.0 if on_the_line else 0.55,
                mec=GROUND,
                mew=0.8,
                gid=gid,
                clip_on=False,
            )
            tips[gid] = f"{said}: {percent(accuracy)} %, {duration(seconds)}"
    legend = axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):
            handle.set_markersize(7)
    return tips


def save_by_time(
    path: Path, suffix: str, panels: Sequence[tuple[str, Mapping[str, Sequence[Point]]]]
) -> None:
    """Write a picture in the light colours of the page, with a panel for each set of images."""
    with style_on_white():
        figure = Figure(figsize=(8.4, 3.8 * len(panels)), layout="constrained")
        FigureCanvasAgg(figure)
        look = looks(kinds for _, kinds in panels)
        many = figure.subplots(len(panels), squeeze=False)[:, 0]
        for axes, (title, kinds) in zip(many, panels, strict=True):
            paint_by_time(axes, kinds, look)
            axes.set_title(title, loc="left")
        coloured_on_white(figure).savefig(
            path, format=suffix, dpi=150, facecolor="white", metadata=_PLAIN[suffix]
        )
