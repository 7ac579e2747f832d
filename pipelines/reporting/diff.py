"""Write what changed between two reports as text for a terminal."""

from __future__ import annotations

from textwrap import fill

from data.names import some_of
from pipelines.record.comparing.changes import CellChange, Change, ReportChanges
from pipelines.record.report import Cell
from pipelines.reporting.markdown import markdown_table
from pipelines.reporting.texts.numbers import duration, interval, lead, p_value, percent, points
from pipelines.reporting.texts.outside_text import one_line
from pipelines.reporting.texts.words import covered, label

_SURE_BY = {
    False: "from one bootstrap over test images and, where there are several, seeds",
    True: "by the corrected resampled t",
}

_WIDEST_KEY = 200

HEAD = (
    "features", "model", "before", "after", "points", "95 % interval", "p", "time before", "after",
)  # fmt: skip


def changes_as_text(changes: ReportChanges) -> str:
    """Return the changes for a terminal; text from the reports cannot control it."""
    parts = [
        _entries("Data", changes.data),
        _entries("Spec", changes.spec),
        _entries("Environment", changes.environment),
    ]
    changed = changes.changed_cells
    counted = n_alike(changes)
    if not changed:
        return "\n\n".join([*parts, f"Cells: {counted}.", *besides(changes)])
    rows = [changed_row(cell) for cell in changed]
    shown = markdown_table(HEAD, rows, right=range(2, len(HEAD)))
    said = "\n\n".join([*parts, f"Cells: {counted}; these do not:\n\n{shown}"])
    return "\n\n".join([said, *reading(changes)])


def n_alike(changes: ReportChanges) -> str:
    """Return how many cells predict the same, and which of these have other figures."""
    n_same = len(changes.cells) - len(changes.changed_cells)
    said = f"{n_same} of {len(changes.cells)} cells have the same predictions"
    others = [label(cell.name) for cell in changes.other_figures]
    return (
        f"{said}, {len(others)} of them with other figures ({some_of(others)})" if others else said
    )


def besides(changes: ReportChanges) -> list[str]:
    """Return whether all that was found is the same, of two runs that predict the same."""
    before, after = changes.results_digests
    if changes.other_task or changes.changed_cells:
        return []  # so their hashes differ anyway
    if before == after:
        return [f"Results: the same, bit for bit. Their digest: {before}"]
    return [
        "Results: the predictions are the same, but scores, choices or paired differences are not. "
        f"Their digests:\n  {before}\n  {after}"
    ]


def reading(changes: ReportChanges) -> list[str]:
    """Return what the reader of the table needs to know."""
    if changes.other_images:
        return ["The images differ, in training or test, so the accuracies cannot be compared."]
    if changes.unpaired:
        return [
            "There are no intervals, because they need the predictions of both runs: "
            f"{one_line(changes.unpaired)}"
        ]
    if not any(cell.paired for cell in changes.changed_cells):
        return []
    return [
        fill(
            "Points: by how much the accuracy of a cell rose. Its 95 % interval and its p are for "
            f"these cells together, {_SURE_BY[changes.resampled]} (single-step max-t): the "
            "interval excludes zero exactly if p < 0.05. "
            f"{covered(_fewest_seeds(changes), resampled=changes.resampled)}",
            width=95,
        )
    ]


def _fewest_seeds(changes: ReportChanges) -> int:
    """Return the number of seeds of the cell that has the fewest in one of the runs."""
    return min(
        len(run.seeds)
        for cell in changes.changed_cells
        if cell.paired
        for run in (cell.before, cell.after)
        if run is not None
    )


def changed_row(cell: CellChange) -> list[str]:
    """Return what `HEAD` names of a cell that changed."""
    rose, paired = cell.difference, cell.paired
    return [
        *map(one_line, cell.name),
        _standing(cell.before),
        _standing(cell.after),
        _rise(rose, paired.ci95 if paired else None),
        " … ".join(interval(*paired.ci95)) if paired else "",
        p_value(paired.p) if paired else "",
        duration(cell.before_s) if cell.before_s is not None else "",
        duration(cell.after_s) if cell.after_s is not None else "",
    ]


def _rise(rose: float | None, ci95: tuple[float, float] | None) -> str:
    if rose is None:
        return ""
    return points(rose) if ci95 is None else lead(rose, *ci95)


def _standing(cell: Cell | None) -> str:
    if cell is None:
        return "not there"
    if cell.status != "done" or cell.accuracy is None:
        return cell.status
    return percent(cell.accuracy, 2)


def _entries(title: str, changes: tuple[Change, ...]) -> str:
    if not changes:
        return f"{title}: the same."
    width = min(_WIDEST_KEY, max(len(change.key) for change in changes))
    lines = [
        f"  {one_line(change.key).ljust(width)}  {_shown(change.before)} → {_shown(change.after)}"
        for change in changes
    ]
    return "\n".join([f"{title}:", *lines])


def _shown(text: str | None) -> str:
    return "(none)" if text is None else one_line(text) or '""'
