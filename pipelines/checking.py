"""Whether a report holds together by itself, without its images and without running anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.errors import as_one_line
from data.system.paths import expanded
from data.system.regular_file import why_no_file
from features import RawPixels
from models import LinearClassifier
from pipelines.comparison.plan import make_plan
from pipelines.comparison.spec import Comparison
from pipelines.comparison.tables.entries import MOST_CELLS
from pipelines.errors import PredictionsError, ReportError, SpecError
from pipelines.record.claims.consistency import (
    close,
    contradictions,
    macro_f1,
    named,
    own_names,
)
from pipelines.record.claims.pairs import pairs_not_of
from pipelines.record.digests import why_edited
from pipelines.record.folder.report_file import read_json
from pipelines.record.folder.reports_below import files_below
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Cell, CellName, Report
from pipelines.record.significance.resampling import Labels

LEAST_SEEDS = 3
"""With fewer seeds, none of them is far from the others."""

FAR = 0.001
"""A seed is far from the others if chance puts one in a thousand so far from them, or farther."""

EXPECTED_SEEDS = 4
"""The spread that drawing other test images would give counts as much as so many seeds more."""


_NOTHING_SAYS = (
    "log losses, calibration, top-2, validation accuracies, curves and probabilities: what they "
    "follow from is not kept",
    "what pages show around their data: `preconv report` makes them anew",
    "times, sizes and environment: nothing else says them",
)
"""What no check can hold against anything."""


@dataclass(frozen=True)
class Checked:
    """What a check of one report came to.

    Attributes
    ----------
    path : Path
        The file of the report.
    wrong : tuple of str
        What cannot be true, one line each.
    doubtful : tuple of str
        What is possible, and worth a look.
    unchecked : tuple of str
        What could not be held against anything.
    n_cells : int
        Cells of the report that are done.
    n_predictions : int
        Predictions that were held against the report, over all cells and seeds.
    """

    path: Path
    wrong: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    n_cells: int = 0
    n_predictions: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing in it is wrong."""
        return not self.wrong


def check_reports(path: str | Path) -> list[Checked]:
    """Check a report, or every report below a folder, without running anything.

    The report's schema and digests; its spec; counts, intervals, matrices and paired differences
    against each other; the predictions beside it against all of them; its page against the report;
    and seeds that lie further from the others than chance puts them.

    Parameters
    ----------
    path : str or Path
        A `report.json`, a `report.html` that carries one, or a folder.

    Returns
    -------
    list of Checked
        One for each report, in the order of their paths.

    Raises
    ------
    ReportError
        If there is no file there, or no report below the folder.

    Examples
    --------
    >>> from pipelines import Comparison, compare
    >>> folder = getfixture("tmp_path")
    >>> spec = Comparison(
    ...     features={"raw": {"extractor": "RawPixels"}},
    ...     models={"knn": {"classifier": "KNeighborsClassifier", "n_neighbors": 1}},
    ...     limit=20,
    ... )
    >>> _ = compare(spec, out=folder, cache=False)
    >>> [checked.ok for checked in check_reports(folder)]
    [True]
    """
    # `Path.is_dir` fails for a name that is too long.
    path = expanded(path)
    if not os.path.isdir(path):  # noqa: PTH112
        if reason := why_no_file(path):
            raise ReportError(f"{path}: {reason}")
        return [_checked(path)]
    files = files_below(path)
    if not files:
        raise ReportError(f"{path}: no report.json or report.html is in this folder or below it")
    return [_checked(file) for file in files]


def _checked(path: Path) -> Checked:
    """Check one report; whatever is in it, the others are checked, too."""
    try:
        return _read_and_checked(path)
    except ReportError as error:
        return Checked(path, (str(error),))
    except Exception as error:  # a hostile file can fail in any line
        return Checked(path, (f"{path}: cannot be checked: {as_one_line(error)}",))


def _read_and_checked(path: Path) -> Checked:
    content = read_json(path)
    report = Report.parse(content, str(path))
    done = [cell for cell in report.cells if cell.status == "done"]
    if why := why_edited(content):
        return Checked(path, (why,), n_cells=len(done))
    labels, predicted, wrong, unchecked = _predictions(report, path)
    wrong += _of_spec(report, labels)
    if not wrong and labels is not None:
        wrong += _of_predictions(report, labels, predicted)
    page_wrong, page_unchecked = _of_page(path, report)
    if own := sorted(frozenset().union(*own_names(report))):
        unchecked.append(f"choices of {', '.join(own)}: the report does not hold that code")
    wrong += page_wrong
    return Checked(
        path,
        tuple(wrong),
        () if wrong else tuple(line for cell in done for line in far_seeds(cell)),
        (*unchecked, *page_unchecked, *_NOTHING_SAYS),
        len(done),
        sum(table.size for table in predicted.values()),
    )


def _predictions(
    report: Report, path: Path
) -> tuple[Labels | None, Mapping[CellName, Labels], list[str], list[str]]:
    """Return labels and predictions, what is wrong with them, and whether there are none."""
    if not path.with_name("predictions.npz").exists():
        missing = "predictions: there is no predictions.npz beside the report"
        return None, {}, [], [missing]
    try:
        labels, predicted = kept_predictions(report, path)
    except PredictionsError as error:
        return None, {}, [str(error)], []
    if labels.size and not 0 <= labels.min() <= labels.max() < len(report.dataset.class_names):
        return None, {}, ["predictions.npz: it has labels that are no class"], []
    return labels, predicted, [], []


def _of_spec(report: Report, labels: Labels | None) -> list[str]:
    """Return what contradicts the spec of the report, or another figure."""
    content = {key: value for key, value in report.spec.items() if key != "own"}
    try:
        spec = Comparison.from_dict(content, where="its spec")
        rows, columns = own_names(report)
        n_cells = len(rows.union(spec.rows)) * len(columns.union(spec.columns))
        if n_cells > MOST_CELLS:
            return [f"its spec has {n_cells:,} cells; a report has at most {MOST_CELLS:,}"]
        plan = make_plan(
            spec,
            # In place of code that is not here: only the names count.
            {name: RawPixels() for name in rows.difference(spec.features)},
            {name: LinearClassifier() for name in columns.difference(spec.models)},
        )
    except SpecError as error:
        return [str(error)]
    return contradictions(report, plan, labels, resampled=bool(spec.n_resamples))


def _of_predictions(
    report: Report, labels: Labels, predicted: Mapping[CellName, Labels]
) -> list[str]:
    """Return which figures are not those of the predictions; counts and hashes are checked."""
    n_classes = len(report.dataset.class_names)
    lines = []
    for cell in report.cells:
        if cell.name not in predicted or cell.metrics is None:
            continue
        name, answers = named(cell.name), predicted[cell.name]
        if not 0 <= answers.min() <= answers.max() < n_classes:
            lines.append(f"{name}: its predictions are of no class")
            continue
        whole, of_seeds = np.zeros((n_classes, n_classes), dtype=np.int64), []
        for true, said in zip(np.broadcast_to(labels, answers.shape), answers, strict=True):
            found = _confusion(true, said, n_classes)
            whole += found
            of_seeds.append(macro_f1(found))
        if whole.tolist() != [list(row) for row in cell.confusion or ()]:
            lines.append(f"{name}: confusion is not that of its predictions")
        f1 = float(np.mean(of_seeds))
        if not close(cell.metrics.macro_f1, f1):
            claimed = f"{cell.metrics.macro_f1:.6g}"
            lines.append(f"{name}: macro_f1 is {claimed} in the report, {f1:.6g} by predictions")
    return lines or pairs_not_of(report, labels, predicted)


def _confusion(labels: Labels, predicted: Labels, n_classes: int) -> npt.NDArray[np.int64]:
    """Return the confusion matrix of one seed, (n_classes, n_classes)."""
    places = labels.astype(np.int64) * n_classes + predicted
    return np.bincount(places, minlength=n_classes**2).reshape(n_classes, n_classes)


def _of_page(path: Path, report: Report) -> tuple[list[str], list[str]]:
    """Return whether the page beside a report carries another one, or none."""
    page = path.with_name("report.html")
    if page == path or not page.exists():
        return [], []
    try:
        shown = Report.read(page)
    except ReportError as error:
        return [], [f"report.html: {error}"]
    # A page that a later version made of the report has a digest of its own.
    same = shown.model_copy(update={"digest": None}) == report.model_copy(update={"digest": None})
    if same:
        return [], []
    # While a run goes on, its page is written less often than its report.
    is_earlier = any(cell.status == "pending" for cell in shown.cells)
    is_of_this_run = (shown.spec, shown.dataset, shown.measurements.started) == (
        report.spec,
        report.dataset,
        report.measurements.started,
    )
    if is_earlier and is_of_this_run:
        return [], ["report.html: it is of an earlier moment of this run"]
    return [f"{page}: it shows another report"], []


def far_seeds(cell: Cell) -> list[str]:
    """Return which seeds of a cell lie further from the others than their spread explains.

    A seed is compared with the interval of Student's t in which the others predict it. Two or three
    seeds say little of how far seeds lie apart, and may agree by chance. So their variance s² is
    taken together with d² = n p (1 - p), that of drawing other test images, which counts as k = 4
    seeds more, and the interval has m - 1 + k degrees of freedom for m other seeds:

        |n_correct - mean| > t · √(((m - 1) s² + k d²) / (m - 1 + k)) · √(1 + 1/m).

    Examples
    --------
    >>> cell = Cell(
    ...     features="hog", model="mlp", status="done", seeds=(0, 1, 2, 3), n_test=1000,
    ...     n_correct=(601, 599, 604, 240),
    ... )
    >>> far_seeds(cell)
    ['hog × mlp: seed 3 is right on 240 of 1000, the others on 601 in the mean']
    """
    if len(cell.n_correct) < LEAST_SEEDS or not cell.n_test:
        return []
    lines = []
    for place, (seed, n_correct) in enumerate(zip(cell.seeds, cell.n_correct, strict=True)):
        others = np.delete(np.array(cell.n_correct, dtype=np.float64), place)
        mean = others.mean()
        if abs(n_correct - mean) > _farthest(others, cell.n_test):
            lines.append(
                f"{named(cell.name)}: seed {seed} is right on {n_correct} of {cell.n_test}, the "
                f"others on {mean:.0f} in the mean"
            )
    return lines


def _farthest(others: npt.NDArray[np.float64], n_test: int) -> float:
    """Return how far from the mean of the others chance puts a seed, of m others."""
    from scipy.stats import t  # heavy

    mean, within = others.mean(), len(others) - 1
    drawn = max(mean * (n_test - mean) / n_test, 1.0)  # never none, however right all are
    freedom = within + EXPECTED_SEEDS
    variance = (within * others.var(ddof=1) + EXPECTED_SEEDS * drawn) / freedom
    return float(t.ppf(1 - FAR / 2, freedom) * np.sqrt(variance * (1 + 1 / len(others))))
