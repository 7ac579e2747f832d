"""What the page's accuracy section shows: the grid, and the table with intervals in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.record.report import Cell, CellName, Metrics, Report
from pipelines.reporting.numbers import count, percent, seconds
from pipelines.reporting.outside_text import visible
from pipelines.reporting.words import Cost

_DEEPEST_TINT = 46  # per cent of accent; text stays readable on it in light and in dark


@dataclass(frozen=True)
class Scale:
    """A linear axis that an interval is drawn on, in per cent of its width."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def over(cls, values: Sequence[float], *, n_ticks: int = 5) -> Scale:
        """Return a scale with round ends that holds all values."""
        low, high = min(values), max(values)
        span = max(high - low, 1e-9)
        step = next(
            step
            for power in range(-4, 9)
            for step in (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
            if span / step <= n_ticks - 1
        )
        first, last = int(low // step), -int(-high // step)
        last = max(last, first + 1)
        ticks = tuple(step * i for i in range(first, last + 1))
        return cls(ticks[0], ticks[-1], ticks)

    def at(self, value: float) -> float:
        """Return where a value is, 0 … 100."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)


@dataclass(frozen=True)
class GridCell:
    """One entry of features × models."""

    text: str
    half_width: str = ""
    tint: int = 0
    best: bool = False
    as_good: bool = False
    anchor: str = ""


@dataclass(frozen=True)
class GridRow:
    """One extractor across the models."""

    features: str
    dim: str
    cells: tuple[GridCell, ...]


@dataclass(frozen=True)
class Column:
    """One column of the table: its heading, how it sorts, what explains it."""

    key: str
    heading: str
    numeric: bool
    explanation: str


@dataclass(frozen=True)
class Entry:
    """One value of the table: what is shown and what it sorts by."""

    text: str
    value: str


@dataclass(frozen=True)
class Row:
    """One finished cell of the comparison."""

    anchor: str
    entries: Mapping[str, Entry]
    dot: float
    bar: tuple[float, float] | None
    best: bool


COLUMNS = (
    Column("rank", "#", True, "place by accuracy"),
    Column("features", "features", False, ""),
    Column("model", "model", False, ""),
    Column("accuracy", "accuracy", True, "per cent of test images right"),
    Column("interval", "95 % interval", True, "Wilson, for the sampling of test images"),
    Column("seeds", "seeds ±", True, "standard deviation over seeds, points"),
    Column("group", "group", False, "cells that share a letter cannot be told apart"),
    Column("dim", "dim", True, "length of the feature vector"),
    Column("time", "time", True, "features, choosing, fitting, predicting; one seed"),
    Column("f1", "macro F1", True, "mean of the classes' F1, per cent"),
    Column("top2", "top‑2", True, "true class among the two most probable, per cent"),
    Column("log_loss", "log loss", True, "of the probabilities, nats"),
    Column("calibration", "calib. error", True, "confidence against accuracy, points"),
)


def grid(
    report: Report, done: Sequence[Cell], as_good: set[CellName], anchors: Mapping[CellName, str]
) -> tuple[list[str], list[GridRow]]:
    """Return the models, and a row for each extractor in the report's order."""
    models = list(dict.fromkeys(cell.model for cell in report.cells))
    cells = {cell.name: cell for cell in report.cells}
    finished = {cell.name: cell.accuracy or 0.0 for cell in done}
    low, high = min(finished.values(), default=0.0), max(finished.values(), default=1.0)

    def entry(name: CellName) -> GridCell:
        cell = cells.get(name)
        if cell is None:
            return GridCell("")
        if name not in finished:
            return GridCell("failed" if cell.status == "failed" else "to run")
        share = (finished[name] - low) / (high - low) if high > low else 1.0
        return GridCell(
            text=percent(finished[name]),
            half_width=percent((cell.ci95[1] - cell.ci95[0]) / 2) if cell.ci95 else "",
            tint=round(4 + (_DEEPEST_TINT - 4) * share),
            best=name == done[0].name,
            as_good=name in as_good and name != done[0].name,
            anchor=anchors[name],
        )

    rows = []
    for features in dict.fromkeys(cell.features for cell in report.cells):
        dims = sorted({c.dim for c in report.cells if c.features == features and c.dim})
        entries = tuple(entry((features, model)) for model in models)
        rows.append(GridRow(visible(features), " / ".join(map(count, dims)), entries))
    return list(map(visible, models)), rows


def table(
    done: Sequence[Cell],
    spent: Mapping[CellName, Cost],
    marks: Mapping[CellName, str],
    anchors: Mapping[CellName, str],
) -> tuple[list[Column], list[Row], Scale]:
    """Return the columns that have something to show, the rows best first, and their scale."""
    ends = [end for cell in done for end in (cell.ci95 or (cell.accuracy or 0.0,))]
    scale = Scale.over([100 * end for end in ends])
    rows = []
    for place, cell in enumerate(done, 1):
        accuracy = cell.accuracy or 0.0
        entries = {
            "rank": Entry(str(place), str(place)),
            "features": Entry(visible(cell.features), visible(cell.features)),
            "model": Entry(visible(cell.model), visible(cell.model)),
            "accuracy": Entry(percent(accuracy), f"{accuracy:.6f}"),
            **_more(cell.metrics),
        }
        if cell.ci95:
            low, high = cell.ci95
            entries["interval"] = Entry(f"{percent(low)} – {percent(high)}", f"{low:.6f}")
        if cell.accuracy_std is not None and len(cell.seeds) > 1:
            entries["seeds"] = Entry(percent(cell.accuracy_std), f"{cell.accuracy_std:.6f}")
        if cell.name in marks:
            entries["group"] = Entry(marks[cell.name], marks[cell.name])
        if cell.dim is not None:
            entries["dim"] = Entry(count(cell.dim), str(cell.dim))
        if cell.name in spent:
            total_s = spent[cell.name].total_s
            entries["time"] = Entry(seconds(total_s), f"{total_s:.6f}")
        bar = (scale.at(100 * cell.ci95[0]), scale.at(100 * cell.ci95[1])) if cell.ci95 else None
        dot = scale.at(100 * accuracy)
        rows.append(Row(anchors[cell.name], entries, dot, bar, best=place == 1))
    columns = [column for column in COLUMNS if any(column.key in row.entries for row in rows)]
    return columns, rows, scale


def _more(metrics: Metrics | None) -> dict[str, Entry]:
    if metrics is None:
        return {}
    found = {"f1": Entry(percent(metrics.macro_f1), f"{metrics.macro_f1:.6f}")}
    if metrics.top2 is not None:
        found["top2"] = Entry(percent(metrics.top2), f"{metrics.top2:.6f}")
    if metrics.log_loss is not None:
        found["log_loss"] = Entry(f"{metrics.log_loss:.3f}", f"{metrics.log_loss:.6f}")
    if metrics.calibration_error is not None:
        error = metrics.calibration_error
        found["calibration"] = Entry(percent(error), f"{error:.6f}")
    return found
