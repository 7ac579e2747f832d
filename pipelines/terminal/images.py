"""Images on a terminal: what is in them, what becomes of a source, and the sets with a name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

import numpy as np
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data import Inspection
from data.named.named_dataset import NamedDataset
from pipelines.outlet import print_file
from pipelines.predicting.answers import Answer, Unread, marks
from pipelines.predicting.csv_rows import predictions_as_csv
from pipelines.record.significance.statistics import wilson
from pipelines.reporting.leaderboard.columns import BoardColumn
from pipelines.reporting.texts.numbers import count, percent
from pipelines.reporting.texts.outside_text import one_line, visible
from pipelines.terminal.tables import GAP, table_of

_NARROW = 60
_MOST_CONFUSIONS = 10


def show_predictions(
    found: Sequence[Answer | Unread],
    form: Literal["text", "json", "csv"] = "text",
    *,
    top: int = 3,
) -> None:
    """Print the best classes of each image; JSON and CSV have what failed, too."""
    if form == "json":
        print(json.dumps([each.to_dict() for each in found], indent=1, allow_nan=False))
        return
    if form == "csv":
        print_file(predictions_as_csv(found, top))
        return
    console = Console(highlight=False, emoji=False)
    for answer in found:
        if isinstance(answer, Unread):
            continue
        own = "" if answer.true is None else f" ({answer.true})"
        console.print(one_line(f"{answer.path}{own}"), markup=False, soft_wrap=True)
        for name, value in answer.top:
            shown = f"{100 * value:6.1f} %" if answer.has_probabilities else f"{value:8.3f}"
            console.print(f"  {shown}  {one_line(name)}", markup=False, soft_wrap=True)


def show_marks(
    found: Sequence[Answer | Unread], class_names: Sequence[str], *, beside: bool
) -> None:
    """Print how often answers are right and their confusions, if the classes are known.

    With `beside` that goes to standard error, as standard output is for a program.
    """
    told = marks(found, class_names)
    if told is None:
        return
    console = Console(highlight=False, emoji=False, stderr=beside)
    n, right = told.n_images, told.n_right
    low, high = wilson(right, n)
    console.print(
        f"{count(right)} of {count(n)} labelled images right: {percent(right / n)} %, "
        f"95 % interval {percent(low)} – {percent(high)} %",
        markup=False,
        soft_wrap=True,
    )
    names = [one_line(name) for name in told.class_names]
    columns = [BoardColumn("true", "true", lambda row: row)]
    columns += [BoardColumn(name, name, lambda row: row, on_the_right=True) for name in names]
    rows = [
        [name, *(count(int(n)) if n else "·" for n in row)]
        for name, row in zip(names, told.confusion, strict=True)
    ]
    widths = [
        max(cell_len(each) for each in (*column, head.heading))
        for head, column in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    if sum(widths) + GAP * len(widths) + GAP <= console.width:
        table = table_of("", columns, widths, rows)
        table.title = table.caption = None
        console.print("true classes by predicted ones:", table)
        return
    wrong = [
        (int(n), names[i], names[j]) for (i, j), n in np.ndenumerate(told.confusion) if i != j and n
    ]
    for n_wrong, true, predicted in sorted(wrong, key=lambda each: -each[0])[:_MOST_CONFUSIONS]:
        line = f"{count(n_wrong):>6}  {true} taken for {predicted}"
        console.print(line, markup=False, soft_wrap=True)


def show_inspection(found: Inspection, *, as_json: bool) -> None:
    """Print what becomes of a source, as lines or as JSON."""
    if as_json:
        print(json.dumps(found.to_dict(), indent=1, allow_nan=False))
        return
    console = Console(highlight=False, emoji=False)
    for line in str(found).splitlines():
        console.print(visible(line), markup=False, soft_wrap=True)


def show_datasets() -> None:
    """Print the datasets that have a name."""
    from data import NAMED_DATASETS

    console = Console(highlight=False, emoji=False)
    table = Table()
    for heading in ("name", "what it is", "download", "licence"):
        is_short = heading in ("name", "download")
        table.add_column(heading, overflow="fold", no_wrap=is_short)
    for name, known in NAMED_DATASETS.items():
        row = name, known.description, _download(known), known.licence
        table.add_row(*row)
        if console.width < _NARROW:
            console.print(Text("; ".join(row)), soft_wrap=True)
    if console.width >= _NARROW:
        console.print(table)
    for place in sorted({str(place) for known in NAMED_DATASETS.values() for place in known.here}):
        console.print(Text(f"here: {one_line(place)}"), soft_wrap=True)


def _download(known: NamedDataset) -> str:
    """Return how large a download is, or that nothing need be downloaded."""
    if not known.is_downloaded:
        return "none"
    return "here" if known.is_here else f"{known.n_bytes / 2**20:,.0f} MiB"
