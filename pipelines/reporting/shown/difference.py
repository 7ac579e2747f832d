"""What changed between two reports, as an object that prints itself."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from pipelines.record.comparing.changes import ReportChanges, file_changes, report_changes
from pipelines.record.report import Report
from pipelines.reporting.diff import changes_as_text
from pipelines.reporting.shown.html import changes_as_html


class Difference(ReportChanges):
    """What changed from one report to another; `print` shows it as `preconv diff` does.

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
    >>> from pipelines import diff
    >>> found = diff("pipelines/reports/cifar10-jpeg", "pipelines/reports/cifar10-linear")
    >>> found.same_results
    False
    """

    def __str__(self) -> str:
        """Return the changes as text for a terminal."""
        return changes_as_text(self)

    def __repr__(self) -> str:
        """Return how many entries and cells differ, on one line."""
        counts = [
            f"{len(found)} of {name}" if found else f"{name} the same"
            for name in ("data", "spec", "environment")
            for found in (getattr(self, name),)
        ]
        n_same = len(self.cells) - len(self.changed_cells)
        return f"<Difference: {', '.join(counts)}; {n_same} of {len(self.cells)} cells the same>"

    def _repr_html_(self) -> str:
        return changes_as_html(self)


def diff(before: str | Path | Report, after: str | Path | Report) -> Difference:
    """Return what changed between two reports: data, spec, environment and every cell.

    Parameters
    ----------
    before, after : str, Path or Report
        A `report.json`, the `report.html` that carries it, the folder of one of them, or a
        report. With `predictions.npz` beside both files it also says how sure each change is.

    Returns
    -------
    Difference
        What changed.

    Raises
    ------
    ReportError
        If a file holds no report that can be read, or one whose results were edited.

    Examples
    --------
    >>> builtin = "pipelines/reports/builtin"
    >>> diff(builtin, builtin)
    <Difference: data the same, spec the same, environment the same; 20 of 20 cells the same>
    """
    if isinstance(before, Report) or isinstance(after, Report):
        one, other = (
            each if isinstance(each, Report) else Report.read(each) for each in (before, after)
        )
        found = report_changes(one, other, unpaired="compare the files, with predictions beside")
    else:
        found = file_changes(before, after)
    return Difference(**{field.name: getattr(found, field.name) for field in fields(found)})
