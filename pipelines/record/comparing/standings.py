"""The finished cells of a report in their order, and how sure that order is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pipelines.record.comparing.costs import Cost, costs
from pipelines.record.comparing.groups import groups_not_told_apart, letters
from pipelines.record.comparing.order import for_order
from pipelines.record.report import Cell, CellName, PairedDifference, Report


@dataclass(frozen=True)
class Standings:
    """The finished cells of a report, the most accurate first, and what follows from them.

    Each property is computed once, when it is first asked for.

    Parameters
    ----------
    report
        What a comparison found.
    """

    report: Report

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The finished cells, the most accurate first."""
        done = [c for c in self.report.cells if c.status == "done" and c.accuracy is not None]
        return tuple(sorted(done, key=lambda cell: -for_order(cell.accuracy or 0.0)))

    @cached_property
    def unfinished(self) -> tuple[Cell, ...]:
        """The cells that failed or are still to run, in the order of the report."""
        done = {id(cell) for cell in self.cells}
        return tuple(cell for cell in self.report.cells if id(cell) not in done)

    @cached_property
    def ranks(self) -> dict[CellName, int]:
        """The place of each finished cell, from 1; cells that are equally accurate share theirs."""
        places: dict[float, int] = {}
        ranks: dict[CellName, int] = {}
        for place, cell in enumerate(self.cells, 1):
            ranks[cell.name] = places.setdefault(for_order(cell.accuracy or 0.0), place)
        return ranks

    @cached_property
    def costs(self) -> dict[CellName, Cost]:
        """The seconds of each cell that was timed."""
        return costs(self.report)

    @cached_property
    def groups(self) -> tuple[tuple[CellName, ...], ...]:
        """The groups of cells that cannot be told apart.

        None if no pairs were compared, or if there are too many groups.
        """
        if not self.report.pairs:
            return ()
        return groups_not_told_apart([cell.name for cell in self.cells], self.report.pairs)

    @cached_property
    def letters(self) -> dict[CellName, str]:
        """The letters of each cell's groups."""
        return letters(self.groups)

    @cached_property
    def as_good(self) -> frozenset[CellName]:
        """The best cell, and the cells that cannot be told apart from it; empty without pairs."""
        if not (self.report.pairs and self.cells):
            return frozenset()
        best, *others = (cell.name for cell in self.cells)
        pairs = {name: self.difference(best, name) for name in others}
        return frozenset(
            [best, *(name for name, pair in pairs.items() if pair is None or not pair.told_apart)]
        )

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of all cells, in rising order."""
        return tuple(sorted({seed for cell in self.report.cells for seed in cell.seeds}))

    @cached_property
    def unvalidated(self) -> bool:
        """Whether a finished cell has no validation accuracy: there was nothing to choose."""
        return any(not cell.validation_accuracy for cell in self.cells)

    def difference(self, first: CellName, second: CellName) -> PairedDifference | None:
        """Return by how much the first cell leads; None if the pair was not compared.

        The report holds each pair once. If it holds this one the other way round, the difference
        changes its sign.
        """
        if (pair := self._pairs.get((first, second))) is not None:
            return pair
        if (pair := self._pairs.get((second, first))) is None:
            return None
        return pair.model_copy(
            update={
                "first": first,
                "second": second,
                "difference": -pair.difference,
                "ci95": (-pair.ci95[1], -pair.ci95[0]),
                "only_first": pair.only_second,
                "only_second": pair.only_first,
            }
        )

    @cached_property
    def _pairs(self) -> dict[tuple[CellName, CellName], PairedDifference]:
        return {(pair.first, pair.second): pair for pair in self.report.pairs}
