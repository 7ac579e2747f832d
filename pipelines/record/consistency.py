"""What a report claims, held against itself, its spec and its data, and its own predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from data import Dataset
from pipelines.comparison.plan import Plan
from pipelines.record.report import Cell, CellName, Metrics, PairedDifference, Report
from pipelines.record.statistics import wilson


def contradictions(report: Report, cells: list[Cell], plan: Plan, dataset: Dataset) -> list[str]:
    """Return one line for each claim of a report that cannot be true."""
    there = [(cell.features, cell.model) for cell in report.cells]
    lines = [
        f"{what} {claimed} in the report, {true} in the data"
        for what, claimed, true in (
            ("n_train", report.dataset.n_train, dataset.n_train),
            ("n_test", report.dataset.n_test, dataset.n_test),
            ("image_shape", report.dataset.image_shape, dataset.image_shape),
            ("class_names", report.dataset.class_names, dataset.class_names),
            ("n_test_in_train", report.dataset.n_test_in_train or 0, _shared(report, dataset)),
        )
        if claimed != true
    ]
    lines += [
        f"{named(name)}: the report has this cell more than once"
        for name in dict.fromkeys(there)
        if there.count(name) > 1
    ]
    lines += [
        f"{named(name)}: the spec has this cell, the report does not"
        for name in plan.cells
        if name not in there
    ]
    return lines + [line for cell in cells for line in _of_cell(cell, plan, dataset)]


def _shared(report: Report, dataset: Dataset) -> int:
    """Return how many test images are in the training part, too; reports of old do not count."""
    claimed = report.dataset.n_test_in_train is not None
    return dataset.duplicates.n_test_in_train if claimed else 0


def named(name: CellName) -> str:
    """Return how a cell is called in a line of text."""
    return " × ".join(name)


def cell_lies(cell: Cell, now: Cell, *, exactly: bool) -> list[str]:
    """Return what a cell claims that the same predictions do not bear out, one line each.

    With `exactly`, in the environment of the report, its probabilities, its choices and its
    learning curves must be the same, too.
    """
    names = ["n_correct", "dim", "confusion"]
    if exactly:
        names += ["metrics", "chosen", "validation_accuracy", "learning_curves"]
    lines = [
        f"{name} {_short(getattr(cell, name))} in the report, {_short(getattr(now, name))} now"
        for name in names
        if getattr(cell, name) != getattr(now, name)
    ]
    claimed, true = _of_predictions(cell.metrics), _of_predictions(now.metrics)
    if not exactly and not (len(claimed) == len(true) and all(map(_close, claimed, true))):
        lines.append("macro F1 and accuracies by class are not those of the predictions")
    return lines


def pair_lies(
    claimed: Sequence[PairedDifference], now: Sequence[PairedDifference], *, exactly: bool
) -> list[str]:
    """Return the paired differences that the same predictions do not bear out, one line each.

    With `exactly` the bootstrap must have drawn the same, too.
    """
    found = {(pair.first, pair.second): pair for pair in now}
    there = [(pair.first, pair.second) for pair in claimed]
    if sorted(there) != sorted(found):
        return ["the paired differences are not of the pairs of cells"]
    return [
        f"{named(pair.first)} against {named(pair.second)}: the paired difference is not that "
        "of the predictions"
        for pair in claimed
        if not _same_pair(pair, found[pair.first, pair.second], exactly=exactly)
    ]


def _same_pair(pair: PairedDifference, now: PairedDifference, *, exactly: bool) -> bool:
    if (pair.only_first, pair.only_second) != (now.only_first, now.only_second):
        return False
    figures = [(pair.difference, now.difference)]
    for name in ("p_adjusted", "p_value", "p_holm"):
        claimed, true = getattr(pair, name), getattr(now, name)
        if (claimed is None) != (true is None):
            return False  # of another statistic
        figures += [] if claimed is None or true is None else [(claimed, true)]
    if exactly:
        figures += zip(pair.ci95, now.ci95, strict=True)
    return all(_close(*both) for both in figures)


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _of_predictions(metrics: Metrics | None) -> list[float]:
    """Return the figures that follow from predictions alone; NaN matches nothing."""
    if metrics is None:
        return [math.nan]
    return [metrics.macro_f1, *(-1.0 if a is None else a for a in metrics.per_class_accuracy)]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _of_cell(cell: Cell, plan: Plan, dataset: Dataset) -> list[str]:
    name = named((cell.features, cell.model))
    if (cell.features, cell.model) not in plan.cells:
        return [f"{name}: the spec does not have this cell"]
    if cell.seeds != plan.seeds or cell.n_test != dataset.n_test:
        return [
            f"{name}: seeds {list(cell.seeds)} and {cell.n_test} test images "
            "are not those of the spec and the data"
        ]
    if cell.status != "done":
        return []
    if not len(cell.n_correct) == len(cell.predictions_sha256) == len(cell.seeds):
        return [f"{name}: not one count and one hash of predictions a seed"]
    if max(cell.n_correct) > cell.n_test:
        return [f"{name}: more correct answers than images"]
    return [f"{name}: {line}" for line in _derived(cell, dataset)]


def _derived(cell: Cell, dataset: Dataset) -> list[str]:
    """Return which figures do not follow from the counts that stand beside them."""
    n_seeds, total = len(cell.seeds), sum(cell.n_correct)
    fractions = np.array(cell.n_correct) / cell.n_test
    low, high = wilson(round(total / n_seeds), cell.n_test)
    claims: dict[str, tuple[float | None, float]] = {
        "accuracy": (cell.accuracy, float(fractions.mean())),
        "ci95[0]": (cell.ci95[0] if cell.ci95 else None, low),
        "ci95[1]": (cell.ci95[1] if cell.ci95 else None, high),
    }
    if n_seeds > 1:
        claims["accuracy_std"] = (cell.accuracy_std, float(fractions.std(ddof=1)))
    lines = [
        f"{what} is {claimed} in the report, but {true:.6g} by its own counts"
        for what, (claimed, true) in claims.items()
        if claimed is None or abs(claimed - true) > 1e-9
    ]
    if cell.confusion is not None:
        in_class = np.bincount(dataset.labels_test, minlength=dataset.n_classes) * n_seeds
        rows = [sum(row) for row in cell.confusion]
        square = {len(row) for row in cell.confusion} == {dataset.n_classes}
        if rows != in_class.tolist() or not square:
            lines.append("confusion does not have the test images of each class in its rows")
        elif sum(row[k] for k, row in enumerate(cell.confusion)) != total:
            lines.append(f"confusion does not have {total} correct answers")
    return lines
