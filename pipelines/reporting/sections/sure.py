"""The page's section on how sure differences are, and which cells cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.record.comparing.groups import group_letter
from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Cell, CellName
from pipelines.reporting.figures.scale import Scale
from pipelines.reporting.texts.numbers import interval, lead, p_value, percent
from pipelines.reporting.texts.words import label

_MOST_REFERENCES = 24
_MOST_BARS = 12


@dataclass(frozen=True)
class Bar:
    """A piece of a group's bar: "in" for members, "gap" where it passes a cell that differs."""

    kind: str = ""
    group: str = ""


@dataclass(frozen=True)
class Difference:
    """One cell against the reference: its lead, drawn and in numbers."""

    name: str
    accuracy: str
    bars: tuple[Bar, ...]
    difference: str = ""
    interval: str = ""
    p: str = ""
    dot: float = 0.0
    interval_at: tuple[float, float] = (0.0, 0.0)
    sure: bool = False
    itself: bool = False


@dataclass(frozen=True)
class Reference:
    """All cells against one of them."""

    name: str
    zero: float
    scale: Scale
    rows: tuple[Difference, ...]


def references(standings: Standings) -> list[Reference]:
    """Return every cell as a reference, the best first; of very many cells only the best ones.

    Groups have bars where these need few columns.
    """
    done = standings.cells
    if not standings.report.pairs or len(done) < 2:
        return []
    bars = group_bars([cell.name for cell in done], standings.groups)
    if max(map(len, bars.values())) > _MOST_BARS:
        bars = dict.fromkeys(bars, ())
    chosen = done if len(done) <= _MOST_REFERENCES else done[: _MOST_REFERENCES // 2]
    return [_reference(standings, cell, bars) for cell in chosen]


def group_bars(
    names: Sequence[CellName], groups: Sequence[Sequence[CellName]]
) -> dict[CellName, tuple[Bar, ...]]:
    """Return for each cell the pieces of the groups' bars in its row, column by column.

    A group of one has no bar. Bars that do not meet share a column.
    """
    place = {name: i for i, name in enumerate(names)}
    columns: list[dict[int, Bar]] = []
    for number, group in enumerate(groups):
        members = {place[name] for name in group}
        first, last = min(members), max(members)
        if first == last:
            continue
        free = (column for column in columns if max(column) < first)
        column = next(free, None)
        if column is None:
            columns.append(column := {})
        for i in range(first, last + 1):
            ends = (" first" if i == first else "") + (" last" if i == last else "")
            column[i] = Bar("in" + ends if i in members else "gap", group_letter(number))
    return {name: tuple(column.get(i, Bar()) for column in columns) for name, i in place.items()}


def _reference(
    standings: Standings, reference: Cell, bars: Mapping[CellName, tuple[Bar, ...]]
) -> Reference:
    done = standings.cells
    found = {
        cell.name: pair
        for cell in done
        if (pair := standings.difference(cell.name, reference.name)) is not None
    }
    ends = [100 * end for pair in found.values() for end in (*pair.ci95, pair.difference)]
    scale = Scale.over([*ends, 0.0])
    rows = []
    for cell in done:
        accuracy = percent(cell.accuracy or 0.0)
        row = Difference(
            name=label(cell.name),
            accuracy=accuracy,
            bars=bars[cell.name],
            itself=cell.name == reference.name,
        )
        if (pair := found.get(cell.name)) is None:
            rows.append(row)
            continue
        low, high = pair.ci95
        rows.append(
            replace(
                row,
                difference=lead(pair.difference, low, high),
                interval=" … ".join(interval(low, high)),
                p=p_value(pair.p),
                dot=scale.at(100 * pair.difference),
                interval_at=(scale.at(100 * low), scale.at(100 * high)),
                sure=pair.told_apart,
            )
        )
    return Reference(label(reference.name), scale.at(0.0), scale, tuple(rows))
