"""How a report is shown: as a page, as Markdown, and what changed between two reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.record.report import Report
    from pipelines.reporting.examples import Examples

__all__ = ["write_report"]


def write_report(
    report: Report,
    folder: str | Path,
    *,
    examples: Examples | None = None,
    source: str | None = None,
) -> None:
    """Write `report.md` and `report.html` into a folder, each whole or not at all.

    Parameters
    ----------
    report
        What was found. Cells that failed or are still to run are named as missing.
    folder
        Where `report.json` is or will be. It is made if it does not exist.
    examples
        Images with their predictions, and pictures of the features, which `report.json` does not
        hold. Without them the page says that its pictures are missing.
    source
        Where the images are, for the command that reruns the report, which does not hold it.
    """
    from pathlib import Path

    from data.system.whole_file import write_whole
    from pipelines.reporting.markdown import markdown
    from pipelines.reporting.page import page

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "report.md", markdown(report, source))
    write_whole(folder / "report.html", page(report, examples, source))
