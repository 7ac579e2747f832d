"""The columns of a leaderboard, on the page and on the terminal: one list for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.reporting.leaderboard.board import Tested, tested_on
from pipelines.reporting.texts.numbers import count, duration, percent

Row = dict[str, Any]


@dataclass(frozen=True)
class BoardColumn:
    """One column: its heading, what it sorts by in a row, and how that is written.

    Parameters
    ----------
    key
        Unique.
    heading
        One or two words.
    value
        What it holds of a row; None where that has nothing.
    text
        Writes a value.
    on_the_right
        Whether it is a number.
    rising
        Whether the first click on the heading puts the smallest first.
    """

    key: str
    heading: str
    value: Callable[[Row], Any]
    text: Callable[[Any], str] = str
    on_the_right: bool = False
    rising: bool = True

    def written(self, row: Row) -> str:
        """Return what it shows of a row, still to be made safe."""
        value = self.value(row)
        return "" if value is None else self.text(value)


def board_columns(names: dict[Tested, str]) -> list[BoardColumn]:
    """Return the columns; `names` says what the images are called on which cells were tested."""
    columns = [
        BoardColumn("place", "#", lambda row: row["place"], on_the_right=True),
        BoardColumn("features", "features", lambda row: row["features"]),
        BoardColumn("model", "model", lambda row: row["model"]),
        BoardColumn(
            "accuracy",
            "accuracy",
            lambda row: row["accuracy"],
            percent,
            on_the_right=True,
            rising=False,
        ),
        BoardColumn("interval", "95 % interval", _interval, _ends, on_the_right=True, rising=False),
        BoardColumn("report", "report", lambda row: row["report"]),
    ]
    if len(names) > 1:
        columns.append(BoardColumn("data", "images", lambda row: names[tested_on(row)]))
    return [
        *columns,
        BoardColumn("n_test", "test images", lambda row: row["n_test"], count, on_the_right=True),
        BoardColumn("seeds", "seeds", lambda row: len(row["seeds"]), count, on_the_right=True),
        BoardColumn("dim", "dim", lambda row: row["dim"], count, on_the_right=True),
        BoardColumn("time", "time", lambda row: row["total_s"], duration, on_the_right=True),
        BoardColumn("status", "status", lambda row: None if row["place"] else row["status"]),
    ]


def _interval(row: Row) -> tuple[float, float] | None:
    return None if row["low"] is None or row["high"] is None else (row["low"], row["high"])


def _ends(interval: tuple[float, float]) -> str:
    return f"{percent(interval[0])} – {percent(interval[1])}"
