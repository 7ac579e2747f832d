"""What notebooks show of a report and of what changed between two: tables without any script."""

from __future__ import annotations

from data.telling.notebook import html_table, safe
from pipelines.record.comparing.changes import Change, ReportChanges
from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Report
from pipelines.reporting.diff import HEAD, besides, changed_row, n_alike, reading
from pipelines.reporting.sections.accuracy import grid
from pipelines.reporting.texts.headline import headline
from pipelines.reporting.texts.words import images_of_parts, runs_of

_MOST_CHANGES = 40


def report_as_html(report: Report) -> str:
    """Return the headline and the accuracies, features × models; everything is escaped."""
    standings = Standings(report)
    models, rows = grid(standings, {cell.name: "" for cell in report.cells})
    table = [
        [row.features, row.dim]
        + [
            f"{'★ ' if cell.best else ''}{cell.text}"
            + (f" ± {cell.half_width}" if cell.half_width else "")
            + (" ≈" if cell.as_good else "")
            for cell in row.cells
        ]
        for row in rows
    ]
    data = report.dataset
    facts = (
        f"{data.name}: {images_of_parts(report)}, "
        f"{len(data.class_names)} classes; {runs_of(standings)}. Per cent of test images "
        "right, ± half of the 95 % interval; ★ the best, ≈ cannot be told apart from it."
        if standings.seeds
        else data.name
    )
    said = f"<p>{safe(' '.join(headline(standings)))}</p>"
    shown = html_table(report.title, table, ["features", "values", *models])
    return f"<div>{shown}\n{said}\n<p><small>{safe(facts)}</small></p></div>"


def changes_as_html(changes: ReportChanges) -> str:
    """Return what changed as tables; everything is escaped."""
    parts = [
        _entries("Data", changes.data),
        _entries("Spec", changes.spec),
        _entries("Environment", changes.environment),
    ]
    parts.append(f"<p>{safe(n_alike(changes))}.</p>")
    if changes.changed_cells:
        rows = [changed_row(cell) for cell in changes.changed_cells]
        parts.append(html_table("Cells that differ", rows, HEAD))
    parts += [
        f"<p><small>{safe(text)}</small></p>" for text in [*besides(changes), *reading(changes)]
    ]
    return "\n".join(["<div>", *parts, "</div>"])


def _entries(title: str, changes: tuple[Change, ...]) -> str:
    if not changes:
        return f"<p>{title}: the same.</p>"
    rows = [
        [
            change.key,
            *("(none)" if each is None else each for each in (change.before, change.after)),
        ]
        for change in changes[:_MOST_CHANGES]
    ]
    left = len(changes) - len(rows)
    more = f"<p>… and {left} more.</p>" if left else ""
    return html_table(title, rows, ["", "before", "after"]) + more


def _shown(text: str | None) -> str:
    return "(none)" if text is None else text
