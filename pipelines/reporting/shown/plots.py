"""The figures of a report's page as figures of Matplotlib, to be changed, saved and shown."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.errors import ReportError
from pipelines.reporting.texts.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pipelines.record.comparing.standings import Standings
    from pipelines.record.report import Cell, CellName, Report

_ROW_IN = 0.27
_MOST_CLASSES_NAMED = 30
_LONGEST_NAME = 40


class Plots:
    """The figures of a report.

    Each method returns a Matplotlib figure, which notebooks show; `figure.savefig("a.pdf")` writes
    it. Nothing is drawn on a screen, and `matplotlib.pyplot` is not needed.

    Parameters
    ----------
    report : Report
        What is drawn.

    Examples
    --------
    >>> from pipelines import load_report
    >>> report = load_report("pipelines/reports/builtin")
    >>> figure = report.plot.accuracy()
    >>> figure.axes[0].get_xlabel()
    'accuracy, %'
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    def __repr__(self) -> str:
        """Return the names of the figures."""
        names = [name for name in dir(self) if not name.startswith("_")]
        return f"Plots({', '.join(names)})"

    def accuracy(self, *, ax: Axes | None = None) -> Figure:
        """Return the accuracy of every finished cell with its 95 % interval, the best on top.

        Cells that cannot be told apart from the best have its colour.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw. Default: in a figure of its own.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.

        Raises
        ------
        ReportError
            If no cell is finished.
        """
        from pipelines.reporting.figures.svg import ACCENT, MUTED

        standings = self._standings()
        cells = standings.cells

        def paint(axes: Axes) -> None:
            for place, cell in enumerate(cells):
                near = place == 0 or cell.name in standings.as_good
                colour = ACCENT if near else MUTED
                if cell.ci95:
                    ends = [100 * end for end in cell.ci95]
                    axes.plot(ends, [place, place], color=colour, lw=3, alpha=0.4)
                axes.plot([100 * (cell.accuracy or 0.0)], [place], "o", color=colour, ms=5)
            axes.set_yticks(range(len(cells)), [_label(cell.name) for cell in cells])
            axes.set_ylim(len(cells) - 0.5, -0.5)
            axes.set_xlabel("accuracy, %")

        return _drawn(paint, ax, (6.4, 1.0 + _ROW_IN * len(cells)))

    def differences(
        self, to: str | tuple[str, str] | None = None, *, ax: Axes | None = None
    ) -> Figure:
        """Return how far each cell is ahead of one of them, with 95 % intervals for all pairs.

        Parameters
        ----------
        to : str or (str, str), optional
            The cell that the others are compared to, "features/model". Default: the best.
        ax : matplotlib.axes.Axes, optional
            Where to draw. Default: in a figure of its own.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.

        Raises
        ------
        ReportError
            If there is no such cell, or no pairs were compared.
        """
        from pipelines.reporting.figures.svg import ACCENT, MUTED

        standings = self._standings()
        reference = standings.cells[0].name if to is None else cell_of(self._report, to).name
        found = [
            (cell.name, pair)
            for cell in standings.cells
            if (pair := standings.difference(cell.name, reference)) is not None
        ]
        if not found:
            raise ReportError(f"{_label(reference)}: compared with no other cell in this report")

        def paint(axes: Axes) -> None:
            axes.axvline(0, color=MUTED, lw=1)
            for place, (_, pair) in enumerate(found):
                colour = ACCENT if pair.told_apart else MUTED
                ends = [100 * end for end in pair.ci95]
                axes.plot(ends, [place, place], color=colour, lw=3, alpha=0.4)
                axes.plot([100 * pair.difference], [place], "o", color=colour, ms=5)
            axes.set_yticks(range(len(found)), [_label(name) for name, _ in found])
            axes.set_ylim(len(found) - 0.5, -0.5)
            axes.set_xlabel(f"points ahead of {_label(reference)}")

        return _drawn(paint, ax, (6.4, 1.0 + _ROW_IN * len(found)))

    def time(self, *, ax: Axes | None = None) -> Figure:
        """Return accuracy against the time for one seed, with the Pareto front.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw. Default: in a figure of its own.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.

        Raises
        ------
        ReportError
            If no finished cell was timed.
        """
        from pipelines.reporting.figures.trade_off import TIME

        costs = self._standings().costs
        return self._trade_off({name: cost.total_s for name, cost in costs.items()}, TIME, ax)

    def dim(self, *, ax: Axes | None = None) -> Figure:
        """Return accuracy against the length of the feature vector, with the Pareto front.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw. Default: in a figure of its own.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.

        Raises
        ------
        ReportError
            If no cell is finished.
        """
        from pipelines.reporting.figures.trade_off import DIM

        dims = {cell.name: float(cell.dim) for cell in self._standings().cells if cell.dim}
        return self._trade_off(dims, DIM, ax)

    def learning_curves(self, cell: str | tuple[str, str] | None = None) -> Figure:
        """Return the accuracy and loss of a cell after each epoch, a line for each seed.

        Parameters
        ----------
        cell : str or (str, str), optional
            The cell, "features/model". Default: the best that has curves.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.

        Raises
        ------
        ReportError
            If there is no such cell, or it has no curves.
        """
        from pipelines.reporting.figures.learning_curves import (
            paint_learning_curves,
            score_range,
        )
        from pipelines.reporting.figures.svg import coloured_on_white, style_on_white

        curved = [each for each in self._standings().cells if any(each.learning_curves)]
        chosen = next(iter(curved), None) if cell is None else cell_of(self._report, cell)
        if chosen is None or not any(chosen.learning_curves):
            whose = "no cell of this report" if chosen is None else f"{_label(chosen.name)}"
            raise ReportError(f"{whose}: learning curves are of networks, and there are none here")
        with style_on_white():
            figure = _figure((4.6, 4.6))
            paint_learning_curves(figure, chosen, scores=score_range([chosen]))
            figure.suptitle(_label(chosen.name), fontsize=11)
            return coloured_on_white(figure)

    def confusion(
        self, cell: str | tuple[str, str] | None = None, *, ax: Axes | None = None
    ) -> Figure:
        """Return the confusion matrix of a cell, in per cent of each true class.

        Parameters
        ----------
        cell : str or (str, str), optional
            The cell, "features/model". Default: the best.
        ax : matplotlib.axes.Axes, optional
            Where to draw. Default: in a figure of its own.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.

        Raises
        ------
        ReportError
            If there is no such cell, or it has no confusion matrix.
        """
        from pipelines.reporting.texts.outside_text import visible

        chosen = self._standings().cells[0] if cell is None else cell_of(self._report, cell)
        counts = confusion_of(chosen)
        names = [_cut(visible(name)) for name in self._report.dataset.class_names]
        shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)

        def paint(axes: Axes) -> None:
            axes.imshow(shares, cmap="Blues", vmin=0, vmax=100, interpolation="nearest")
            axes.grid(visible=False)
            if len(names) <= _MOST_CLASSES_NAMED and len(names) == len(counts):
                axes.set_xticks(range(len(names)), names, rotation=90)
                axes.set_yticks(range(len(names)), names)
                for (i, j), share in np.ndenumerate(shares):
                    if share >= 0.5:
                        colour = "white" if share > 55 else "black"
                        text = percent(share / 100, 0)
                        axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=8)
            axes.set_xlabel("predicted")
            axes.set_ylabel("true")
            axes.set_title(_label(chosen.name))

        side = 2.0 + 0.36 * min(len(counts), _MOST_CLASSES_NAMED)
        return _drawn(paint, ax, (side, side))

    def _trade_off(self, cost: Mapping[CellName, float], axis: Any, ax: Axes | None) -> Figure:
        from pipelines.reporting.figures.trade_off import Look, paint_trade_off

        cells = [cell for cell in self._standings().cells if cost.get(cell.name, 0) > 0]
        if not cells:
            raise ReportError(f"no finished cell of this report has a {axis.title}")
        look = Look.of(self._standings().cells)
        return _drawn(lambda axes: paint_trade_off(axes, cells, cost, look, axis), ax, (6.4, 5.0))

    def _standings(self) -> Standings:
        from pipelines.record.comparing.standings import Standings

        standings = Standings(self._report)
        if not standings.cells:
            raise ReportError("no cell of this report is finished: there is nothing to draw")
        return standings


def _label(name: CellName) -> str:
    from pipelines.reporting.texts.words import label

    return _cut(label(name))


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def cell_of(report: Report, named: str | tuple[str, str]) -> Cell:
    """Return the cell of a name: "features/model", "features:model" or a pair.

    Raises
    ------
    ReportError
        If the report has no such cell.
    """
    cells = {cell.name: cell for cell in report.cells}
    texts = {sign.join(name): name for sign in "/:" for name in cells}
    name = texts.get(named) if isinstance(named, str) else tuple(named)
    if name not in cells:
        valid = ", ".join("/".join(each) for each in list(cells)[:30])
        raise ReportError(f"no such cell: {str(named)[:80]!r}; the report has {valid}")
    return cells[name]


def confusion_of(cell: Cell) -> Any:
    """Return the confusion matrix that a report holds of a cell, int64, a row for each true class.

    Raises
    ------
    ReportError
        If it holds none: the cell is not finished.
    """
    if cell.confusion is None:
        raise ReportError(f"{'/'.join(cell.name)}: no confusion matrix: the cell is {cell.status}")
    rows = [list(row) for row in cell.confusion]
    if any(len(row) != len(rows) for row in rows):
        raise ReportError(f"{'/'.join(cell.name)}: its confusion matrix is not square")
    return np.array(rows, np.int64)


def _drawn(
    paint: Callable[[Axes], object], ax: Axes | None, size_in: tuple[float, float]
) -> Figure:
    """Return the figure that something was drawn in."""
    from pipelines.reporting.figures.svg import coloured_on_white, style_on_white

    with style_on_white():
        axes: Any = _figure(size_in).subplots() if ax is None else ax
        paint(axes)
        return coloured_on_white(axes.figure.figure)


def _figure(size_in: tuple[float, float]) -> Figure:
    from matplotlib.figure import Figure

    class Shown(Figure):
        """A figure that a notebook shows without pyplot."""

        def _repr_png_(self) -> bytes:
            file = BytesIO()
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Glyph .* missing from font")
                self.savefig(file, format="png")
            return file.getvalue()

    return Shown(figsize=size_in, dpi=100, layout="constrained")
