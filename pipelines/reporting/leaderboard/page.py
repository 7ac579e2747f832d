"""A leaderboard as one self-contained page to filter, sort and compare."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from data.system.whole_file import write_whole
from pipelines.errors import ReportError
from pipelines.reporting.figures.by_time import by_time, looks
from pipelines.reporting.leaderboard.board import Leaderboard, Tested, data_names, tested_on
from pipelines.reporting.leaderboard.budgets import timed_points
from pipelines.reporting.leaderboard.columns import BoardColumn, board_columns
from pipelines.reporting.template_files import one_script, template_environment, verbatim
from pipelines.reporting.texts.numbers import count
from pipelines.reporting.texts.outside_text import one_line


def write_page(board: Leaderboard, path: Path) -> Path:
    """Write the page of a leaderboard, whole or not at all, and return where it is.

    Raises
    ------
    ReportError
        If it cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, leaderboard_page(board, path))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: the page cannot be written: {error}") from error
    return path


def leaderboard_page(board: Leaderboard, path: Path) -> str:
    """Return a leaderboard as HTML that fetches nothing; links lead to the pages of its reports.

    All text is escaped, and only the page's own script may run.
    """
    environment = template_environment("pipelines.reporting")
    script, allowed = one_script(environment, "tables.js", "leaderboard.js")
    names = data_names(board.rows)
    columns = board_columns(names)
    links = {name: _link(file, path) for name, file in board.files.items()}
    numbers = {
        what: {value: str(place) for place, value in enumerate(dict.fromkeys(values))}
        for what, values in _values(board, names).items()
    }
    return environment.get_template("leaderboard.html.j2").render(
        style=verbatim(environment, "report.css") + verbatim(environment, "leaderboard.css"),
        script=script,
        script_hash=allowed,
        columns=columns,
        choices={
            what: [(number, one_line(value)) for value, number in found.items()]
            for what, found in numbers.items()
        },
        rows=[_row(row, columns, names, numbers, links) for row in board.rows],
        n_reports=count(len(board.files)),
        n_cells=count(len(board.rows)),
        n_data=len(names),
        is_resampled=any(split for _, split in names),
        unread=[one_line(line) for line in board.unread],
        figures=_figures(board, names),
    )


def _figures(board: Leaderboard, names: dict[Tested, str]) -> list[tuple[str, Markup]]:
    """Return accuracy against time for each set of images that two cells or more are of."""
    found = timed_points(board)
    look = looks(found.values())
    return [
        (one_line(names[tested]), by_time(f"by-time-{i}", points, look))
        for i, (tested, points) in enumerate(found.items())
    ]


def _values(board: Leaderboard, names: dict[Tested, str]) -> dict[str, list[str]]:
    """Return what each filter can choose."""
    return {
        "images": [names[tested_on(row)] for row in board.rows],
        "features": [row["features"] for row in board.rows],
        "model": [row["model"] for row in board.rows],
        "report": [row["report"] for row in board.rows],
    }


def _row(
    row: dict[str, Any],
    columns: list[BoardColumn],
    names: dict[Tested, str],
    numbers: dict[str, dict[str, str]],
    links: dict[str, str],
) -> dict[str, Any]:
    """Return what the template shows of a row."""
    return {
        "name": one_line(f"{row['features']} → {row['model']}, {row['report']}"),
        "numbers": {
            "images": numbers["images"][names[tested_on(row)]],
            **{key: numbers[key][row[key]] for key in ("features", "model", "report")},
        },
        "link": links[row["report"]],
        "accuracy": row["accuracy"] if row["place"] else None,
        "time": row["total_s"],
        "entries": [
            (column.key, _sortable(column, row), one_line(column.written(row)))
            for column in columns
        ],
    }


def _sortable(column: BoardColumn, row: dict[str, Any]) -> str | None:
    value = column.value(row)
    if value is None:
        return None
    if isinstance(value, tuple):
        value = value[0]
    return f"{value:.6f}" if isinstance(value, float) else one_line(str(value))


def _link(file: Path, page: Path) -> str:
    """Return where the page of a report is, seen from this page; nothing where there is none."""
    report = file.with_name("report.html")
    if not report.is_file():
        return ""
    try:
        where = os.path.relpath(os.path.realpath(report), os.path.realpath(page.parent))
    except ValueError:  # another drive
        return ""
    return "./" + quote(os.fsencode(where.replace(os.sep, "/")))
