"""Chosen values that lie at the edge of their grid: a better one may lie beyond."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.comparison.ladder import is_searched, ladder_of
from pipelines.record.report import Cell, Report


def edges(report: Report) -> dict[str, list[Cell]]:
    """Return which finished cells chose a number at the edge of its grid, one line for each number.

    Examples
    --------
    >>> report = Report.read("pipelines/reports/builtin/report.json")
    >>> [line for line in edges(report) if "n_neighbors" in line]
    ['n_neighbors = 15 is the largest of its grid']
    """
    found: dict[str, list[Cell]] = {}
    for cell in report.cells:
        if cell.status == "done":
            for line in edges_of(cell, report.spec):
                found.setdefault(line, []).append(cell)
    return found


def edges_of(cell: Cell, spec: Mapping[str, Any]) -> list[str]:
    """Return one line for each number that a cell chose at the edge of its grid.

    The spec is that of a report, which may hold anything.
    """
    lines: dict[str, None] = {}
    for chosen in cell.chosen:
        for name, value in chosen.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            for grid, what in _grids(spec, cell.features, cell.model, name):
                if len(set(grid)) > 1 and value in (min(grid), max(grid)):
                    which = "smallest" if value == min(grid) else "largest"
                    lines[f"{name} = {value} is the {which} {what}"] = None
    return [*lines]


def _grids(
    spec: Mapping[str, Any], row: str, model: str, name: str, depth: int = 0
) -> Iterator[tuple[list[float], str]]:
    """Yield the numbers from which a parameter was chosen, and what they are called."""
    models, features = _table(spec, "models"), _table(spec, "features")
    table = _table(models, model)
    given = _table(_table(table, "on"), row)
    if name not in given and (grid := _numbers(_table(table, "choose").get(name))):
        yield grid, "of its grid"
    value = given.get(name, table.get(name))
    if is_searched(name, value):
        yield list(ladder_of(name)), "that is searched"
    for part in models:
        if name.startswith(f"{part}.") and depth < len(models):
            yield from _grids(spec, row, part, name[len(part) + 1 :], depth + 1)
    for part in features if depth == 0 else ():
        if name.startswith(f"{part}."):
            own = _table(_table(features, part), "choose").get(name[len(part) + 1 :])
            if grid := _numbers(own):
                yield grid, "of its grid"


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tables.get(name)
    return found if isinstance(found, Mapping) else {}


def _numbers(values: Any) -> list[float]:
    """Return a list of numbers; empty if it is anything else."""
    if not isinstance(values, list | tuple):
        return []
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return numbers if len(numbers) == len(values) else []
