"""Studies on the command line: one after the other, what each found, where the page is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from data import load_dataset
from data.options import checked_class_from
from data.pixels.resizing import checked_fit
from data.system.whole_file import check_writable
from pipelines.errors import StudyError
from pipelines.reporting.texts.numbers import duration
from pipelines.reporting.texts.outside_text import one_line
from pipelines.studies.page.making import Making
from pipelines.studies.page.prose import Prose, with_powers
from pipelines.studies.page.writing import write_page
from pipelines.studies.running import Outcome, run_study
from pipelines.studies.study import Study

_LARGEST = 100


def run_studies(
    studies: Sequence[Study],
    *,
    data: str,
    size: float,
    seed: int,
    out: Path | None,
    image_size: int | tuple[int, int] | None = None,
    fit: str = "stretch",
    class_from: str | None = None,
    skip_unreadable: bool = False,
) -> list[Outcome]:
    """Run studies, print what each finds, and write the page of them.

    Raises
    ------
    StudyError
        If the size is no positive number or the page cannot be written there: said before
        anything is run.
    DataError
        If the images cannot be read.
    """
    if not 0 < size < math.inf:
        raise StudyError(f"--size must be a positive number, got {size}")
    if size > _LARGEST:
        raise StudyError(f"--size must be at most {_LARGEST}, got {size}")
    several = len(studies) > 1
    page = out or Path("runs/studies") / ("index.html" if several else f"{studies[0].name}.html")
    _check_place(page)
    console = Console(highlight=False, emoji=False)
    dataset = load_dataset(
        data,
        image_size=image_size,
        fit=checked_fit(fit),
        class_from=checked_class_from(class_from),
        skip_unreadable=skip_unreadable,
    )
    outcomes = []
    for study in studies:
        with _busy(study.title):
            outcome = run_study(study, dataset, size=size, seed=seed)
        _show(console, outcome)
        outcomes.append(outcome)
    asked = "all" if several else studies[0].name
    reading = _reading(image_size, fit, class_from, skip_unreadable=skip_unreadable)
    write_page(page, outcomes, Making(asked, data, dataset, size, seed, reading=reading))
    if several:
        n_holding = sum(outcome.holds for outcome in outcomes)
        took = duration(sum(outcome.took_s for outcome in outcomes))
        console.print(f"{n_holding} of {len(outcomes)} studies hold; {took} in all")
    console.print(one_line(str(page)), markup=False, soft_wrap=True)
    return outcomes


def _reading(
    image_size: int | tuple[int, int] | None,
    fit: str,
    class_from: str | None,
    *,
    skip_unreadable: bool,
) -> dict[str, str]:
    """Return the options by which images were read, where they are not the usual ones."""
    given = {}
    if image_size is not None:
        sides = image_size if isinstance(image_size, tuple) else (image_size,)
        given["--image-size"] = "x".join(map(str, sides))
    if fit != "stretch":
        given["--fit"] = fit
    if class_from is not None:
        given["--class-from"] = class_from
    if skip_unreadable:
        given["--skip-unreadable"] = ""
    return given


@contextmanager
def _busy(title: str) -> Iterator[None]:
    """Show on a terminal what runs; be quiet where there is none."""
    console = Console(stderr=True, emoji=False)
    if not console.is_terminal:
        yield
        return
    with console.status(Text(title)):
        yield


def _show(console: Console, outcome: Outcome) -> None:
    console.print(Text(f"{outcome.study.title} ({duration(outcome.took_s)})", style="bold"))
    if claim := Prose.of(outcome.study.text).claim:
        console.print(Text(one_line(claim)))
    if outcome.error:
        console.print(Text(f"  failed: {one_line(outcome.error)}", style="red"))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for finding in outcome.findings:
        mark = Text("holds", "green") if finding.holds else Text("does not hold", "red")
        table.add_row(mark, Text(one_line(with_powers(finding.says))))
    console.print(Padding(table, (0, 0, 1, 2)))


def _check_place(page: Path) -> None:
    if page.is_dir():
        raise StudyError(f"{page} is a folder; --out names the HTML file to write")
    if page.exists() and not page.is_file():
        raise StudyError(f"{page} is no file; --out names the HTML file to write")
    try:
        check_writable(page.parent)
    except OSError as error:
        raise StudyError(f"{page}: cannot be written: {error}") from error
