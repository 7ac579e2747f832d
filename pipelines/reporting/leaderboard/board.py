"""The cells of all reports below a folder as one list, those on the same images together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.system.paths import expanded
from pipelines.errors import ReportError
from pipelines.record.comparing.order import for_order
from pipelines.record.folder.reports_below import reports_below
from pipelines.record.report import Report
from pipelines.reporting.tables.csv_text import csv_text
from pipelines.reporting.tables.rows import COLUMNS, tidy_rows
from pipelines.reporting.texts.numbers import count
from pipelines.reporting.texts.outside_text import one_line
from pipelines.reporting.texts.words import quick_look

BOARD_COLUMNS = (
    "place", "report", "title", "data", "data_sha256", "split", "n_train", "limit",
    *(name for name in COLUMNS if name not in ("rank", "group")),
    "started", "preconv", "kind",
)  # fmt: skip

_LONGEST_KIND = 200

Tested = tuple[str, str | None]
"""On what a cell was tested: the sha256 of its images, and how they were split anew, if they were.

An accuracy over resamples is of other test images than one of a single split of the same images,
and than one over more resamples, or over such that another `data_seed` draws.
"""


@dataclass(frozen=True)
class Leaderboard:
    """The cells of several reports.

    Parameters
    ----------
    folder
        Where the reports were looked for.
    rows
        A row for each cell, by the names in `BOARD_COLUMNS`: images by their names, and the cells
        on the same images by accuracy, the best first. `place` counts the finished ones that were
        tested on the same images. `split` is None for a single split of them, and else says how
        they were split anew: "30 resamples", or "5 folds × 3, data_seed 1". `kind` is the
        classifier, "on pixels" where its features are nothing else.
    files
        The file of each report, by its name in the rows.
    unread
        What is wrong with each report that cannot be read.
    """

    folder: Path
    rows: tuple[dict[str, Any], ...]
    files: dict[str, Path]
    unread: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: str | Path) -> Leaderboard:
        """Return the leaderboard of all reports below a folder.

        Raises
        ------
        ReportError
            If there is none.
        """
        folder = expanded(folder)
        rows: list[dict[str, Any]] = []
        files: dict[str, Path] = {}
        unread: list[str] = []
        for path, found in reports_below(folder):
            if isinstance(found, ReportError):
                unread.append(str(found))
                continue
            name = path.parent.relative_to(folder).as_posix()
            files[name] = path
            rows += _rows(found, name)
        if not files:
            first = f"; the first that cannot be read: {unread[0]}" if unread else ""
            raise ReportError(f"{folder}: there is no report that can be read below it{first}")
        return cls(folder, tuple(_placed(rows)), files, tuple(unread))

    @property
    def n_data(self) -> int:
        """Return on how many sets of images the cells were tested."""
        return len({tested_on(row) for row in self.rows})

    def to_csv(self) -> str:
        """Return the rows as CSV."""
        return csv_text(BOARD_COLUMNS, self.rows)

    def to_json(self) -> str:
        """Return the rows as a JSON list of objects, in ASCII."""
        return json.dumps(list(self.rows), indent=1, allow_nan=False)


def _rows(report: Report, name: str) -> list[dict[str, Any]]:
    of_report = {
        "report": name,
        "title": report.title,
        "data": report.dataset.name,
        "data_sha256": report.dataset.sha256,
        "split": _split(report),
        "n_train": report.dataset.n_train,
        "limit": report.spec.get("limit") if quick_look(report) else None,
        "started": report.measurements.started,
        "preconv": report.preconv,
    }
    on_pixels = {each: _is_on_pixels(report, each) for each in {c.features for c in report.cells}}
    return [
        of_report | row | {"kind": _kind(report, row["model"], on_pixels[row["features"]])}
        for row in tidy_rows(report)
    ]


def _kind(report: Report, model: str, on_pixels: bool) -> str:
    """Return what classifies in a cell, by the spec: a class, or the name of the user's own."""
    made_by = str(_named(report, "models", model).get("classifier", model))[:_LONGEST_KIND]
    return f"{made_by} on pixels" if on_pixels else made_by


def _is_on_pixels(report: Report, features: str) -> bool:
    """Return whether features are nothing but the pixels, by the spec."""
    parts = _named(report, "features", features).get("union", [features])
    return isinstance(parts, list) and all(
        _named(report, "features", part).get("extractor") == "RawPixels" for part in parts
    )


def _named(report: Report, what: str, name: object) -> dict[str, Any]:
    """Return the table of a name in the spec of a report; an empty one for code of the user's."""
    tables = report.spec.get(what)
    table = tables.get(name) if isinstance(tables, dict) and isinstance(name, str) else None
    return table if isinstance(table, dict) else {}


def _split(report: Report) -> str | None:
    """Return how the images were split anew: what is drawn alike tests the same images."""
    if not report.is_resampled:
        return None
    folds, repeats, n, seed = (
        value if isinstance(value := report.spec.get(name), int) else 0
        for name in ("folds", "repeats", "resamples", "data_seed")
    )
    if folds:
        split = f"{count(folds)} folds" + (f" × {count(repeats)}" if repeats > 1 else "")
    else:
        split = f"{count(n)} resamples" if n else "resamples"
    return split + (f", data_seed {seed}" if seed else "")


def tested_on(row: dict[str, Any]) -> Tested:
    """Return on what the cell of a row was tested."""
    return row["data_sha256"], row["split"]


def _placed(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows in their order, each with its place and its columns in theirs."""
    rows = list(rows)
    names = _first_names(rows)

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        tested = names[tested_on(row)], row["data_sha256"], row["split"] or ""
        return tested, _behind(row), 0 if _behind(row) else -for_order(row["accuracy"])

    ordered = sorted(rows, key=order)
    placed: list[dict[str, Any]] = []
    counts = Counter[Tested]()
    places: dict[tuple[Tested, float], int] = {}  # Equally accurate cells share theirs.
    for row in ordered:
        place, tested = None, tested_on(row)
        if not _behind(row):
            counts[tested] += 1
            place = places.setdefault((tested, for_order(row["accuracy"])), counts[tested])
        placed.append({key: place if key == "place" else row[key] for key in BOARD_COLUMNS})
    return placed


def _behind(row: dict[str, Any]) -> bool:
    """Return whether a row has no accuracy to be placed by."""
    return row["status"] != "done" or row["accuracy"] is None


def _first_names(rows: Iterable[dict[str, Any]]) -> dict[Tested, str]:
    """Return one name for each set of images: reports may call the same images differently."""
    names: dict[Tested, str] = {}
    for row in rows:
        tested = tested_on(row)
        names[tested] = min(names.get(tested, row["data"]), row["data"])
    return names


def data_names(rows: Iterable[dict[str, Any]]) -> dict[Tested, str]:
    """Return what the images are called on which cells were tested.

    Of several names of the same images it is the first by the alphabet. A part of the hash tells
    those of one name apart. Where only a part of the images was taken, for a quick look, or they
    were split anew, it is said.
    """
    rows = list(rows)
    names = _first_names(rows)
    named = {
        tested_on(row): one_line(names[tested_on(row)])
        + (f", at most {count(row['limit'])} of each part" if row["limit"] else "")
        + (f", split anew ({row['split']})" if row["split"] else "")
        for row in rows
    }
    several = Counter(named.values())
    return {
        tested: f"{name} ({tested[0][:8]})" if several[name] > 1 else name
        for tested, name in named.items()
    }
