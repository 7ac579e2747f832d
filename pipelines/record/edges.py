"""Chosen values that lie at the edge of their grid: a better one may lie beyond."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.comparison.tables.ladder import is_searched, ladder_of
from pipelines.record.report import Cell, Report

# Of what a spec can hold; that of a report may hold more.
_LONGEST_NAME = 1000
_MOST_CHOICES = 1000


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
    spec: Mapping[str, Any], row: str, model: str, name: str
) -> Iterator[tuple[list[float], str]]:
    """Yield the numbers from which a parameter was chosen, and what they are called."""
    models, features = _table(spec, "models"), _table(spec, "features")
    # A name can be cut into parts in very many ways: each model sees each rest of it once.
    to_see = [(model, name)] if len(name) <= _LONGEST_NAME else []
    seen = set(to_see)
    while to_see:
        model, rest = to_see.pop()
        table = _table(models, model)
        given = _table(_table(table, "on"), row)
        if rest not in given and (grid := _numbers(_table(table, "choose").get(rest))):
            yield grid, "of its grid"
        value = given.get(rest, table.get(rest))
        if is_searched(rest, value):
            yield list(ladder_of(rest)), "that is searched"
        inside = {cut for cut in _cuts(rest) if cut[0] in models} - seen
        seen |= inside
        to_see += sorted(inside)
    for part, rest in _cuts(name):
        if grid := _numbers(_table(_table(features, part), "choose").get(rest)):
            yield grid, "of its grid"


def _cuts(name: str) -> list[tuple[str, str]]:
    """Return the two sides of each dot of a name, which may have dots inside of its parts."""
    dots = [i for i, char in enumerate(name[:_LONGEST_NAME]) if char == "."]
    return [(name[:i], name[i + 1 :]) for i in dots]


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tables.get(name)
    return found if isinstance(found, Mapping) else {}


def _numbers(values: Any) -> list[float]:
    """Return a list of numbers; empty if it is anything else."""
    if not isinstance(values, list | tuple) or len(values) > _MOST_CHOICES:
        return []
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return numbers if len(numbers) == len(values) else []
