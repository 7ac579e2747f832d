"""Write a report as Markdown that reads well in a terminal and on a forge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipelines.record.groups import groups_not_told_apart, letters
from pipelines.record.report import Cell, Report
from pipelines.reporting.numbers import count, percent, seconds, size
from pipelines.reporting.outside_text import flat, plain, visible
from pipelines.reporting.toml_text import toml_text
from pipelines.reporting.words import (
    choices,
    costs,
    done_cells,
    headline,
    label,
    missing,
    reproduce_command,
    seeds_of,
    unfinished_cells,
)

_NOTES = """\
- The interval of a cell (±, 95 %) is Wilson's, for the sampling of {n_test} test images. It does \
not cover the choice of the training images.
- All cells saw the same test images, so two cells are compared image by image: their difference \
can be sure although their intervals overlap. *Group*: cells that share a letter cannot be told \
apart (McNemar's exact test, Holm-corrected over all pairs, 5 %{by_image}).
- {spread}
- Seconds are for one seed: extracting features (fitting the extractor included), choosing \
hyper-parameters, fitting and predicting. They depend on the machine and on what else it did.
- Hyper-parameters are chosen on a part of the training images; the test images are used for this \
report only.
"""


def markdown(report: Report) -> str:
    """Return the report as Markdown.

    Text from the report (titles, names, errors) is escaped, and control characters are shown as
    U+FFFD, so it can neither add markup nor reach a terminal.
    """
    done = done_cells(report)
    parts = [f"# {plain(report.title)}", plain(" ".join(headline(report))), _what_was_run(report)]
    if done:
        parts += ["## Accuracy", _grid(report), "## Every cell", _every_cell(report)]
    if rest := unfinished_cells(report):
        parts.insert(2, f"**Not in yet: {missing(report)}.**") if done else None
        parts += ["## Not in this report", _unfinished(rest)]
    if chosen := _chosen(done):
        parts += ["## Chosen hyper-parameters", chosen]
    notes = _NOTES.format(n_test=count(report.dataset.n_test), **_about_seeds(report))
    parts += ["## How to read this", notes.strip()]
    parts += ["## Reproduce", "In the folder of this file:", _code(reproduce_command(report), "sh")]
    parts += ["The spec:", _code(toml_text(report.spec), "toml")]
    parts += ["The environment:", _environment(report)]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return a Markdown table whose columns line up in a terminal; cells are Markdown already."""
    lines = [list(head), *map(list, rows)]
    n_columns = range(len(head))
    widths = [max(3, *(len(line[i]) for line in lines)) for i in n_columns]
    ends = set(right)

    def row(line: Sequence[str]) -> str:
        padded = [
            line[i].rjust(widths[i]) if i in ends else line[i].ljust(widths[i]) for i in n_columns
        ]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * (widths[i] - 1) + (":" if i in ends else "-") for i in n_columns]
    return "\n".join([row(lines[0]), "| " + " | ".join(rule) + " |", *map(row, lines[1:])])


def _what_was_run(report: Report) -> str:
    data, measured = report.dataset, report.measurements
    height, width, channels = data.image_shape
    facts = [
        f"- Data: {plain(data.name)}, {count(data.n_train)} training and {count(data.n_test)} "
        f"test images of {height} × {width} × {channels}, {len(data.class_names)} classes",
        f"- Data sha256: `{data.sha256}`",
        f"- Cells: {len(done_cells(report))} of {len(report.cells)} done, {seeds_of(report.cells)}",
        f"- Took {seconds(measured.total_s)} and {size(measured.peak_memory_bytes)} of memory "
        f"at the peak; started {plain(measured.started)}",
    ]
    return "\n".join(facts)


def _grid(report: Report) -> str:
    """Return features × models; the best cell bold, those not told apart from it marked."""
    models = list(dict.fromkeys(cell.model for cell in report.cells))
    features = list(dict.fromkeys(cell.features for cell in report.cells))
    cells = {cell.name: cell for cell in report.cells}
    done = done_cells(report)
    groups = groups_not_told_apart([c.name for c in done], report.pairs) if report.pairs else ()
    as_good = {name for group in groups if done[0].name in group for name in group}

    def text(cell: Cell | None) -> str:
        if cell is None:
            return ""
        if cell.accuracy is None or cell.status != "done":
            return "failed" if cell.status == "failed" else "…"
        number = percent(cell.accuracy)
        if cell.ci95:
            number += f" ± {percent((cell.ci95[1] - cell.ci95[0]) / 2)}"
        if cell is done[0]:
            return f"**{number}**"
        return f"{number} ≈" if cell.name in as_good else number

    rows = []
    for name in features:
        row = [cells.get((name, model)) for model in models]
        dims = {cell.dim for cell in row if cell and cell.dim is not None}
        rows.append([plain(name), " / ".join(map(count, sorted(dims))), *map(text, row)])
    head = ["features", "dim", *map(plain, models)]
    grid = table(head, rows, right=range(1, len(head)))
    said = "Per cent of test images right, with the 95 % interval; the best is **bold**"
    return f"{grid}\n\n{said}{', ≈ cannot be told apart from it' if len(as_good) > 1 else ''}."


def _every_cell(report: Report) -> str:
    done, cost = done_cells(report), costs(report)
    marks = (
        letters(groups_not_told_apart([c.name for c in done], report.pairs)) if report.pairs else {}
    )
    rows = []
    for place, cell in enumerate(done, 1):
        spent, more = cost.get(cell.name), cell.metrics
        low, high = cell.ci95 or (None, None)
        rows.append(
            [
                str(place),
                plain(cell.features),
                plain(cell.model),
                percent(cell.accuracy or 0),
                f"{percent(low)} – {percent(high)}" if low is not None and high else "",
                percent(cell.accuracy_std) if cell.accuracy_std is not None else "",
                marks.get(cell.name, ""),
                percent(more.macro_f1) if more else "",
                percent(more.top2) if more and more.top2 is not None else "",
                f"{more.log_loss:.3f}" if more and more.log_loss is not None else "",
                percent(more.calibration_error)
                if more and more.calibration_error is not None
                else "",
                count(cell.dim) if cell.dim is not None else "",
                seconds(spent.total_s) if spent else "",
            ]
        )
    head = ["#", "features", "model", "accuracy", "95 % interval", "seeds", "group"]
    head += ["macro F1", "top-2", "log loss", "calib. error", "dim", "time"]
    filled = [i for i in range(len(head)) if any(row[i] for row in rows)]
    right = [place for place, i in enumerate(filled) if i not in (1, 2, 6)]
    return table([head[i] for i in filled], [[row[i] for i in filled] for row in rows], right)


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
    return table(["features", "model", "chosen"], rows) + (note if differ else "")


def _environment(report: Report) -> str:
    versions = {"preconv": report.preconv, **report.environment}
    rows = [[plain(key), plain(value)] for key, value in flat(versions)]
    return table(["what", "value"], rows)


def _about_seeds(report: Report) -> dict[str, str]:
    seeds = seeds_of(report.cells)
    if len({seed for cell in report.cells for seed in cell.seeds}) < 2:
        return {
            "by_image": "",
            "spread": f"There is {seeds}: how far accuracy moves from seed to seed is not known.",
        }
    return {
        "by_image": "; an image counts for the cell that is right with more seeds",
        "spread": f"*Seeds* is the standard deviation of the accuracy, in points, over {seeds}.",
    }


def _code(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{visible(text)}\n{fence}"
