"""Figures on the pages of the site, read from the kept reports: tables, and single ones in links.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; `rows=` and `models=` select a
part of it. A single figure is the text of a link whose title names it:
`[82.5 %](../reports/NAME.md "hog/linear")`, also "hog/linear, time", "hog, values", and
"hog/linear − raw/linear" for a paired difference. `python -m tests.docs.keep` writes them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pipelines.record.comparing.costs import costs
from pipelines.record.digests import digest
from pipelines.record.report import CellName, Report
from pipelines.reporting.texts.numbers import duration

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "pipelines" / "reports"

TABLE = re.compile(
    r"(?P<open><!-- table: (?P<report>[\w-]+)(?P<parts>(?: \w+=\S+)*) -->\n\n)"
    r".*?(?P<close>\n<!-- end -->)",
    re.DOTALL,
)
FIGURE = re.compile(
    r"\[(?P<text>[^\[\]\n]*)\]\((?P<to>(?:\.\./)?reports/(?P<report>[\w-]+)\.md)"
    r' "(?P<what>[^"\n]+)"\)'
)


@cache
def kept_report(name: str) -> Report:
    """Return a kept report, of which nothing was edited."""
    report = Report.read(REPORTS / name / "report.json")
    assert report.digest == digest(report.model_dump(mode="json", by_alias=True)), name
    return report


def with_figures(text: str) -> str:
    """Return a page with the figures that the kept reports have now."""
    tables = TABLE.sub(lambda found: found["open"] + _table(found) + found["close"], text)
    return FIGURE.sub(_linked, tables)


def _table(found: re.Match[str]) -> str:
    report = kept_report(found["report"])
    parts = dict(part.split("=") for part in found["parts"].split())
    by_name = {(cell.features, cell.model): cell for cell in report.cells}
    rows = parts["rows"].split(",") if "rows" in parts else _names(report, 0)
    models = parts["models"].split(",") if "models" in parts else _names(report, 1)
    lines = [["features", "values", *models], ["---", *["--:"] * (1 + len(models))]]
    for row in rows:
        cells = [by_name[row, model] for model in models]
        lines.append([row, f"{cells[0].dim:,}"])
        for cell in cells:
            assert cell.accuracy is not None
            assert cell.ci95 is not None
            half = 50 * (cell.ci95[1] - cell.ci95[0])
            lines[-1].append(f"{100 * cell.accuracy:.1f} ± {half:.1f}")
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _names(report: Report, place: int) -> list[str]:
    return list(dict.fromkeys((cell.features, cell.model)[place] for cell in report.cells))


def _linked(found: re.Match[str]) -> str:
    report = kept_report(found["report"])
    return f'[{_figure(report, found["what"])}]({found["to"]} "{found["what"]}")'


def _figure(report: Report, what: str) -> str:
    name, _, kind = what.partition(", ")
    if kind == "values":
        (dim,) = {cell.dim for cell in report.cells if cell.features == name}
        return f"{dim:,}"
    if kind == "time":
        return duration(costs(report)[_cell(name)].total_s)
    if " − " in name:
        ahead, behind = (_cell(part) for part in name.split(" − "))
        for pair in report.pairs:
            if (pair.first, pair.second) in ((ahead, behind), (behind, ahead)):
                sign = 1 if pair.first == ahead else -1
                return f"{sign * 100 * pair.difference:.1f} points".replace("-", "−")
        raise KeyError(what)
    (cell,) = [each for each in report.cells if (each.features, each.model) == _cell(name)]
    assert cell.accuracy is not None
    return f"{100 * cell.accuracy:.1f} %"


def _cell(name: str) -> CellName:
    features, model = name.rsplit("/", 1)
    return features, model
