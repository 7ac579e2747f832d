"""Comparisons on a terminal: what one would do, and whether one came out the same again."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from pipelines.forecasting.forecast import Cell, Features, Forecast
from pipelines.reporting.texts.numbers import count, counted, duration, size
from pipelines.reporting.texts.outside_text import one_line
from pipelines.reproduction import CANNOT_RUN, CONSISTENT, DIFFERS, REPRODUCED, Reproduction


def show_forecast(found: Forecast) -> None:
    """Print what a comparison would do, row by row and cell by cell."""
    console = Console(highlight=False, emoji=False, soft_wrap=True)

    def say(text: str) -> None:
        console.print(one_line(text), markup=False)

    def seconds(each: Features | Cell) -> str:
        if each.error:
            return f"time unknown: {each.error}"
        return f"about {duration(each.seconds)}" if each.seconds else "nothing to do"

    seeds = counted(found.n_seeds, "resample" if found.resampled else "seed")
    say(f"{counted(len(found.cells), 'cell')}, {seeds}, {found.first_split!r}")
    for row in found.features:
        kept = "in the cache" if row.kept else seconds(row)
        shape = (
            f"{count(row.dim)} columns, {size(row.n_bytes)}, " if row.dim and row.n_bytes else ""
        )
        say(f"  {row.name} features: {shape}{kept}")
    for cell in found.cells:
        kept = f", {cell.n_kept} of {seeds} in the cache" if cell.n_kept else ""
        say(f"  {' × '.join(cell.name)}: {seconds(cell)}{kept}")
    if found.saving_s != 0:
        takes = "time unknown" if found.saving_s is None else f"up to {duration(found.saving_s)}"
        say(f"  to be saved, what the cache has is fitted again: {takes}")
    limit, sums = found.memory_limit, found.needs.sums_bytes
    of_sums = f" and up to {size(sums)} of sums of products" if sums else ""
    say(
        f"about {duration(found.seconds)} and {size(found.memory_bytes)} of memory, "
        f"{size(found.needs.disk_bytes)} of features{of_sums} on disk; "
        f"measured on {count(found.n_probed)} training images"
    )
    say(
        f"there are {size(limit.left)} of memory ({limit.what}), and {size(found.free_bytes)} on "
        "the disk of the cache"
    )
    unknown = sum(bool(row.error) for row in found.features)
    unknown += sum(bool(cell.error) for cell in found.cells) + (found.saving_s is None)
    if unknown:
        say(f"{counted(unknown, 'step')} of unknown time not counted")


def show_reproduction(result: Reproduction, path: Path) -> None:
    """Print whether a report holds, what differs, and what nobody can check."""
    console = Console(highlight=False, emoji=False, soft_wrap=True)

    def say(text: str) -> None:
        # Text from the report must not look like a line of ours.
        console.print(one_line(text), markup=False)

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
    return counted(n, "cell")
