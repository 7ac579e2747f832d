"""Write pairs and Markdown of the kept reports anew: `make keep-reports`. Nothing is run again.

The pairs follow from the predictions that are kept beside a report, and its Markdown from it. The
page and the pictures of the built-in report need its images and are left as they are.
"""

from __future__ import annotations

from pathlib import Path

from data.system.whole_file import write_whole
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Report
from pipelines.record.significance.statistics import STATISTIC, paired_differences
from pipelines.reporting.markdown import markdown

REPORTS = Path(__file__).parents[3] / "pipelines" / "reports"


def kept_anew(path: Path) -> Report:
    """Return the report in a file, with the pairs that its predictions bear out now."""
    report = Report.read(path)
    labels, predictions = kept_predictions(report, path)
    pairs = paired_differences(predictions, labels)
    return report.model_copy(update={"pairs_statistic": STATISTIC, "pairs": pairs})


if __name__ == "__main__":
    for path in sorted(REPORTS.glob("*/report.json")):
        write_whole(path, kept_anew(path).to_json())
        write_whole(path.with_suffix(".md"), markdown(Report.read(path)))
        print(path.parent.name)
