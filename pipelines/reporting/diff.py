"""What changed between two reports: data, spec, environment, and every cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.errors import PredictionsError
from pipelines.record.paired_changes import paired_changes
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Cell, CellName, PairedDifference, Report
from pipelines.reporting.markdown import table
from pipelines.reporting.numbers import p_value, percent, points, seconds
from pipelines.reporting.outside_text import flat, visible
from pipelines.reporting.words import costs


@dataclass(frozen=True)
class Change:
    """One entry that is not the same in both reports; None where it is missing."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class CellChange:
    """One cell in both reports; None where a report does not have it.

    `paired` is how far it rose image by image, where the predictions of both runs are at hand.
    """

    name: CellName
    before: Cell | None
    after: Cell | None
    before_s: float | None = None
    after_s: float | None = None
    paired: PairedDifference | None = None

    @property
    def difference(self) -> float | None:
        """Return by how much accuracy rose, where both have one."""
        if self.before is None or self.after is None:
            return None
        if self.before.accuracy is None or self.after.accuracy is None:
            return None
        return self.after.accuracy - self.before.accuracy

    @property
    def same_predictions(self) -> bool:
        """Return whether both finished with the same predictions for the same seeds."""
        if self.before is None or self.after is None:
            return False
        return (
            self.before.status == self.after.status == "done"
            and self.before.seeds == self.after.seeds
            and bool(self.before.predictions_sha256)
            and self.before.predictions_sha256 == self.after.predictions_sha256
        )

    @property
    def same(self) -> bool:
        """Return whether the cell says the same in both reports, time aside."""
        both_unfinished = (
            self.before is not None
            and self.after is not None
            and self.before.status == self.after.status != "done"
            and self.before.error == self.after.error
        )
        return self.same_predictions or both_unfinished


@dataclass(frozen=True)
class ReportChanges:
    """What changed from one report to another; `unpaired` says why there are no intervals."""

    data: tuple[Change, ...]
    spec: tuple[Change, ...]
    environment: tuple[Change, ...]
    cells: tuple[CellChange, ...]
    unpaired: str = ""

    @property
    def changed_cells(self) -> tuple[CellChange, ...]:
        """Return the cells that do not say the same."""
        return tuple(cell for cell in self.cells if not cell.same)

    @property
    def same_results(self) -> bool:
        """Return whether both ran on the same data and every cell says the same."""
        return not self.data and not self.changed_cells


def file_changes(before: str | Path, after: str | Path) -> ReportChanges:
    """Return what changed between two `report.json`, with the predictions beside them.

    Raises
    ------
    ReportError
        If one of them is no report.
    """
    reports = Report.read(before), Report.read(after)
    paired: dict[CellName, PairedDifference] = {}
    unpaired = ""
    try:
        if reports[0].dataset.sha256 == reports[1].dataset.sha256:
            (labels, then), (others, now) = (
                kept_predictions(report, path)
                for report, path in zip(reports, (before, after), strict=True)
            )
            if not np.array_equal(labels, others):
                raise PredictionsError("the two hold other labels for the same images")
            paired = paired_changes(then, now, labels)
    except PredictionsError as error:
        unpaired = str(error)
    return report_changes(*reports, paired=paired, unpaired=unpaired)


def report_changes(
    before: Report,
    after: Report,
    *,
    paired: Mapping[CellName, PairedDifference] | None = None,
    unpaired: str = "",
) -> ReportChanges:
    """Return what changed from one report to another.

    Cells come in the order of the second report, then those that only the first has. What their
    predictions say, image by image, is `paired`, or `unpaired` is why they say nothing.
    """
    cells_before = {cell.name: cell for cell in before.cells}
    cells_after = {cell.name: cell for cell in after.cells}
    costs_before, costs_after = costs(before), costs(after)

    def time(cost: Mapping[CellName, Any], name: CellName) -> float | None:
        return cost[name].total_s if name in cost else None

    return ReportChanges(
        data=_changes(before.dataset.model_dump(), after.dataset.model_dump()),
        spec=_changes(before.spec, after.spec),
        environment=_changes(
            {"preconv": before.preconv, **before.environment},
            {"preconv": after.preconv, **after.environment},
        ),
        cells=tuple(
            CellChange(
                name=name,
                before=cells_before.get(name),
                after=cells_after.get(name),
                before_s=time(costs_before, name),
                after_s=time(costs_after, name),
                paired=(paired or {}).get(name),
            )
            for name in dict.fromkeys([*cells_after, *cells_before])
        ),
        unpaired=unpaired,
    )


def changes_as_text(changes: ReportChanges) -> str:
    """Return the changes for a terminal; text from the reports cannot control it."""
    parts = [
        _entries("Data", changes.data),
        _entries("Spec", changes.spec),
        _entries("Environment", changes.environment),
    ]
    changed = changes.changed_cells
    n_same = len(changes.cells) - len(changed)
    counted = f"{n_same} of {len(changes.cells)} cells say the same"
    if not changed:
        return "\n\n".join([*parts, f"Cells: {counted}."])
    head = ["features", "model", "before", "after", "points", "95 % interval", "p"]
    head += ["time before", "after"]
    rows = [_row(cell) for cell in changed]
    shown = table(head, rows, right=range(2, len(head)))
    told = "\n\n".join([*parts, f"Cells: {counted}; the others:\n\n{shown}"])
    return "\n\n".join([told, *_reading(changes)])


def _reading(changes: ReportChanges) -> list[str]:
    """Return what the reader of the table needs to know."""
    if changes.data:
        return ["The test images differ, so the accuracies are of different things."]
    if changes.unpaired:
        return [
            f"Without the predictions of both there are no intervals: {_line(changes.unpaired)}"
        ]
    if not any(cell.paired for cell in changes.changed_cells):
        return []
    return [
        "Points: what a cell gained, image by image, with the 95 % interval of a bootstrap over\n"
        "test images. p: McNemar's exact test, Holm-corrected over these cells. Neither covers\n"
        "the choice of the training images, nor, with one seed, that of the seed."
    ]


def _row(cell: CellChange) -> list[str]:
    rose, paired = cell.difference, cell.paired
    return [
        *(visible(" ".join(name.split())) for name in cell.name),
        _standing(cell.before),
        _standing(cell.after),
        points(rose) if rose is not None else "",
        " … ".join(map(points, paired.ci95)) if paired else "",
        p_value(paired.p_holm) if paired else "",
        seconds(cell.before_s) if cell.before_s is not None else "",
        seconds(cell.after_s) if cell.after_s is not None else "",
    ]


def _standing(cell: Cell | None) -> str:
    if cell is None:
        return "not there"
    if cell.status != "done" or cell.accuracy is None:
        return cell.status
    return percent(cell.accuracy, 2)


def _entries(title: str, changes: tuple[Change, ...]) -> str:
    if not changes:
        return f"{title}: the same."
    width = max(len(change.key) for change in changes)
    lines = [
        f"  {_line(change.key).ljust(width)}  {_line(change.before)} → {_line(change.after)}"
        for change in changes
    ]
    return "\n".join([f"{title}:", *lines])


def _line(text: str | None) -> str:
    return "(none)" if text is None else visible(" ".join(text.split())) or '""'


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    old, new = dict(flat(before)), dict(flat(after))
    return tuple(
        Change(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if old.get(key) != new.get(key)
    )
