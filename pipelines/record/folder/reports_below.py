"""Every report below a folder, one after the other; links to folders are not followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import ReportError
from pipelines.record.digests import why_edited
from pipelines.record.folder.report_file import LARGEST_PAGE_BYTES, OPENING, read_json
from pipelines.record.report import Report

_MOST_REPORTS = 10_000
_MOST_FOLDERS = 20_000


def reports_below(folder: Path) -> Iterator[tuple[Path, Report | ReportError]]:
    """Yield each report with the file that it is in, in the order of their paths.

    A folder's `report.json` counts, or its `report.html` if that carries a report and there is no
    `report.json`. For one that cannot be read, or was edited, the error is yielded. Hidden folders
    are passed over.

    Raises
    ------
    ReportError
        If there is no such folder, or more below it than is looked at.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - Path's fails for a name that is too long
        raise ReportError(f"{folder}: there is no such folder")
    for path in files_below(folder):
        try:
            content = read_json(path)
            report = Report.parse(content, str(path))
        except ReportError as error:
            yield path, error
            continue
        why = why_edited(content)
        yield path, ReportError(f"{path}: {why}") if why else report


def files_below(folder: Path) -> list[Path]:
    """Return the files of the reports below a folder, in the order of their paths.

    All are found before the first is read, which takes longer. A folder that cannot be looked into
    counts as one with a report.

    Raises
    ------
    ReportError
        If there are more, or more folders, than are looked at.
    """
    found: list[Path] = []

    def not_looked_into(error: OSError) -> None:
        found.append(Path(error.filename, "report.json"))  # to read it says why it cannot be

    for n_folders, (home, inside, names) in enumerate(os.walk(folder, onerror=not_looked_into)):
        if n_folders >= _MOST_FOLDERS:
            raise ReportError(
                f"{folder}: more than {_MOST_FOLDERS:,} folders below it; name one with less"
            )
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        path = Path(home, "report.json")
        if path.name not in names:
            path = Path(home, "report.html")
            if path.name not in names or not _carries_a_report(path):
                continue
        found.append(path)
        if len(found) > _MOST_REPORTS:
            raise ReportError(f"{folder}: more than {_MOST_REPORTS:,} reports below it")
    return found


def _carries_a_report(page: Path) -> bool:
    """Return whether a page is one of ours; other programs call theirs report.html, too."""
    opening, end = OPENING.encode(), b""
    try:
        if not page.is_file():
            return False
        with page.open("rb") as file:
            for _ in range(LARGEST_PAGE_BYTES >> 20):
                if not (block := file.read(1 << 20)):
                    break
                if opening in end + block:
                    return True
                end = block[-len(opening) :]
    except OSError:
        pass
    return False
