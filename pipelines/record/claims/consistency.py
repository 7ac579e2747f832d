"""What a report claims, held against itself, its spec and its data, before anything is run."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from data import Dataset
from pipelines.comparison.making import grid_of
from pipelines.comparison.plan import Plan
from pipelines.comparison.tables.entries import Classifier
from pipelines.comparison.tables.values import plain
from pipelines.record.report import Cell, CellName, DatasetSummary, PairedDifference, Report
from pipelines.record.significance.earlier_statistic import holm, mcnemar_exact
from pipelines.record.significance.resampled_statistic import accuracy_interval
from pipelines.record.significance.resampling import Labels
from pipelines.record.significance.statistics import wilson

# What every cell has, finished or not; anything else is a claim about a result.
_OF_ANY_CELL = frozenset({"features", "model", "status", "seeds", "n_test", "error"})
_ROUNDING = 1e-9
_OF_A_FINISHED_CELL = ("dim", "metrics", "confusion")


def contradictions(
    report: Report, plan: Plan, labels: Labels | None, *, resampled: bool
) -> list[str]:
    """Return one line for each claim of a report that contradicts another, its spec or the labels.

    Cells of the user's own code, where that is not in the plan, are held against themselves only.

    Parameters
    ----------
    report
        The report.
    plan
        That of its spec.
    labels
        The true classes of the test images, int64 (n_test,), or (n_resamples, n_test) if the images
        are split anew for each seed; None where they are not known.
    resampled
        Whether the spec splits the images anew for each seed.
    """
    there = Counter(cell.name for cell in report.cells)
    lines = [
        f"{named(name)}: the report has this cell more than once"
        for name, times in there.items()
        if times > 1
    ]
    lines += [
        f"{named(name)}: the spec has this cell, the report does not"
        for name in plan.cells
        if name not in there
    ]
    if report.environment.get("preconv", report.preconv) != report.preconv:
        lines.append(f"preconv {report.preconv} in the report, another in its environment")
    if report.is_resampled != resampled:
        lines.append(
            f"pairs_statistic {report.pairs_statistic}, and the spec has "
            f"{'resamples' if resampled else 'no resamples'}"
        )
        return lines
    for what, n in (("training", report.dataset.n_train), ("test", report.dataset.n_test)):
        if n == 0:
            return [*lines, f"the report has no {what} images, and nothing can be found without"]
    if report.title != (report.spec.get("title") or report.dataset.name):
        lines.append("the title is neither that of the spec nor the name of the images")
    planned = {*plan.cells, *_own_cells(report, plan)}
    if len(there) < len(report.cells):
        return lines
    of_cells = [
        line
        for cell in report.cells
        for line in _of_cell(cell, planned, plan, report.dataset, labels, resampled=resampled)
    ]
    lines += of_cells + _of_hashes(report)
    # Of cells that contradict themselves nothing follows for their pairs.
    return lines if of_cells else lines + _of_pairs(report)


def other_images(report: Report, dataset: Dataset) -> list[str]:
    """Return one line for each claim about the images that is not true of them.

    If the images are split anew for each seed, `dataset` is the first of the resamples.
    """
    return [
        f"{what} {claimed} in the report, {true} in the data"
        for what, claimed, true in (
            ("n_train", report.dataset.n_train, dataset.n_train),
            ("n_test", report.dataset.n_test, dataset.n_test),
            ("image_shape", report.dataset.image_shape, dataset.image_shape),
            ("class_names", report.dataset.class_names, dataset.class_names),
            ("n_validation", report.dataset.n_validation or 0, dataset.n_validation),
            *_shared(report, dataset),
        )
        if claimed != true
    ]


def _of_hashes(report: Report) -> list[str]:
    """Return where the same predictions are said to be right on different numbers of images."""
    counts: dict[tuple[str, int], int] = {}
    lines = []
    for cell in report.cells:
        for i, (sha256, n) in enumerate(zip(cell.predictions_sha256, cell.n_correct, strict=False)):
            # Every resample has other labels.
            key = sha256, i if report.is_resampled else 0
            if counts.setdefault(key, n) != n:
                lines.append(
                    f"{named(cell.name)}: {n} correct, and elsewhere {counts[key]} by the same "
                    "predictions"
                )
    return lines


def _shared(report: Report, dataset: Dataset) -> list[tuple[str, int, int]]:
    """Return how many test images are in another part, too; reports of old do not count."""
    fields = ("n_test_in_train", "n_test_in_validation")
    claims = {f: getattr(report.dataset, f) for f in fields}
    found = dataset.duplicates if any(n is not None for n in claims.values()) else None
    return [(f, n, getattr(found, f)) for f, n in claims.items() if n is not None]


def named(name: CellName) -> str:
    """Return how a cell is called in a line of text."""
    return " × ".join(name)


def close(one: float, other: float) -> bool:
    """Return whether two figures are the same but for the rounding of their last digits."""
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def short(value: object) -> str:
    """Return a value on one line of bounded length."""
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def own_names(report: Report) -> tuple[frozenset[str], frozenset[str]]:
    """Return the rows and the columns of the user's own code, which no spec can hold."""
    own = report.spec.get("own")
    rows, columns = (
        frozenset(map(str, named)) if isinstance(named, dict) else frozenset()
        for named in (
            own.get(what) if isinstance(own, dict) else None for what in ("features", "models")
        )
    )
    return rows, columns


def _own_cells(report: Report, plan: Plan) -> list[CellName]:
    """Return the cells of the plan, and those with the user's own code in it."""
    own_rows, own_columns = own_names(report)
    rows, columns = own_rows.union(plan.rows), own_columns.union(plan.columns)
    return [cell.name for cell in report.cells if cell.features in rows and cell.model in columns]


def _of_cell(
    cell: Cell,
    planned: set[CellName],
    plan: Plan,
    images: DatasetSummary,
    labels: Labels | None,
    *,
    resampled: bool,
) -> list[str]:
    name = named(cell.name)
    if cell.name not in planned:
        return [f"{name}: the spec does not have this cell"]
    if cell.seeds != plan.seeds or cell.n_test != images.n_test:
        return [
            f"{name}: seeds {list(cell.seeds)} and {cell.n_test} test images "
            "are not those of the spec and the data"
        ]
    if (cell.status == "failed") != bool(cell.error):
        return [f"{name}: {cell.status}, {'with an error' if cell.error else 'without an error'}"]
    if cell.status != "done":
        claims = [
            key
            for key, known in Cell.model_fields.items()
            if key not in _OF_ANY_CELL and getattr(cell, key) != known.default
        ]
        return [f"{name}: {cell.status}, and yet it claims {', '.join(claims)}"] if claims else []
    if missing := [key for key in _OF_A_FINISHED_CELL if getattr(cell, key) is None]:
        return [f"{name}: done, but without {', '.join(missing)}"]
    if not len(cell.n_correct) == len(cell.predictions_sha256) == len(cell.seeds):
        return [f"{name}: not one count and one hash of predictions a seed"]
    if max(cell.n_correct) > cell.n_test:
        return [f"{name}: more correct answers than images"]
    return [
        f"{name}: {line}"
        for line in (
            *_derived(cell, images, labels, resampled=resampled),
            *_not_offered(cell, plan),
        )
    ]


def _derived(
    cell: Cell, images: DatasetSummary, labels: Labels | None, *, resampled: bool
) -> list[str]:
    """Return which figures do not follow from the counts that stand beside them."""
    n_seeds, total = len(cell.seeds), sum(cell.n_correct)
    n_classes = len(images.class_names)
    fractions = np.array(cell.n_correct) / cell.n_test
    low, high = (
        accuracy_interval(cell.n_correct, cell.n_test, images.n_train + (images.n_validation or 0))
        if resampled
        else wilson(round(total / n_seeds), cell.n_test)
    )
    claims: dict[str, tuple[float | None, float | None]] = {
        "accuracy": (cell.accuracy, float(fractions.mean())),
        "ci95[0]": (cell.ci95[0] if cell.ci95 else None, low),
        "ci95[1]": (cell.ci95[1] if cell.ci95 else None, high),
        "accuracy_std": (cell.accuracy_std, float(fractions.std(ddof=1)) if n_seeds > 1 else None),
    }
    confusion, wrong = np.zeros((0, 0), dtype=np.int64), ""
    if cell.confusion is not None:
        rows = [sum(row) for row in cell.confusion]
        square = {len(cell.confusion), *map(len, cell.confusion)} == {n_classes}
        if not square or sum(rows) != n_seeds * cell.n_test or rows != _rows(labels, rows, n_seeds):
            wrong = "confusion does not have the test images of each class in its rows"
        elif sum(row[k] for k, row in enumerate(cell.confusion)) != total:
            wrong = f"confusion does not have {total} correct answers"
        else:
            confusion = np.array(cell.confusion, dtype=np.int64)
    if cell.metrics is not None and confusion.size:
        claimed, true = cell.metrics.per_class_accuracy, per_class_accuracy(confusion)
        if len(claimed) != len(true):
            wrong = f"per_class_accuracy has {len(claimed)} classes, confusion {len(true)}"
        claims |= {
            f"per_class_accuracy[{k}]": both
            for k, both in enumerate(zip(claimed, true, strict=False))
        }
        if (
            len(set(cell.predictions_sha256)) == 1 and not resampled
        ):  # else it is a mean over several confusions
            claims["macro_f1"] = (cell.metrics.macro_f1, macro_f1(confusion))
    lines = [
        f"{what} is {claimed} in the report, but {_number(true)} by its own counts"
        for what, (claimed, true) in claims.items()
        if (claimed is None) != (true is None)
        or (claimed is not None and true is not None and abs(claimed - true) > _ROUNDING)
    ]
    return [*lines, wrong] if wrong else lines


def _rows(labels: Labels | None, claimed: list[int], n_seeds: int) -> list[int]:
    """Return how many answers each row of a confusion must hold; the claim where it is unknown."""
    if labels is None:
        return claimed
    in_class = np.bincount(labels.ravel(), minlength=len(claimed))
    counts: list[int] = (in_class * (1 if labels.ndim > 1 else n_seeds)).tolist()
    return counts


def per_class_accuracy(confusion: npt.NDArray[np.int64]) -> list[float | None]:
    """Return the part of each class that is right; None for a class without a test image."""
    totals = confusion.sum(axis=1)
    return [float(confusion[k, k] / n) if n else None for k, n in enumerate(totals)]


def macro_f1(confusion: npt.NDArray[np.int64]) -> float:
    """Return the mean F1 of the classes that there are, or that were answered."""
    sizes = confusion.sum(axis=0) + confusion.sum(axis=1)
    return float(np.mean(2 * np.diag(confusion)[sizes > 0] / sizes[sizes > 0]))


def _not_offered(cell: Cell, plan: Plan) -> list[str]:
    """Return the choices of a cell that its spec does not offer; epochs are measured instead."""
    table = plan.columns.get(cell.model)
    offered = grid_of(table, cell.features) if isinstance(table, Classifier) else {}
    of_features: dict[str, list[Any]] = {}
    for values, _ in plan.sides(cell.features) if cell.features in plan.rows else ():
        for name, value in values.items():
            of_features.setdefault(name, []).append(value)
    return [
        f"{name} = {short(chosen.get(name))} is none of the values to choose from"
        for name, values in {**offered, **of_features}.items()
        if name != "max_iter"
        for to_choose in ([*map(plain, values)],)
        for chosen in cell.chosen
        if plain(chosen.get(name)) not in to_choose
    ]


def _of_pairs(report: Report) -> list[str]:
    """Return which paired differences do not follow from the cells that they are of."""
    done = {cell.name: cell for cell in report.cells if cell.status == "done"}
    n_whole = len(done) * (len(done) - 1) // 2
    # Numbers tell it: all pairs of many cells would be too much to hold.
    there = {frozenset((pair.first, pair.second)) for pair in report.pairs}
    whole = len(report.pairs) == len(there) == n_whole and all(
        len(pair) == 2 and pair <= done.keys() for pair in there
    )
    # A run that was killed has not come to its pairs yet.
    if not whole and (report.pairs or len(done) == len(report.cells)):
        return ["the paired differences are not of the pairs of cells that are done"]
    sure = _of_earlier_pairs if report.pairs_statistic == "mcnemar-holm" else _of_sure_pairs
    return [
        f"{named(pair.first)} against {named(pair.second)}: {line}"
        for pair in report.pairs
        for line in _of_pair(pair, done[pair.first], done[pair.second], report.is_resampled)
    ] + sure(report)


def _of_pair(pair: PairedDifference, first: Cell, second: Cell, resampled: bool) -> list[str]:
    lines = []
    ahead = (first.accuracy or 0.0) - (second.accuracy or 0.0)
    if abs(pair.difference - ahead) > _ROUNDING or pair.difference < -_ROUNDING:
        lines.append(f"a difference of {pair.difference:.6g}, by their accuracies {ahead:.6g}")
    low, high = pair.ci95
    if not low - _ROUNDING <= pair.difference <= high + _ROUNDING:
        lines.append(f"the difference is not in its interval, {low:.6g} to {high:.6g}")
    differ = pair.only_first + pair.only_second
    exactly = resampled or len(first.seeds) == 1
    if differ > first.n_test * (len(first.seeds) if resampled else 1) or (
        exactly
        and pair.only_first - pair.only_second != sum(first.n_correct) - sum(second.n_correct)
    ):
        lines.append(f"right on {pair.only_first} and {pair.only_second} images alone: impossible")
    return lines


def _of_sure_pairs(report: Report) -> list[str]:
    """Return which verdicts and intervals contradict each other: both are of all pairs together."""
    if any(pair.p_adjusted is None for pair in report.pairs):
        return ["the paired differences are of another statistic than the report says"]
    return [
        f"{named(pair.first)} against {named(pair.second)}: "
        f"{'' if pair.told_apart else 'not '}told apart, and its interval says otherwise"
        for pair in report.pairs
        if pair.told_apart != (pair.ci95[0] > 0 or pair.ci95[1] < 0)
    ]


def _of_earlier_pairs(report: Report) -> list[str]:
    """Return which p-values do not follow from the images on which two cells differ."""
    values = [pair.p_value for pair in report.pairs]
    p_values = [p for p in values if p is not None]
    if len(p_values) < len(values) or any(pair.p_holm is None for pair in report.pairs):
        return ["the paired differences are of another statistic than the report says"]
    lines = []
    for pair, p, p_holm in zip(report.pairs, p_values, holm(p_values), strict=True):
        name = f"{named(pair.first)} against {named(pair.second)}"
        if not close(p, mcnemar_exact(pair.only_first, pair.only_second)):
            lines.append(f"{name}: p_value is not that of the images on which they differ")
        elif not close(pair.p, p_holm):
            lines.append(f"{name}: p_holm does not follow from the p-values")
    return lines


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"
