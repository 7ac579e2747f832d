"""What changed between two reports: data, spec, environment, and every cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.errors import PredictionsError, ReportError
from pipelines.record.comparing.costs import Cost, costs
from pipelines.record.comparing.paired_changes import paired_changes
from pipelines.record.digests import NAMES, results_digest, why_other_results
from pipelines.record.flat import flat
from pipelines.record.folder.report_file import read_json, report_file
from pipelines.record.predictions import kept_predictions, kept_tested
from pipelines.record.report import Cell, CellName, PairedDifference, Report


@dataclass(frozen=True)
class Change:
    """One entry that differs between two reports; None where a report does not have it."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class CellChange:
    """One cell in both reports; None where a report does not have it.

    `paired` says by how much its accuracy rose, image by image. It is None where the predictions
    of one of the runs are missing.
    """

    name: CellName
    before: Cell | None
    after: Cell | None
    before_s: float | None = None
    after_s: float | None = None
    paired: PairedDifference | None = None

    @property
    def difference(self) -> float | None:
        """Return by how much accuracy rose; None if one of the two has no accuracy."""
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
        """Return whether both predict the same, or did not finish for the same reason."""
        both_unfinished = (
            self.before is not None
            and self.after is not None
            and self.before.status == self.after.status != "done"
            and self.before.error == self.after.error
        )
        return self.same_predictions or both_unfinished


@dataclass(frozen=True)
class ReportChanges:
    """What changed from one report to another.

    Parameters
    ----------
    data, spec, environment : tuple of Change
        The entries that differ.
    cells : tuple of CellChange
        Every cell of the two reports.
    unpaired : str, default ""
        Why there are no intervals.
    resampled : bool, default False
        Whether the images were split anew for each run, in both reports.
    results_digests : tuple of (str, str), default ("", "")
        The sha256 of all that each of the two found.

    Examples
    --------
    >>> ReportChanges(data=(), spec=(), environment=(), cells=()).same_results
    True
    """

    data: tuple[Change, ...]
    spec: tuple[Change, ...]
    environment: tuple[Change, ...]
    cells: tuple[CellChange, ...]
    unpaired: str = ""
    resampled: bool = False
    results_digests: tuple[str, str] = ("", "")

    @property
    def changed_cells(self) -> tuple[CellChange, ...]:
        """The cells whose results differ."""
        return tuple(cell for cell in self.cells if not cell.same)

    @property
    def other_figures(self) -> tuple[CellChange, ...]:
        """The finished cells that predict the same, and have another figure or choice."""
        return tuple(
            cell
            for cell in self.cells
            if cell.same_predictions and _figures(cell.before) != _figures(cell.after)
        )

    @property
    def other_images(self) -> bool:
        """Whether the images differ, in training or test; what they are called does not count."""
        return any(change.key == "sha256" for change in self.data)

    @property
    def other_task(self) -> bool:
        """Whether the images or the spec differ in more than names."""
        return _beyond(NAMES["dataset"], self.data) or _beyond(NAMES["spec"], self.spec)

    @property
    def same_results(self) -> bool:
        """Whether both ran on the same images and every cell is the same."""
        return not self.other_images and not self.changed_cells


def _figures(cell: Cell | None) -> dict[str, Any]:
    """Return what a cell says beyond its predictions."""
    return {} if cell is None else cell.model_dump(exclude={"error", "predictions_sha256"})


def file_changes(before: str | Path, after: str | Path) -> ReportChanges:
    """Return what changed between two reports, with the predictions beside them.

    A report is a `report.json`, the page that carries it, or the folder of one of them.

    Raises
    ------
    ReportError
        If one of them is no report, or its results were edited.
    """
    before, after = report_file(before), report_file(after)
    reports = _read(before), _read(after)
    paired: dict[CellName, PairedDifference] = {}
    unpaired = ""
    try:
        if reports[0].dataset.sha256 == reports[1].dataset.sha256:
            (labels, then), (others, now) = (
                kept_predictions(report, path)
                for report, path in zip(reports, (before, after), strict=True)
            )
            n_learned = _n_learned(reports, (before, after))
            if not np.array_equal(labels, others):
                raise PredictionsError("the two files hold different labels for the same images")
            paired = paired_changes(then, now, labels, n_learned=n_learned)
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

    Parameters
    ----------
    before, after
        The two reports. The cells of `after` come first, in its order, then those that only
        `before` has.
    paired
        Cell → by how much its accuracy rose, image by image.
    unpaired
        Why there are no such differences.
    """
    cells_before = {cell.name: cell for cell in before.cells}
    cells_after = {cell.name: cell for cell in after.cells}
    costs_before, costs_after = costs(before), costs(after)

    def time(cost: Mapping[CellName, Cost], name: CellName) -> float | None:
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
        resampled=before.is_resampled and after.is_resampled,
        results_digests=(_digest_of(before), _digest_of(after)),
    )


def _read(path: Path) -> Report:
    content = read_json(path)
    report = Report.parse(content, str(path))
    if why := why_other_results(content):
        raise ReportError(f"{path}: {why}")
    return report


def _digest_of(report: Report) -> str:
    """Return the hash of what a report found, also of an earlier one that does not name it."""
    return results_digest(report.model_dump(mode="json", by_alias=True))


def _n_learned(reports: tuple[Report, ...], paths: tuple[Path, Path]) -> int | None:
    """Return how many images each resample learned from; None if nothing was split anew."""
    if reports[0].is_resampled != reports[1].is_resampled:
        raise PredictionsError("one report is of resamples, the other of a single split")
    if not reports[0].is_resampled:
        return None
    then, now = map(kept_tested, reports, paths)
    if not np.array_equal(then, now):
        raise PredictionsError("the resamples of the two reports are not the same")
    n_learned = reports[1].dataset.n_train + (reports[1].dataset.n_validation or 0)
    if not n_learned or len(now) < 2:
        raise PredictionsError(
            f"{len(now)} resamples with {n_learned} training images show no spread over resamples"
        )
    return n_learned


def _beyond(names: Collection[str], changes: Iterable[Change]) -> bool:
    """Return whether an entry changed that has none of these names."""
    return any(change.key.partition(".")[0] not in names for change in changes)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    old, new = dict(flat(before)), dict(flat(after))
    return tuple(
        Change(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if old.get(key) != new.get(key)
    )
