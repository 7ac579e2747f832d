"""Learning curves: accuracy and loss after each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipelines.record.report import Cell, Epoch
from pipelines.reporting.figures.svg import ACCENT, MUTED, ROUND_STEPS, draw
from pipelines.reporting.texts.numbers import counted, percent
from pipelines.reporting.texts.words import label

_CURVES_PX = (270, 280)
_LARGEST = 1e100


def learning_curves(name: str, cell: Cell, *, scores: tuple[float, float]) -> Markup:
    """Return a cell's accuracy (above) and loss (below) by epoch, with a line for each seed.

    Parameters
    ----------
    name
        Of the figure, unique in the page.
    cell
        A cell with learning curves.
    scores
        Lowest and highest accuracy of all cells shown, so that they share a scale.
    """
    return draw(
        name,
        _CURVES_PX,
        lambda figure: paint_learning_curves(figure, cell, scores=scores),
        says=_curves_in_words(cell),
    )


def paint_learning_curves(figure: Figure, cell: Cell, *, scores: tuple[float, float]) -> None:
    """Draw what `learning_curves` returns on an empty figure."""
    with_scores = any(e.score is not None or e.val_score is not None for e in _epochs(cell))
    panels = [("loss", "loss", "val_loss", 1.0)]
    if with_scores:
        panels.insert(0, ("accuracy, %", "score", "val_score", 100.0))
    all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (title, training, validation, scale) in zip(all_axes, panels, strict=True):
        for field, colour, width in ((training, MUTED, 1.1), (validation, ACCENT, 1.6)):
            for curve in cell.learning_curves:
                values = [getattr(epoch, field) for epoch in curve]
                line = [v * scale if v is not None and _is_drawn(v) else math.nan for v in values]
                alone = not any(math.isfinite(a + b) for a, b in pairwise(line))
                axes.plot(
                    [e.epoch for e in curve],
                    line,
                    color=colour,
                    lw=width,
                    alpha=0.85,
                    marker="o" if alone else "",
                    ms=3,
                )
        axes.set_ylabel(title)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=ROUND_STEPS))
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=ROUND_STEPS, integer=True))
        if scale > 1:
            room = max(2.0, 4 * (scores[1] - scores[0]))
            axes.set_ylim(100 * scores[0] - room, min(101.0, 100 * scores[1] + room))
    all_axes[-1].set_xlabel("epoch")
    figure.align_ylabels(all_axes)


def score_range(cells: Sequence[Cell]) -> tuple[float, float]:
    """Return the lowest and highest accuracy in the learning curves of all cells."""
    scores = [s for cell in cells for e in _epochs(cell) for s in (e.score, e.val_score)]
    finite = [s for s in scores if s is not None and _is_drawn(s)]
    return (min(finite), max(finite)) if finite else (0.0, 1.0)


def _is_drawn(value: float) -> bool:
    """Return whether a value fits into a figure, whose ends are computed with it."""
    return abs(value) < _LARGEST


def validated(cell: Cell) -> bool:
    """Return whether a cell's learning curves have a validation part."""
    return any(e.val_loss is not None or e.val_score is not None for e in _epochs(cell))


def _epochs(cell: Cell) -> list[Epoch]:
    return [epoch for curve in cell.learning_curves for epoch in curve]


def _curves_in_words(cell: Cell) -> str:
    last = [curve[-1] for curve in cell.learning_curves if curve]
    said = f"Learning curves of {label(cell.name)}, {len(last)} seed{'s' if len(last) > 1 else ''}"
    scores = [epoch.val_score for epoch in last if epoch.val_score is not None]
    *fewer, most = sorted({epoch.epoch for epoch in last}) or [0]
    said += f", over {''.join(f'{n} and ' for n in fewer)}{counted(most, 'epoch')}"
    return said + (
        f"; validation accuracy ends at {percent(sum(scores) / len(scores))} %." if scores else "."
    )
