"""What a report says in words: of its images, of what is missing, names of cells, the command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from data import NAMED_DATASETS
from pipelines.record.claims.consistency import own_names
from pipelines.record.comparing.standings import Standings
from pipelines.record.edges import edges
from pipelines.record.report import Cell, CellName, Report
from pipelines.record.significance.statistics import SEEDS_FOR_METHODS
from pipelines.reporting.texts.numbers import count
from pipelines.reporting.texts.outside_text import one_line, visible

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


def how_chosen(report: Report) -> str:
    """Return by which images hyper-parameters are chosen, and what the test images are for."""
    if report.dataset.n_validation:
        return (
            "Hyper-parameters are chosen on the validation images; what was chosen is fitted again "
            "on training and validation images together. The test images are used for this report "
            "only."
        )
    return (
        "Hyper-parameters are chosen on a part of the training images; the test images are used "
        "for this report only."
    )


def not_validated(standings: Standings) -> str:
    """Return why cells have no validation accuracy; empty if all have one."""
    if not standings.unvalidated:
        return ""
    validation = standings.report.dataset.n_validation
    learned = "training and validation images together" if validation else "all training images"
    return (
        "A cell in which there was nothing to choose has no validation accuracy: its model was "
        f"fitted once, on {learned}."
    )


def quick_look(report: Report) -> str:
    """Return that only a part of the images was taken, in words; empty if all were."""
    limit = report.spec.get("limit")
    if not isinstance(limit, int) or limit < 1:
        return ""
    return f"a quick look: at most {count(limit)} images of each part"


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


def how_for_all_pairs(report: Report) -> str:
    """Return by what method intervals and p-values are for all pairs together."""
    by_each = report.pairs_statistic == "corrected-bonferroni-t"
    return "with Bonferroni's correction" if by_each else "single-step max-t"


def is_of_python(report: Report) -> bool:
    """Return whether a report has extractors or classifiers that were given in Python."""
    return any(own_names(report))


def reproduce_command(report: Report, source: str | None = None) -> str:
    """Return the command that reruns the report, for a shell in the report's folder.

    Where code of a user's own was imported, `FILE.py` stands for it. What was given in Python has
    to be given there again: then the command is a call in Python.

    A dataset is found by its name if that brings the same images at any time; otherwise the
    command says where the images are: at `source`, or as far as the report knows.
    """
    images = str(report.spec.get("data", "builtin")) if source is None else source
    known = NAMED_DATASETS.get(images)
    where = "" if known and known.reproducible else f" --data {shlex.quote(images)}"
    if is_of_python(report):
        named = [
            f", {word}={{{', '.join(f'{name!r}: ...' for name in sorted(names))}}}"
            for word, names in zip(("extractors", "classifiers"), own_names(report), strict=True)
            if names
        ]
        return one_line(f"pipelines.reproduce('report.json', {images!r}{''.join(named)})")
    is_own = any(
        key.startswith("code of ") and re.fullmatch("[0-9a-f]{64}", str(code))
        for key, code in report.environment.items()
    )
    return one_line(f"preconv reproduce report.json{where}{' --import FILE.py' if is_own else ''}")


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
