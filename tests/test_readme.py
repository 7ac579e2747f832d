"""The README's examples run, its links lead somewhere, and its figures are a report's."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import typer.main

from pipelines.cli import app
from pipelines.record.comparing.costs import costs
from pipelines.record.digests import digest
from pipelines.record.report import Report
from pipelines.reporting.leaderboard.board import Leaderboard
from pipelines.reporting.leaderboard.budgets import budget_table
from tests.readme_blocks import code_blocks

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("few_builtin")
@pytest.mark.parametrize(
    "code", code_blocks(README, "python"), ids=["scikit-learn", "of one's own"]
)
def test_python_examples_run(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    accuracies = [float(number) for number in re.findall(r"0\.\d+", printed.getvalue())]
    assert accuracies
    assert all(0.2 < accuracy < 1 for accuracy in accuracies)


def test_shell_examples_use_options_that_exist() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    lines = [line for block in code_blocks(README, "sh") for line in block.splitlines()]
    used = [shlex.split(line, comments=True) for line in lines if line.startswith("preconv ")]
    assert len(used) >= 5
    for _, name, *arguments in used:
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert {a for a in arguments if a.startswith("--")} <= known, name


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"^make (\w+)", README, flags=re.MULTILINE)
    assert named[:2] == ["compare", "test"]
    for target in named:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(links) >= 8
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert missing == []


def kept_report(folder: Path) -> Report:
    """The report in a folder, of which nothing was edited."""
    report = Report.read(folder / "report.json")
    assert report.digest == digest(report.model_dump(mode="json", by_alias=True))
    return report


TABLES = [
    (path.relative_to(ROOT).as_posix(), name, table)
    for path in [ROOT / "README.md", ROOT / "features" / "README.md", ROOT / "models" / "README.md"]
    for name, table in re.findall(
        r"<!-- table: (\S+) -->\n(.*?)<!-- end -->", path.read_text(encoding="utf-8"), re.DOTALL
    )
]


@pytest.mark.parametrize(
    ("readme", "name", "table"), TABLES, ids=[f"{t[0]}-{t[1]}" for t in TABLES]
)
def test_a_table_is_its_reports(readme: str, name: str, table: str) -> None:
    report = kept_report(ROOT / "pipelines" / "reports" / name)
    assert report.title in (ROOT / readme).read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.split("\n")]
    head, _, *body = [row for row in rows if len(row) > 1]
    written = {
        (row[0], model): entry
        for row in body
        for model, entry in zip(head[2:], row[2:], strict=True)
    }
    measured = {}
    for cell in report.cells:
        assert cell.accuracy is not None
        assert cell.ci95 is not None
        half = 50 * (cell.ci95[1] - cell.ci95[0])
        measured[cell.features, cell.model] = f"{100 * cell.accuracy:.1f} ± {half:.1f}"
    assert written == measured
    assert {row[0]: int(row[1].replace(",", "")) for row in body} == {
        cell.features: cell.dim for cell in report.cells
    }


def test_the_curve_over_words_is_its_reports() -> None:
    report = kept_report(ROOT / "pipelines" / "reports" / "cifar10-words")
    text = (ROOT / "features" / "README.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"<!-- curve -->\n(.*?)<!-- end of the curve -->", text, re.DOTALL)
    rows = [[part.strip() for part in line.strip("| ").split("|")] for line in table.split("\n")]
    cost = costs(report)
    assert [row for row in rows if len(row) > 1][2:] == [
        [
            f"{int(cell.features.removeprefix('words-')):,}",
            f"{cell.dim:,}",
            f"{cost[cell.name].total_s:,.0f}",
            f"{100 * cell.validation_accuracy[0]:.1f}",
        ]
        for cell in report.cells
    ]


def test_what_is_reached_in_minutes_is_in_the_kept_reports() -> None:
    (table,) = re.findall(
        r"<!-- minutes -->\n\n(.*?)\n<!-- end of the minutes -->", README, re.DOTALL
    )
    assert table == minutes_table()


def minutes_table() -> str:
    """The lines of the table of budgets that are of CIFAR-10's JPEG copy, without their images."""
    board = Leaderboard.of(ROOT / "pipelines" / "reports")
    images = {row["data_sha256"] for row in board.rows if row["report"] == "cifar10-jpeg"}
    rows = tuple(row for row in board.rows if row["data_sha256"] in images)
    lines = budget_table(replace(board, rows=rows), (5, 15, 60)).splitlines(keepends=True)
    return "".join("|" + line.split("|", 2)[2] for line in lines)


def test_figures_that_link_to_a_report_are_its_best() -> None:
    linked = re.findall(r"\[([\d.]+) %\]\((pipelines/reports/[\w-]+)/report.md\)", README)
    assert len(linked) >= 2
    for figure, folder in linked:
        report = kept_report(ROOT / folder)
        best = max(cell.accuracy or 0.0 for cell in report.cells)
        assert figure == f"{100 * best:.1f}", folder
