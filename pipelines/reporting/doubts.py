"""The list of test images whose label is perhaps wrong, as text or as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import PredictionsError
from pipelines.record.comparing.standings import Standings
from pipelines.record.doubts import Doubt, doubts
from pipelines.record.folder.report_file import report_file
from pipelines.record.predictions import kept_of_images
from pipelines.record.report import Report
from pipelines.reporting.tables.csv_text import csv_text
from pipelines.reporting.texts.numbers import probability
from pipelines.reporting.texts.outside_text import one_line

_COLUMNS = ("image", "name", "label", "predicted", "confidence")


@dataclass(frozen=True)
class Doubts:
    """The images of a report whose label is in doubt, the most doubtful first.

    Parameters
    ----------
    found : sequence of Doubt
    names : sequence of str or None
        The test images' own names.
    class_names : sequence of str
    n_test : int
    """

    found: Sequence[Doubt]
    names: Sequence[str] | None
    class_names: Sequence[str]
    n_test: int


def doubts_beside(path: str | Path) -> Doubts:
    """Return the doubts of the report in a folder, in a `report.json` or in a page.

    Raises
    ------
    ReportError
        If the report cannot be read.
    PredictionsError
        If the predictions beside it cannot be read, are of another report, have labels that are no
        class, or none of them says how probable it is.
    """
    file = report_file(path)
    report = Report.read(file)
    kept = kept_of_images(report, file)
    best = [cell.name for cell in Standings(report).cells]
    n_classes = len(report.dataset.class_names)
    if kept.labels.size and not 0 <= kept.labels.min() <= kept.labels.max() < n_classes:
        raise PredictionsError(f"{file}: the predictions beside it have labels that are no class")
    if not {*best} & kept.confidences.keys():
        raise PredictionsError(
            f"{file}: no finished cell gives probabilities, so no label can be doubted; compare "
            "with a classifier that does, as LinearClassifier"
        )
    found = doubts(kept.labels, kept.predicted, kept.confidences, best)
    return Doubts(found, kept.names, report.dataset.class_names, report.dataset.n_test)


def doubts_as_text(listed: Doubts, *, as_csv: bool = False) -> str:
    """Return the list in lines: for people, or as CSV with a heading."""
    rows = [
        (
            str(each.index),
            listed.names[each.index] if listed.names else "",
            listed.class_names[each.label],
            listed.class_names[each.predicted],
            f"{each.confidence:.4f}",
        )
        for each in listed.found
    ]
    if as_csv:
        return csv_text(_COLUMNS, (dict(zip(_COLUMNS, row, strict=True)) for row in rows))
    are = "label is" if len(rows) == 1 else "labels are"
    lines = [f"of {listed.n_test:,} test images {len(rows):,} {are} in doubt"]
    for index, name, label, predicted, confidence in rows:
        share = probability(float(confidence))
        lines.append(f"{name or f'image {index}'}: labelled {label}, named {predicted} ({share} %)")
    return "".join(f"{one_line(line)}\n" for line in lines)
