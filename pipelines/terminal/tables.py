"""Tables that fit a terminal: no figure is cut, and a column without room is named."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.reporting.columns import Column
from pipelines.reporting.leaderboard.columns import BoardColumn
from pipelines.reporting.texts.outside_text import one_line

GAP = 2
LEAST_OF_A_NAME = 8
# What is shown where there is no room: the names of a pairing, and its accuracy.
_FEWEST = 3


def show_table(
    console: Console,
    title: str,
    columns: Sequence[Column | BoardColumn],
    texts: Sequence[Sequence[str]],
    least_of_a_name: int = LEAST_OF_A_NAME,
) -> None:
    """Print the columns that there is room for, and name the others."""
    least = [
        _least_width(column, [row[i] for row in texts], least_of_a_name)
        for i, column in enumerate(columns)
    ]
    n_shown = len(columns)
    while n_shown and sum(least[:n_shown]) + GAP * (n_shown + 1) > console.width:
        n_shown -= 1
    fewest = min(_FEWEST, len(columns))
    if n_shown >= fewest:
        console.print(table_of(title, columns[:n_shown], least, texts))
    else:
        n_shown = fewest
        for row in texts:
            console.print(Text(" ".join(row[:n_shown])), soft_wrap=True)
    if left_out := [column.heading for column in columns[n_shown:]]:
        console.print(f"no room for: {', '.join(left_out)}", markup=False)


def table_of(
    title: str,
    columns: Sequence[Column | BoardColumn],
    least: Sequence[int],
    rows: Sequence[Sequence[str]],
) -> Table:
    """Return a table of columns that are no narrower than `least`."""
    table = Table(
        title=Text(one_line(title)),
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        caption="accuracy in per cent, time for one seed",
        caption_justify="left",
    )
    for column, width in zip(columns, least, strict=False):
        table.add_column(
            Text(column.heading),
            justify="right" if column.on_the_right else "left",
            overflow="fold",
            min_width=width,
        )
    for row in rows:
        table.add_row(*map(Text, row[: len(columns)]))
    return table


def _least_width(column: Column | BoardColumn, texts: Sequence[str], least_of_a_name: int) -> int:
    """Return how narrow a column may be: names may be broken, and no figure is."""
    longest = max(map(cell_len, [*texts, *column.heading.split()]))
    return longest if column.on_the_right else min(longest, least_of_a_name)
