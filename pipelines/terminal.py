"""What the command line shows when a command is done: results as tables and text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data import Inspection
from data.named.named_dataset import NamedDataset
from pipelines.forecast import Cell, Features, Forecast
from pipelines.record.report import Report
from pipelines.record.standings import Standings
from pipelines.reporting.columns import Column, filled
from pipelines.reporting.numbers import count, duration, size
from pipelines.reporting.outside_text import one_line, visible
from pipelines.reporting.words import edge_lines, quick_look
from pipelines.reproduction import CANNOT_RUN, CONSISTENT, DIFFERS, REPRODUCED, Reproduction
from pipelines.saved_model import Answer, Unread

_GAP = 2
_LEAST_OF_A_NAME = 8
_NARROW = 60
# What is shown where there is no room: the names of a pairing, and its accuracy.
_FEWEST = 3


def show_report(report: Report, files: Sequence[Path]) -> None:
    """Print the result as a table, with the errors of its cells, and where its files are."""
    columns, rows = filled(Standings(report), report.cells, compact=True)
    texts = [
        [one_line(column.written(value)) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    console = Console(highlight=False)
    least = [_least_width(column, [row[i] for row in texts]) for i, column in enumerate(columns)]
    n_shown = len(columns)
    while n_shown and sum(least[:n_shown]) + _GAP * n_shown > console.width:
        n_shown -= 1
    fewest = min(_FEWEST, len(columns))
    if n_shown >= fewest:
        console.print(_table(report.title, columns[:n_shown], least, texts))
    else:
        n_shown = fewest
        for row in texts:
            console.print(Text(" ".join(row[:n_shown])), soft_wrap=True)
    if left_out := [column.heading for column in columns[n_shown:]]:
        console.print(f"no room for: {', '.join(left_out)}", markup=False)
    for cell in report.cells:
        if cell.error:
            failed = f"{cell.features} × {cell.model} failed: {cell.error}"
            console.print(one_line(failed), markup=False)
    for line in edge_lines(report, most=3):
        console.print(one_line(line), markup=False, soft_wrap=True)
    if quick_look(report):
        console.print(quick_look(report), markup=False)
    measured = report.measurements
    peak = size(measured.peak_memory_bytes)
    console.print(f"{duration(measured.total_s)} in all, {peak} of memory at most")
    for path in files:
        if path.exists():
            console.print(one_line(str(path)), markup=False, soft_wrap=True)


def show_forecast(found: Forecast) -> None:
    """Print what a comparison would do, row by row and cell by cell."""
    console = Console(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(one_line(text), markup=False)

    def seconds(each: Features | Cell) -> str:
        if each.error:
            return f"time unknown: {each.error}"
        return f"about {duration(each.seconds)}" if each.seconds else "nothing to do"

    seeds = f"{found.n_seeds} seed{'' if found.n_seeds == 1 else 's'}"
    say(f"{_counted(len(found.cells), 'cell')}, {seeds}, {found.dataset!r}")
    for row in found.features:
        kept = "in the cache" if row.kept else seconds(row)
        shape = (
            f"{count(row.dim)} columns, {size(row.n_bytes)}, " if row.dim and row.n_bytes else ""
        )
        say(f"  {row.name} features: {shape}{kept}")
    for cell in found.cells:
        kept = f", {cell.n_kept} of {seeds} in the cache" if cell.n_kept else ""
        say(f"  {' × '.join(cell.name)}: {seconds(cell)}{kept}")
    on_disk = sum(row.n_bytes or 0 for row in found.features)
    say(
        f"about {duration(found.seconds)} and {size(found.memory_bytes)} of memory, "
        f"{size(on_disk)} of features on disk; measured on {count(found.n_probed)} training images"
    )
    unknown = sum(bool(row.error) for row in found.features)
    unknown += sum(bool(cell.error) for cell in found.cells)
    if unknown:
        say(f"{_counted(unknown, 'step')} of unknown time not counted")


def _least_width(column: Column, texts: Sequence[str]) -> int:
    """Return how narrow a column may be: names may be broken, and no figure is."""
    longest = max(map(cell_len, [*texts, *column.heading.split()]))
    return longest if column.on_the_right else min(longest, _LEAST_OF_A_NAME)


def _table(
    title: str, columns: Sequence[Column], least: Sequence[int], rows: Sequence[Sequence[str]]
) -> Table:
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


def show_predictions(found: Sequence[Answer | Unread], *, as_json: bool) -> None:
    """Print the best classes of each image, as a table or as JSON; JSON has what failed, too."""
    if as_json:
        print(json.dumps([each.to_dict() for each in found], indent=1, allow_nan=False))
        return
    console = Console(highlight=False)
    for answer in found:
        if isinstance(answer, Unread):
            continue
        console.print(one_line(str(answer.path)), markup=False, soft_wrap=True)
        for name, value in answer.top:
            shown = f"{100 * value:6.1f} %" if answer.has_probabilities else f"{value:8.3f}"
            console.print(f"  {shown}  {one_line(name)}", markup=False, soft_wrap=True)


def show_inspection(found: Inspection, *, as_json: bool) -> None:
    """Print what becomes of a source, as lines or as JSON."""
    if as_json:
        print(json.dumps(found.to_dict(), indent=1, allow_nan=False))
        return
    console = Console(highlight=False)
    for line in str(found).splitlines():
        console.print(visible(line), markup=False, soft_wrap=True)


def show_datasets() -> None:
    """Print the datasets that have a name."""
    from data import NAMED_DATASETS

    console = Console(highlight=False)
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


def show_reproduction(result: Reproduction, path: Path) -> None:
    """Print whether a report holds, what differs, and what nobody can check."""
    console = Console(highlight=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(visible(text), markup=False)

    for line in result.notes:
        say(f"note: {line}")
    for line in result.differences:
        say(line)
    if result.unchecked:
        say(f"not checked: {', '.join(result.unchecked)}")
    same = f"{_cells(len(result.exact))} the same, bit for bit"
    near = f"{_cells(len(result.close))} within the tolerance for another environment"
    verdict = {
        REPRODUCED: f"reproduced bit for bit: {same}",
        CONSISTENT: f"consistent, in another environment: {same}, {near}",
        DIFFERS: "differs, or contradicts itself",
        CANNOT_RUN: "cannot be run again",
    }
    say(f"{path}: {verdict[result.status]}")


def _cells(n: int) -> str:
    return _counted(n, "cell")


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
