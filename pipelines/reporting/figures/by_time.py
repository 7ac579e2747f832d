"""Accuracy against time over many reports: a line for each kind of classifier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from pipelines.reporting.figures.svg import (
    GROUND,
    ROUND_STEPS,
    SERIES,
    draw,
    on_white,
    page_style,
)
from pipelines.reporting.figures.trade_off import FINE_TIMES_S, MARKERS, TIMES_S, legible
from pipelines.reporting.numbers import duration, percent
from pipelines.reporting.outside_text import one_line

Point = tuple[float, float, str]
"""Seconds, accuracy as a fraction, and what is said of it when it is pointed at."""

_PLAIN: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
_SIZE_PX = (740, 380)
_TICKS = 4


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
        for best in [max(points, key=lambda point: point[1])]
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
    low, high = min(times), max(times)
    room = max((high / low) ** 0.06, (3 * low / high) ** 0.5)
    ends = (low / room, high * room)
    axes.set_xscale("log")
    axes.set_xlim(*ends)
    few, many = ([t for t in some if ends[0] < t < ends[1]] for some in (TIMES_S, FINE_TIMES_S))
    ticks = few if len(few) >= _TICKS else many
    axes.xaxis.set_major_locator(FixedLocator(legible(ticks, *ends, unit=duration)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: duration(x)))
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=ROUND_STEPS, integer=True))
    axes.set_xlabel("time for one seed: features, choosing, fitting, predicting (logarithmic)")
    axes.set_ylabel("accuracy, %")
    tips = {}
    for i, (kind, points) in enumerate(kinds.items()):
        colour = SERIES[look[kind] % len(SERIES)]
        marker = list(MARKERS)[look[kind] % len(MARKERS)]
        front = best_line(points)
        steps = [*front, (ends[1], front[-1][1])]
        axes.plot(
            [x for x, _ in steps],
            [100 * y for _, y in steps],
            color=colour,
            lw=1.4,
            drawstyle="steps-post",
            label=one_line(kind)[:40],
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
    import matplotlib as mpl

    with mpl.rc_context(page_style()):
        figure = Figure(figsize=(8.4, 3.8 * len(panels)), layout="constrained")
        FigureCanvasAgg(figure)
        look = looks(kinds for _, kinds in panels)
        many = figure.subplots(len(panels), squeeze=False)[:, 0]
        for axes, (title, kinds) in zip(many, panels, strict=True):
            paint_by_time(axes, kinds, look)
            axes.set_title(title, loc="left")
            for artist in axes.findobj():
                _on_white(artist)
        figure.savefig(path, format=suffix, dpi=150, facecolor="white", metadata=_PLAIN[suffix])


def _on_white(artist: Any) -> None:
    """Give an artist the light colour in place of the one that stands for it."""
    for what in ("color", "markeredgecolor", "markerfacecolor"):
        get, put = getattr(artist, f"get_{what}", None), getattr(artist, f"set_{what}", None)
        if get and put:
            put(on_white(get()))


def best_line(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Return seconds and accuracy of the points that no faster one reaches, the fastest first.

    Examples
    --------
    >>> best_line([(60.0, 0.7, ""), (90.0, 0.6, ""), (30.0, 0.5, "")])
    [(30.0, 0.5), (60.0, 0.7)]
    """
    line: list[tuple[float, float]] = []
    for seconds, accuracy, _ in sorted(points, key=lambda point: (point[0], -point[1])):
        if not line or accuracy > line[-1][1]:
            line.append((seconds, accuracy))
    return line
