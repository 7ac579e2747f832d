"""Write a report as Markdown that reads well in a terminal and on a forge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipelines.record.comparing.standings import Standings
from pipelines.record.flat import flat
from pipelines.record.report import Cell, Report
from pipelines.reporting.columns import filled
from pipelines.reporting.texts.headline import headline
from pipelines.reporting.texts.numbers import count, duration, percent, size
from pipelines.reporting.texts.outside_text import plain, visible
from pipelines.reporting.texts.spec_text import spec_text
from pipelines.reporting.texts.words import (
    INTERVAL_OF_METHOD,
    choices,
    covered,
    edge_lines,
    how_chosen,
    how_for_all_pairs,
    images_of_parts,
    is_of_python,
    label,
    left_out,
    missing,
    not_validated,
    reproduce_command,
    runs_of,
    seeds_of,
    shared_images,
)

_NOTES = """\
- {interval}
- All cells saw the same test images, so two cells are compared {by}: their difference \
can be sure although their intervals overlap. {groups} cannot be told apart{apart}
- {spread}
- Seconds are for one seed: extracting features (fitting the extractor included), choosing \
hyper-parameters, fitting and predicting. They depend on the machine and on what else it did.
- {chosen}
"""
CELL_INTERVAL = "The interval of a cell (±, 95 %) is"
_WIDEST = 1000
_EARLIER = " (McNemar's exact test, Holm-corrected over all pairs, 5 %{by_image})."
_APART = """\
: the interval of their difference holds zero. These intervals are for all pairs together, 95 %, \
from one bootstrap over test images{and_seeds} (single-step max-t). {covered}"""

_RESAMPLED = """\
: the interval of their difference holds zero. These intervals are for all pairs together, 95 %, \
by the corrected resampled t ({by}). {covered}"""


def markdown(report: Report, source: str | None = None) -> str:
    """Return the report as Markdown; `source` is where its images are, if that is known.

    Text from the report (titles, names, errors) is escaped, and control characters are shown as
    U+FFFD: it can neither add markup nor control a terminal.
    """
    standings = Standings(report)
    title, said = plain(report.title), plain(" ".join(headline(standings)))
    parts = [f"# {title}", said, _what_was_run(standings)]
    if standings.cells:
        parts += ["## Accuracy", _grid(standings), "## Every cell", _every_cell(standings)]
    if standings.unfinished:
        if standings.cells:
            parts.insert(2, f"**Not in yet: {missing(standings)}.**")
        parts += ["## Not in this report", _unfinished(standings.unfinished)]
    if chosen := _chosen(standings.cells):
        parts += ["## Chosen hyper-parameters", chosen]
        if lines := edge_lines(standings.report):
            parts.append("\n".join(f"- {plain(line)}" for line in lines))
    parts += ["## How to read this", _notes(standings)]
    command = reproduce_command(report, source)
    parts += [
        "## Reproduce",
        "In the folder of this file:",
        _code(command, "python" if is_of_python(report) else "sh"),
    ]
    parts += ["The spec:", _code(spec_text(report.spec), "toml")]
    parts += ["The environment:", _environment(report)]
    return "\n\n".join(parts) + "\n"


def markdown_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()
) -> str:
    """Return a Markdown table whose columns line up in a terminal; cells are Markdown already."""
    lines = [list(head), *map(list, rows)]
    n_columns = range(len(head))
    # One very long entry does not make all lines as long.
    widths = [min(_WIDEST, max(3, *(len(line[i]) for line in lines))) for i in n_columns]
    ends = set(right)

    def row(line: Sequence[str]) -> str:
        padded = [
            line[i].rjust(widths[i]) if i in ends else line[i].ljust(widths[i]) for i in n_columns
        ]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * (widths[i] - 1) + (":" if i in ends else "-") for i in n_columns]
    return "\n".join([row(lines[0]), "| " + " | ".join(rule) + " |", *map(row, lines[1:])])


def _what_was_run(standings: Standings) -> str:
    report = standings.report
    data, measured = report.dataset, report.measurements
    height, width, channels = data.image_shape
    facts = [
        f"- Data: {plain(data.name)}, {images_of_parts(report)} of {height} × {width} × "
        f"{channels}, {len(data.class_names)} classes",
        f"- Data sha256: `{data.sha256}`",
        *([f"- {shared_images(report)}"] if shared_images(report) else []),
        *([f"- Passed over: {plain(left_out(report))}"] if left_out(report) else []),
        f"- Cells: {len(standings.cells)} of {len(report.cells)} done, {runs_of(standings)}",
        f"- Took {duration(measured.total_s)} and {size(measured.peak_memory_bytes)} of memory "
        f"at the peak; started {plain(measured.started)}",
    ]
    return "\n".join(facts)


def _grid(standings: Standings) -> str:
    """Return features × models: the best cell is bold, cells not told apart from it have ≈."""
    report = standings.report
    models = list(dict.fromkeys(cell.model for cell in report.cells))
    features = list(dict.fromkeys(cell.features for cell in report.cells))
    cells = {cell.name: cell for cell in report.cells}

    def text(cell: Cell | None) -> str:
        if cell is None:
            return ""
        if cell.accuracy is None or cell.status != "done":
            return "failed" if cell.status == "failed" else "…"
        number = percent(cell.accuracy)
        if cell.ci95:
            number += f" ± {percent((cell.ci95[1] - cell.ci95[0]) / 2)}"
        if standings.ranks[cell.name] == 1:
            return f"**{number}**"
        return f"{number} ≈" if cell.name in standings.as_good else number

    rows = []
    for name in features:
        row = [cells.get((name, model)) for model in models]
        dims = {cell.dim for cell in row if cell and cell.dim is not None}
        rows.append([plain(name), " / ".join(map(count, sorted(dims))), *map(text, row)])
    head = ["features", "dim", *map(plain, models)]
    grid = markdown_table(head, rows, right=range(1, len(head)))
    said = "Per cent of test images right, ± half of the 95 % interval; the best is **bold**"
    several = len(standings.as_good) > 1
    return f"{grid}\n\n{said}{', ≈ cannot be told apart from it' if several else ''}."


def _every_cell(standings: Standings) -> str:
    columns, rows = filled(standings, standings.cells)
    return markdown_table(
        [column.heading for column in columns],
        [
            [plain(column.written(value)) for column, value in zip(columns, row, strict=True)]
            for row in rows
        ],
        right=[i for i, column in enumerate(columns) if column.on_the_right],
    )


def _unfinished(cells: Sequence[Cell]) -> str:
    return "\n".join(
        f"- {plain(label(cell.name))}: {cell.status}"
        + (f" – {plain(cell.error)}" if cell.error else "")
        for cell in cells
    )


def _chosen(done: Sequence[Cell]) -> str:
    rows = [[*map(plain, cell.name), plain(said)] for cell in done if (said := choices(cell))]
    if not rows:
        return ""
    note = "\n\nOne value where all seeds agree, else one a seed."
    differ = any(len(set(map(str, cell.chosen))) > 1 for cell in done)
    return markdown_table(["features", "model", "chosen"], rows) + (note if differ else "")


def _environment(report: Report) -> str:
    versions = {"preconv": report.preconv, **report.environment}
    rows = [[plain(key), plain(value)] for key, value in flat(versions)]
    return markdown_table(["what", "value"], rows)


def _notes(standings: Standings) -> str:
    resampled = standings.report.is_resampled
    notes = _notes_of_resamples(standings) if resampled else _notes_of_seeds(standings)
    said = not_validated(standings)
    return notes + (f"\n- {said}" if said else "")


def _notes_of_seeds(standings: Standings) -> str:
    seeds, several = seeds_of(standings.seeds), len(standings.seeds) > 1
    apart = _EARLIER if standings.report.pairs_statistic == "mcnemar-holm" else _APART
    by_image = "; an image counts for the cell that is right with more seeds"
    spread = f"*Seeds ±* is the standard deviation of the accuracy, in points, over {seeds}."
    unknown = f"There is {seeds}: how far accuracy moves from seed to seed is not known."
    notes = _NOTES.format(
        interval=f"{CELL_INTERVAL} Wilson's, for the sampling of "
        f"{count(standings.report.dataset.n_test)} test images. It does not cover the choice of "
        "the training images.",
        by="image by image",
        groups=_groups(standings),
        apart=apart.format(
            by_image=by_image if several else "",
            and_seeds=" and, crossed with them, seeds" if several else "",
            covered=covered(len(standings.seeds)),
        ),
        spread=spread if several else unknown,
        chosen=how_chosen(standings.report),
    )
    return notes.strip()


def _groups(standings: Standings) -> str:
    """Return what begins the sentence on cells that cannot be told apart."""
    if standings.groups or not standings.report.pairs:
        return "*Group*: cells that share a letter"
    return "There are too many groups for letters; a cell with ≈ and the best"


def _notes_of_resamples(standings: Standings) -> str:
    runs = runs_of(standings)
    notes = _NOTES.format(
        interval=f"{CELL_INTERVAL} {INTERVAL_OF_METHOD}.",
        by="resample by resample",
        groups=_groups(standings),
        apart=_RESAMPLED.format(
            by=how_for_all_pairs(standings.report),
            covered=covered(len(standings.seeds), resampled=True),
        ),
        spread=f"*Seeds ±* is the standard deviation of the accuracy, in points, over {runs}; each "
        "has a split and a seed of its own.",
        chosen=how_chosen(standings.report),
    )
    return notes.strip()


def _code(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{visible(text)}\n{fence}"
