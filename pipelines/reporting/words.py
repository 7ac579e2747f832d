"""What a report says in words: the headline, what is missing, names of cells, the command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from data import NAMED_DATASETS
from pipelines.record.edges import edges
from pipelines.record.report import Cell, CellName, Report
from pipelines.record.standings import Standings
from pipelines.record.statistics import SEEDS_FOR_METHODS
from pipelines.reporting.numbers import (
    count,
    duration,
    interval,
    lead,
    p_value,
    percent,
    points,
    times,
)
from pipelines.reporting.outside_text import one_line, visible

NOT_VALIDATED = (
    "A cell in which there was nothing to choose has no validation accuracy: its model was fitted "
    "once, on all training images."
)

INTERVAL_OF_METHOD = (
    "that of the corrected resampled t, for other training images and other test images of this "
    "kind, of these sizes"
)


def label(name: CellName) -> str:
    """Return a cell's name for tables and plots.

    Examples
    --------
    >>> label(("hog+color", "mlp"))
    'hog+color → mlp'
    """
    return visible(f"{name[0]} → {name[1]}")


def in_words(name: CellName) -> str:
    """Return a cell's name for a sentence.

    Examples
    --------
    >>> in_words(("hog+color", "mlp"))
    'mlp on hog+color'
    """
    return visible(f"{name[1]} on {name[0]}")


def shared_images(report: Report) -> str:
    """Return a sentence on test images that are in another part, too; empty without such."""
    data, said = report.dataset, []
    shared = {"training": data.n_test_in_train, "validation": data.n_test_in_validation}
    for part, n in shared.items():
        if n:
            are = "image is" if n == 1 else "images are"
            said.append(f"{count(n)} test {are} also in the {part} part")
    if not said:
        return ""
    of = ", in the first resample" if report.is_resampled else ""
    return (
        f"{' and '.join(said)}, alike in every pixel (of {count(data.n_test)}{of}): "
        "accuracy on new images may be lower"
    )


def left_out(report: Report) -> str:
    """Return what the source held besides the images, in words; empty if there was nothing."""
    said = []
    for each in report.dataset.passed_over or ():
        names = [*map(visible, each.names), *(["…"] if each.n > len(each.names) else [])]
        said.append(f"{visible(each.kind)}: {count(each.n)} ({', '.join(names)})")
    return "; ".join(said)


def images_of_parts(report: Report) -> str:
    """Return how many images are in each part, in words."""
    data = report.dataset
    validation = f", {count(data.n_validation)} validation" if data.n_validation else ""
    parts = f"{count(data.n_train)} training{validation} and {count(data.n_test)} test images"
    said = [each for each in (quick_look(report), how_drawn(report)) if each]
    return f"{parts} ({'; '.join(said)})" if said else parts


def how_drawn(report: Report) -> str:
    """Return how the images are split anew, in words; empty if they are split once."""
    if not report.is_resampled:
        return ""
    folds, repeats = report.spec.get("folds"), report.spec.get("repeats") or 1
    if isinstance(folds, int) and isinstance(repeats, int):
        times_ = "" if repeats == 1 else f", {count(repeats)} times"
        return f"each of {count(folds)} folds is tested once{times_}, stratified by class"
    return "split anew for each resample, stratified by class"


def quick_look(report: Report) -> str:
    """Return that only a part of the images was taken, in words; empty if all were."""
    limit = report.spec.get("limit")
    if not isinstance(limit, int) or limit < 1:
        return ""
    return f"a quick look: at most {count(limit)} images of each part"


def headline(standings: Standings) -> list[str]:
    """Return sentences on the best cell: its accuracy and cost, its lead, a cheaper rival."""
    done = standings.cells
    if not done:
        return [f"No cell is finished yet: {missing(standings)}."]
    best = done[0]
    spent = standings.costs.get(best.name)
    at_cost = f", in {duration(spent.total_s)}" if spent else ""
    n_test, k = count(best.n_test), len(best.seeds)
    of = f"of {n_test} test images right"
    if standings.report.is_resampled:
        of = f"of {n_test} test images right on average over {count(k)} resamples"
    right = f"{percent(best.accuracy or 0)} % {of}"
    if len(done) == 1:
        return [f"{in_words(best.name)} gets {right}{at_cost}."]
    sentences = [
        f"{in_words(best.name)} is the most accurate: {right}{at_cost}.",
        _lead(standings),
        _bargain(standings),
    ]
    return [sentence for sentence in sentences if sentence]


def missing(standings: Standings) -> str:
    """Return how many cells failed and how many are still to run."""
    rest = standings.unfinished
    n_failed = sum(cell.status == "failed" for cell in rest)
    n_pending = len(rest) - n_failed
    said = [f"{n_pending} still to run"] if n_pending else []
    said += [f"{n_failed} failed"] if n_failed else []
    return (
        f"{' and '.join(said)} of {len(standings.report.cells)} cells" if said else "none missing"
    )


def seeds_of(seeds: Sequence[int]) -> str:
    """Return how many seeds there are, and which.

    Examples
    --------
    >>> seeds_of([0]), seeds_of([0, 1, 2])
    ('one seed (0)', '3 seeds (0, 1, 2)')
    """
    if len(seeds) == 1:
        return f"one seed ({seeds[0]})"
    return f"{len(seeds)} seeds ({', '.join(map(str, seeds))})"


def runs_of(standings: Standings) -> str:
    """Return how many seeds, and which, or how many resamples a report has."""
    seeds = standings.seeds
    if not standings.report.is_resampled:
        return seeds_of(seeds)
    return f"{count(len(seeds))} resamples"


def covered(n_seeds: int, *, resampled: bool = False) -> str:
    """Return what intervals and p-values of differences speak of, and of what they do not.

    Examples
    --------
    >>> print(covered(1))
    They speak of these runs on other test images of this kind, and cover neither other seeds nor
    other training images.
    """
    if resampled:
        return (
            "They speak of these methods, with other seeds, other training images and other test "
            "images of this kind, of these sizes."
        )
    if n_seeds == 1:
        return (
            "They speak of these runs on other test images of this kind, and cover neither other "
            "seeds nor other training images."
        )
    if n_seeds < SEEDS_FOR_METHODS:
        return (
            "They speak of these runs on other test images of this kind: the spread over the "
            f"{n_seeds} seeds widens them, but so few seeds do not cover other seeds surely, and "
            "other training images are not covered."
        )
    return (
        "They speak of these methods, with other seeds and on other test images of this kind; "
        "other training images are not covered."
    )


def choices(cell: Cell) -> str:
    """Return the hyper-parameters chosen in a cell: once if all seeds agree, else for each seed.

    Examples
    --------
    >>> common = {"features": "hog", "model": "linear", "status": "done", "n_test": 9}
    >>> choices(Cell(**common, seeds=(0, 1), chosen=({"alpha": 0.1}, {"alpha": 0.1})))
    'alpha = 0.1'
    >>> choices(Cell(**common, seeds=(0, 1), chosen=({"alpha": 0.1}, {"alpha": 0.2})))
    'alpha = 0.1 / 0.2'
    """
    keys = dict.fromkeys(key for options in cell.chosen for key in options)
    said = []
    for key in keys:
        values = [str(options.get(key, "–")) for options in cell.chosen]
        said.append(f"{key} = {' / '.join(values if len(set(values)) > 1 else values[:1])}")
    return ", ".join(said)


def reproduce_command(report: Report, source: str | None = None) -> str:
    """Return the command that reruns the report, for a shell in the report's folder.

    A dataset is found by its name if that brings the same images at any time; otherwise the
    command says where the images are: at `source`, or as far as the report knows.
    """
    given = str(report.spec.get("data", "builtin")) if source is None else source
    known = NAMED_DATASETS.get(given)
    where = "" if known and known.reproducible else f" --data {shlex.quote(given)}"
    return one_line(f"preconv reproduce report.json{where}")


def _lead(standings: Standings) -> str:
    """Return by how much the best cell leads, or that it cannot be told apart from the next."""
    best, second = standings.cells[:2]
    pair = standings.difference(best.name, second.name)
    if pair is None:
        ahead = (best.accuracy or 0) - (second.accuracy or 0)
        more = points(ahead, finely=True).removeprefix("+")
        return f"That is {more} points more than the next, {in_words(second.name)}."
    low, high = (end.removeprefix("+") for end in interval(*pair.ci95))
    found = f"{lead(pair.difference, *pair.ci95).removeprefix('+')} points, "
    if pair.told_apart == (pair.ci95[0] > 0 or pair.ci95[1] < 0):
        found += f"95 % interval {low} to {high}"
    else:  # in an earlier report, whose intervals are of other pairs than its verdicts
        found += f"p = {p_value(pair.p)} for all pairs".replace("= <", "<")
    if pair.told_apart:
        return f"It is ahead of the next, {in_words(second.name)}, by {found}."
    return f"It cannot be told apart from {in_words(second.name)} ({found})."


def _bargain(standings: Standings) -> str:
    """Return the quickest cell that keeps nine tenths of the best accuracy, if twice as quick."""
    best, *rest = standings.cells
    cost, right = standings.costs, best.accuracy or 0
    near = [c for c in rest if c.name in cost and c.accuracy and c.accuracy >= 0.9 * right]
    if best.name not in cost or not near:
        return ""
    quick = min(near, key=lambda cell: cost[cell.name].total_s)
    spent = cost[quick.name].total_s
    if spent <= 0 or cost[best.name].total_s < 2 * spent:
        return ""
    behind = right - (quick.accuracy or 0)
    return (
        f"{in_words(quick.name)} comes within {percent(behind)} points of it in "
        f"{duration(spent)}, {times(cost[best.name].total_s / spent)} times as fast."
    )


def edge_lines(report: Report, most: int | None = None) -> list[str]:
    """Return what was chosen at the edge of its grid, with the cells, one line for each number.

    At most so many cells are named, and the others counted.
    """
    lines = []
    for line, cells in edges(report).items():
        named = [label(cell.name) for cell in cells[:most]]
        more = [f"{len(cells) - len(named)} more"] if len(cells) > len(named) else []
        lines.append(f"{line}: {', '.join([*named, *more])}")
    return lines
