"""The page's accuracy section: the grid of features and models, and the table of all cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import CellName
from pipelines.reporting.columns import Column, filled
from pipelines.reporting.figures.scale import Scale
from pipelines.reporting.tables.csv_text import csv_fields
from pipelines.reporting.tables.rows import tidy_rows
from pipelines.reporting.texts.numbers import count, percent
from pipelines.reporting.texts.outside_text import visible

_DEEPEST_TINT = 46  # per cent of accent; text stays readable on it in light and in dark


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
class Head:
    """A column of the table; with a scale where its entries are drawn."""

    column: Column
    scale: Scale | None = None


@dataclass(frozen=True)
class Entry:
    """One value of the table: what is shown, what it sorts by, its CSV, and where its bar runs."""

    text: str
    value: str
    csv: str
    bar: tuple[float, float] | None = None
    dot: float = 0.0


@dataclass(frozen=True)
class Row:
    """One finished cell of the comparison; None where it has nothing in a column."""

    anchor: str
    names: str
    best: bool
    entries: tuple[Entry | None, ...]


def grid(standings: Standings, anchors: Mapping[CellName, str]) -> tuple[list[str], list[GridRow]]:
    """Return the models, and a row for each extractor in the report's order."""
    report = standings.report
    models = list(dict.fromkeys(cell.model for cell in report.cells))
    cells = {cell.name: cell for cell in report.cells}
    finished = {cell.name: cell.accuracy or 0.0 for cell in standings.cells}
    low, high = min(finished.values(), default=0.0), max(finished.values(), default=1.0)

    def entry(name: CellName) -> GridCell:
        cell = cells.get(name)
        if cell is None:
            return GridCell("")
        if name not in finished:
            return GridCell("failed" if cell.status == "failed" else "to run")
        share = (finished[name] - low) / (high - low) if high > low else 1.0
        best = standings.ranks[name] == 1
        return GridCell(
            text=percent(finished[name]),
            half_width=percent((cell.ci95[1] - cell.ci95[0]) / 2) if cell.ci95 else "",
            tint=round(4 + (_DEEPEST_TINT - 4) * share),
            best=best,
            as_good=name in standings.as_good and not best,
            anchor=anchors[name],
        )

    dims: dict[str, set[int]] = {}
    for each in report.cells:
        dims.setdefault(each.features, set()).update([each.dim] if each.dim else [])
    rows = []
    for features, of_row in dims.items():
        entries = tuple(entry((features, model)) for model in models)
        rows.append(GridRow(visible(features), " / ".join(map(count, sorted(of_row))), entries))
    return list(map(visible, models)), rows


def table(standings: Standings, anchors: Mapping[CellName, str]) -> tuple[list[Head], list[Row]]:
    """Return the columns that have something to show, and the rows, the best cell first."""
    columns, rows = filled(standings, standings.cells)
    exact = {(row["features"], row["model"]): row for row in tidy_rows(standings.report)}
    heads = [
        Head(column, _scale(row[i] for row in rows) if column.kind == "interval" else None)
        for i, column in enumerate(columns)
    ]
    return heads, [
        Row(
            anchor=anchors[cell.name],
            names=visible(" ".join(cell.name)).lower(),
            best=standings.ranks[cell.name] == 1,
            entries=tuple(
                None if value is None else _entry(head, value, exact[cell.name])
                for head, value in zip(heads, row, strict=True)
            ),
        )
        for cell, row in zip(standings.cells, rows, strict=True)
    ]


def _scale(intervals: Iterable[Sequence[float] | None]) -> Scale:
    return Scale.over([100 * end for interval in intervals if interval for end in interval])


def _entry(head: Head, value: Any, exact: Mapping[str, Any]) -> Entry:
    """Return a value as the page shows it, and what is exact of it as CSV."""
    text = visible(head.column.written(value))
    fields = csv_fields(exact.get(name, value) for name in head.column.tidy_names)
    if head.scale is not None:
        low, found, high = (head.scale.at(100 * end) for end in value)
        return Entry(text, _sortable(value[0]), fields, (low, high), found)
    return Entry(text, _sortable(value) if head.column.kind == "number" else text, fields)


def _sortable(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.6f}"
