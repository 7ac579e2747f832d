"""Names at the ends of lines, so that no reader has to go back and forth to a legend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from pipelines.reporting.figures.svg import MUTED


def name_lines(
    axes: Axes,
    names: Sequence[str],
    colours: Sequence[str],
    end: float,
    heights: Sequence[float],
    gap: float,
) -> None:
    """Write each line's name to the right of its end, at least `gap` from the next one.

    A name that had to move has a thin line to where it belongs.
    """
    thin: Any = {"arrowstyle": "-", "color": MUTED, "lw": 0.6, "shrinkA": 1, "shrinkB": 5}
    places = apart(heights, gap)
    for name, colour, height, place in zip(names, colours, heights, places, strict=True):
        axes.annotate(
            name,
            (end, height),
            (18, place),
            textcoords=("offset points", "data"),
            va="center",
            color=colour,
            annotation_clip=False,
            arrowprops=thin if place != height else None,
        )


def apart(heights: Sequence[float], gap: float) -> npt.NDArray[np.float64]:
    """Return heights moved up until each is far enough above the next.

    Examples
    --------
    >>> apart([3.0, 0.0, 0.5], 1.0)
    array([3., 0., 1.])
    """
    moved = np.array(heights, np.float64)
    order = np.argsort(moved, kind="stable")
    for lower, upper in pairwise(order):
        moved[upper] = max(moved[upper], moved[lower] + gap)
    return moved
