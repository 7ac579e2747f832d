"""A picture of two descents that are the same."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pipelines.reporting.figures.svg import ACCENT, INK, MUTED, SERIES, draw, power_of_ten
from pipelines.studies.study import Picture
from pipelines.studies.twenty_lines.experiment import AGREEMENT, TwoDescents

_TOGETHER = 20
"""Steps of which the largest difference is drawn."""


def pictures(result: TwoDescents) -> list[Picture]:
    """Draw the loss, and how far the two are apart."""

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        steps = np.arange(1, len(result.by_hand) + 1)
        left.semilogy(steps, result.by_hand, color=SERIES[0], lw=4, alpha=0.45, label="the loop")
        left.semilogy(
            steps, result.by_layers, color=INK, lw=1.2, ls=(0, (4, 3)), label="the layers"
        )
        left.set(xlabel="step", ylabel="loss")
        left.legend(frameon=False, labelcolor=INK)
        starts = np.arange(0, len(steps), _TOGETHER)
        apart = np.maximum.reduceat(np.abs(result.by_hand - result.by_layers), starts)
        right.semilogy(starts[apart > 0], apart[apart > 0], color=ACCENT, lw=1.2)
        right.axhline(AGREEMENT, color=MUTED, lw=1, ls=(0, (2, 2)))
        right.set(xlabel="step", ylabel="difference of the losses", xlim=left.get_xlim())
        for axes in (left, right):
            axes.yaxis.set_major_formatter(power_of_ten)
            axes.yaxis.set_minor_locator(NullLocator())

    loss = draw("twenty-lines-loss", (820, 320), paint, says=result.findings()[0].says)
    return [
        Picture(
            "Left: the loss of the written-out loop, and over it, dashed, that of the layers. "
            f"Right: how far the two are apart, the most in {_TOGETHER} steps each; "
            f"the claim, {power_of_ten(AGREEMENT)}, is dashed.",
            loss,
        )
    ]
