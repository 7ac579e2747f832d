"""The columns of the table of all cells: one list for the page, Markdown and the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Cell
from pipelines.reporting.texts.numbers import count, duration, percent


@dataclass(frozen=True)
class Column:
    """One column: its heading, what it holds of a cell, and how that is written.

    Parameters
    ----------
    key
        Unique. The styles of the page know the column by it.
    heading
        One to three words.
    value
        ``value(standings, cell)``. None says that the cell has nothing here; a column in which no
        cell has anything is left out.
    text
        Writes a value.
    kind
        "number" stands on the right and sorts as a number; "text" sorts by its letters; "cell" is
        text that leads to the cell's part of the page; "interval" is three fractions,
        the low end, what was found and the high end, which the page draws.
    rising
        Whether the first click on the heading puts the smallest value first.
    explanation
        A few words, shown when a reader points at the heading.
    compact
        Whether narrow tables, as the terminal's, have the column, too.
    tidy
        The names of what it shows in the tidy rows, which the page's CSV has in its place; where
        there are none, the key is the name. What the tidy rows do not have is the value itself.
    """

    key: str
    heading: str
    value: Callable[[Standings, Cell], Any]
    text: Callable[[Any], str] = str
    kind: Literal["number", "text", "cell", "interval"] = "number"
    rising: bool = False
    explanation: str = ""
    compact: bool = False
    tidy: tuple[str, ...] = ()

    @property
    def tidy_names(self) -> tuple[str, ...]:
        """Return the names of what it shows in the tidy rows."""
        return self.tidy or (self.key,)

    @property
    def on_the_right(self) -> bool:
        """Return whether entries stand on the right, as numbers do."""
        return self.kind in ("number", "interval")

    def written(self, value: Any) -> str:
        """Return a value as text, still to be made safe to show; nothing for None."""
        return "" if value is None else self.text(value)


def filled(
    standings: Standings, cells: Iterable[Cell], *, compact: bool = False
) -> tuple[list[Column], list[list[Any]]]:
    """Return the columns that have something to show of some cells, and a row of values for each.

    Parameters
    ----------
    standings
        The report that the cells are of.
    cells
        A row each, in this order.
    compact
        Leaves out the columns that narrow tables do not have.
    """
    columns = [column for column in COLUMNS.values() if column.compact or not compact]
    rows = [[column.value(standings, cell) for column in columns] for cell in cells]
    shown = [i for i in range(len(columns)) if any(row[i] is not None for row in rows)]
    return [columns[i] for i in shown], [[row[i] for i in shown] for row in rows]


def _metric(name: str) -> Callable[[Standings, Cell], Any]:
    """Return a function that gives a metric of a cell; None for a cell without metrics."""
    return lambda standings, cell: getattr(cell.metrics, name, None)


def _ends(interval: tuple[float, float, float]) -> str:
    return f"{percent(interval[0])} – {percent(interval[2])}"


COLUMNS = {
    column.key: column
    for column in (
        Column(
            "rank",
            "#",
            lambda standings, cell: standings.ranks.get(cell.name),
            rising=True,
            explanation="place by accuracy",
        ),
        Column(
            "features",
            "features",
            lambda standings, cell: cell.features,
            kind="cell",
            rising=True,
            compact=True,
        ),
        Column(
            "model",
            "model",
            lambda standings, cell: cell.model,
            kind="text",
            rising=True,
            compact=True,
        ),
        Column(
            "status",
            "status",
            lambda standings, cell: None if cell.name in standings.ranks else cell.status,
            kind="text",
            rising=True,
            explanation="failed, or still to run",
            compact=True,
        ),
        Column(
            "accuracy",
            "accuracy",
            lambda standings, cell: cell.accuracy,
            percent,
            explanation="per cent of test images right",
            compact=True,
        ),
        Column(
            "interval",
            "95 % interval",
            lambda standings, cell: (
                None if cell.ci95 is None else (cell.ci95[0], cell.accuracy, cell.ci95[1])
            ),
            _ends,
            kind="interval",
            explanation="Wilson, for the sampling of test images; over resamples of the method",
            compact=True,
            tidy=("low", "high"),
        ),
        Column(
            "seeds",
            "seeds ±",
            lambda standings, cell: cell.accuracy_std if len(cell.seeds) > 1 else None,
            percent,
            explanation="standard deviation over seeds or resamples, points",
            compact=True,
            tidy=("accuracy_std",),
        ),
        Column(
            "group",
            "group",
            lambda standings, cell: standings.letters.get(cell.name),
            kind="text",
            rising=True,
            explanation="cells that share a letter cannot be told apart",
        ),
        Column(
            "dim",
            "dim",
            lambda standings, cell: cell.dim,
            count,
            rising=True,
            explanation="length of the feature vector",
            compact=True,
        ),
        Column(
            "time",
            "time",
            lambda standings, cell: (
                standings.costs[cell.name].total_s if cell.name in standings.costs else None
            ),
            duration,
            rising=True,
            explanation="features, choosing, fitting, predicting; one seed",
            compact=True,
            tidy=("extract_s", "choose_s", "fit_s", "predict_s", "total_s"),
        ),
        Column(
            "f1",
            "macro F1",
            _metric("macro_f1"),
            percent,
            explanation="mean of the classes' F1, per cent",
            tidy=("macro_f1",),
        ),
        Column(
            "top2",
            "top-2",
            _metric("top2"),
            percent,
            explanation="true class among the two most probable, per cent",
        ),
        Column(
            "log_loss",
            "log loss",
            _metric("log_loss"),
            "{:.3f}".format,
            rising=True,
            explanation="of the probabilities, nats",
        ),
        Column(
            "calibration",
            "calib. error",
            _metric("calibration_error"),
            percent,
            rising=True,
            explanation="confidence against accuracy, points",
            tidy=("calibration_error",),
        ),
    )
}
"""Key → column, in the order in which tables show them."""
