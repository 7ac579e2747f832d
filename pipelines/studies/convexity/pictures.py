"""A picture of losses along lines, on the way down, and between solutions."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from pipelines.reporting.figures.svg import ACCENT, INK, SERIES, draw
from pipelines.studies.convexity.experiment import Valleys
from pipelines.studies.convexity.loss import N_TICKS
from pipelines.studies.study import Picture


def pictures(result: Valleys) -> list[Picture]:
    """Draw losses along secants, on the way down, and between solutions, side by side."""
    t = np.linspace(0, 1, N_TICKS)

    def paint(figure: Figure) -> None:
        left, middle, right = figure.subplots(1, 3)
        for line in result.secants[:12]:
            left.plot(t, line, color=SERIES[1], lw=1.1)
        for descent in result.descents:
            middle.plot(np.arange(len(descent)) + 1, descent, color=SERIES[1], lw=1.1)
        middle.axhline(float(result.ends.mean()), color=INK, lw=0.9, ls=(0, (2, 2)))
        middle.set_xscale("log")
        middle.set_yscale("log")
        middle.set_yticks([0.5, 1, 2, 5, 10])
        for axis in (middle.xaxis, middle.yaxis):
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter(NullFormatter())
        for line in result.between:
            right.plot(t, line, color=ACCENT, lw=1.3)
        left.set_title("linear: random secants")
        middle.set_title(f"linear: {len(result.descents)} descents")
        right.set_title("network: between solutions")
        left.set_ylabel("loss")
        middle.set_xlabel("step")
        for axes in (left, right):
            axes.set_xlabel("from weights A (0) to B (1)")
            axes.set_xticks([0, 0.5, 1], ["0", "½", "1"])
            axes.set_ylim(bottom=0)

    says = (
        f"Loss along lines: the linear classifier's; its {len(result.descents)} descents, which "
        f"end in {result.ends.min():.3f} to {result.ends.max():.3f}; and the network's, which rise "
        f"above the chord by {result.barriers.max():.2f} at most."
    )
    return [
        Picture(
            "Left: the linear classifier's loss between random weights. Middle: on the way down "
            "from random weights; the dashed line is the mean of the ends. Right: the network's "
            "loss between the end of each descent and that of the next.",
            draw("convexity", (860, 320), paint, says=says),
        )
    ]
