"""What is reached in a given time: the best cell of each kind of classifier within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.system.whole_file import whole_file
from pipelines.errors import ReportError
from pipelines.reporting.figures.by_time import Point, save_by_time
from pipelines.reporting.leaderboard.board import Leaderboard, Tested, data_names, tested_on
from pipelines.reporting.texts.numbers import duration, percent
from pipelines.reporting.texts.outside_text import one_line, plain

Row = dict[str, Any]
MINUTE_S = 60.0
LONGEST_MIN = 1e6


def budgets_in(text: str) -> tuple[float, ...]:
    """Return the minutes of a text such as "5,15,60", in rising order.

    Raises
    ------
    ReportError
        If one of them is no number above 0.

    Examples
    --------
    >>> budgets_in("15,5,2.5")
    (2.5, 5.0, 15.0)
    """
    try:
        minutes = [float(each) for each in text.split(",")]
    except ValueError:
        minutes = [0.0]
    if not all(0 < each <= LONGEST_MIN for each in minutes):
        raise ReportError(f"budgets are minutes above 0 with commas, as 5,15,60; got {text[:80]!r}")
    return tuple(sorted(set(minutes)))


def timed_rows(board: Leaderboard) -> dict[Tested, dict[str, list[Row]]]:
    """Return the cells that have a place and a time: by what they were tested on, and by kind."""
    found: dict[Tested, dict[str, list[Row]]] = {}
    for row in board.rows:
        if row["place"] and row["total_s"]:
            found.setdefault(tested_on(row), {}).setdefault(row["kind"], []).append(row)
    return found


def timed_points(board: Leaderboard) -> dict[Tested, dict[str, list[Point]]]:
    """Return the same as points to draw; only of images on which there are two cells or more."""
    return {
        tested: {
            kind: [(row["total_s"], row["accuracy"], _said(row)) for row in rows]
            for kind, rows in kinds.items()
        }
        for tested, kinds in timed_rows(board).items()
        if sum(map(len, kinds.values())) > 1
    }


def write_picture(board: Leaderboard, path: Path) -> Path:
    """Write accuracy against time as a picture, a panel for each set of images; return its path.

    Raises
    ------
    ReportError
        If there is nothing to draw, or the file cannot be written. Its suffix says the format:
        .png, .svg or .pdf.
    """
    names, points = data_names(board.rows), timed_points(board)
    if not points:
        raise ReportError(f"{board.folder}: no two cells on the same images have a time to draw")
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise ReportError(f"{path}: a picture is a .png, .svg or .pdf file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        panels = [(one_line(names[tested]), kinds) for tested, kinds in points.items()]
        with whole_file(path) as aside:
            save_by_time(aside, path.suffix.lower()[1:], panels)
    except OSError as error:
        raise ReportError(f"{path}: the picture cannot be written: {error}") from error
    return path


def best_within(rows: Sequence[Row], minutes: float) -> Row | None:
    """Return the most accurate of some cells that take no longer than that; None without any.

    Of those that are equal to a tenth of a point, as they are shown, it is the one that was run
    most often, whose figure is surest, and then the quickest. The time is that of one seed: its
    features, choosing, fitting and predicting.
    """
    within = [row for row in rows if row["total_s"] <= minutes * MINUTE_S]
    return max(within, key=_worth, default=None)


def _worth(row: Row) -> tuple[float, int, float]:
    return float(percent(row["accuracy"])), len(row["seeds"]), -row["total_s"]


def budget_table(board: Leaderboard, budgets: Sequence[float]) -> str:
    """Return Markdown: a row for each kind of classifier, a column for each budget.

    An entry is the accuracy in per cent, the time that it took, and its report.
    """
    names = data_names(board.rows)
    lines = [
        f"| images | classifier | {' | '.join(f'{each:g} min' for each in budgets)} |",
        f"| --- | --- |{' --- |' * len(budgets)}",
    ]
    for tested, kinds in timed_rows(board).items():
        for kind, rows in kinds.items():
            entries = [_entry(best_within(rows, each)) for each in budgets]
            if any(entries):
                cells = [plain(names[tested]), plain(kind), *entries]
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _entry(row: Row | None) -> str:
    if row is None:
        return ""
    return f"{percent(row['accuracy'])} ({duration(row['total_s'])}, {plain(row['report'])})"


def _said(row: Row) -> str:
    return one_line(f"{row['features']} → {row['model']} in {row['report']}")
