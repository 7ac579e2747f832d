"""Does a report still hold? Its own spec is run again and compared cell by cell.

A report is a file from outside. It names its data by a registered name or by the last part of a
path, which is never opened. The files of the run are removed when it ends, and the cache is not
used.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data import NAMED_DATASETS, DataError, Dataset, load_dataset
from pipelines.compare import compare
from pipelines.comparison.plan import make_plan
from pipelines.comparison.spec import Comparison
from pipelines.errors import ReportError, SpecError
from pipelines.record.consistency import cell_lies, contradictions, named, pair_lies
from pipelines.record.report import SCHEMA, Cell, CellName, Report, digest, read_json
from pipelines.running.environment import differences
from pipelines.running.memory import within_memory
from pipelines.running.progress import Listener


@dataclass(frozen=True)
class Reproduction:
    """What came of running a report again.

    Parameters
    ----------
    status : {0, 1, 2}
        0: it reproduces; 1: it differs, or was edited; 2: it could not be run.
    differences : tuple of str, default ()
        What differs, or why it could not be run; empty if it reproduces.
    notes : tuple of str, default ()
        What one should know besides.
    exact, close : tuple of (str, str), default ()
        Cells (features, model) with the same predictions bit for bit, and those within the
        tolerance.
    report : Report or None, default None
        What was found now; None if nothing was run.

    Examples
    --------
    >>> check = Reproduction(1, ("hog × linear: seed 0: 612 correct in the report, 598 now",))
    >>> check.ok
    False
    """

    status: int
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    exact: tuple[CellName, ...] = ()
    close: tuple[CellName, ...] = ()
    report: Report | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether it reproduces."""
        return self.status == 0


class _CannotRun(ValueError):
    """The report cannot be run again here."""


def reproduce(
    report_path: str | Path,
    data: str | Path | None = None,
    only: Collection[str] | None = None,
    *,
    extractors: Mapping[str, Any] | None = None,
    classifiers: Mapping[str, Any] | None = None,
    listener: Listener | None = None,
) -> Reproduction:
    """Run a report's spec again and say whether the same comes out.

    In the environment that the report records, predictions must be the same bit for bit. In
    another one, correct counts must agree within `tolerance`.

    Parameters
    ----------
    report_path : str or Path
        A `report.json`.
    data : str or Path, optional
        Where its images are; needed if the report names no registered dataset.
    only : collection of str, optional
        Cells to run, as "features:model". Default: all.
    extractors, classifiers : mapping of str to estimator, optional
        Those of the user's own that the comparison was run with.
    listener : Listener, optional
        Hears what is going on.

    Returns
    -------
    Reproduction
        Whether the same came out, and what differs. A report that cannot be run is a status of
        2, and not an exception.

    Examples
    --------
    >>> import numpy as np
    >>> from data import Dataset, save_npz
    >>> from pipelines import Comparison, compare, reproduce
    >>> folder = getfixture("tmp_path")
    >>> images, labels = np.zeros((4, 2, 2, 3), np.uint8), np.array([0, 0, 1, 1])
    >>> images[2:] = 255
    >>> tiny = Dataset("tiny", images, labels, images, labels, ("night", "day"))
    >>> save_npz(tiny, folder / "tiny.npz")
    >>> spec = Comparison(
    ...     features={"raw": {"extractor": "RawPixels"}},
    ...     models={"knn": {"classifier": "KNeighborsClassifier", "n_neighbors": 1}},
    ... )
    >>> report = compare(spec, dataset=tiny, cache=False)
    >>> path = folder / "report.json"
    >>> _ = path.write_text(report.to_json(), encoding="utf-8")
    >>> check = reproduce(path, folder / "tiny.npz")
    >>> check.ok, check.exact
    (True, (('raw', 'knn'),))
    """
    try:
        content = read_json(report_path)
        holds = content.get("digest") == digest(content)
        edited = Reproduction(
            1, (f"{report_path}: its digest is not that of its content: it was edited",)
        )
        if content.get("schema") == SCHEMA and "digest" in content and not holds:
            return edited  # whatever the edit has made of it
        report = Report.parse(content, str(report_path))
        if not holds:
            return edited
        own = report.spec.get("own", {})
        spec = Comparison.from_dict(
            {key: value for key, value in report.spec.items() if key != "own"},
            where=f"{report_path}: spec",
        )
        cells = _selected(report, only)
        _check_own(own, cells, spec, extractors or {}, classifiers or {})
        plan = make_plan(spec, extractors, classifiers)
        with within_memory():
            dataset = _dataset(report, spec, data)
    except (_CannotRun, ReportError, SpecError, DataError) as error:
        return Reproduction(2, (str(error),))
    except MemoryError:
        return Reproduction(2, (f"{report_path}: its images do not fit into memory here",))
    wanted = [(cell.features, cell.model) for cell in cells]
    if claims := contradictions(report, cells, plan, dataset):
        return Reproduction(1, tuple(claims))
    with within_memory():
        again = compare(
            spec,
            extractors=extractors,
            classifiers=classifiers,
            dataset=dataset,
            only=wanted,
            cache=False,
            listener=listener,
            # Reports of earlier versions measured every cell on held-out images.
            validated=all(cell.validation_accuracy for cell in cells if cell.status == "done"),
            pairs_statistic=report.pairs_statistic,
        )
    return _judge(report, again, cells)


def tolerance(n_test: int, *, same_choice: bool = True) -> int:
    """Return by how many correct answers a count may differ in another environment.

    Another processor or library rounds float32 sums differently. A convex fit then ends almost at
    the same weights. A network differs from its first step on, and ends as if it had another seed.
    Where two values were equally good on the validation part, the other one may be chosen. On the
    built-in images (1,000 for testing), with OpenBLAS's kernels for four processors, linear fits
    differed by up to 3 answers, networks by up to 14, and neighbours by 41 where another number of
    them was chosen. A network differed by 26 after an edit that changed only the rounding. Hence
    the tolerance is 4 % of the test images, or 6 % with another choice.

    Examples
    --------
    >>> tolerance(1000), tolerance(1000, same_choice=False)
    (40, 60)
    """
    return max(3, math.ceil((0.04 if same_choice else 0.06) * n_test))


def _judge(report: Report, again: Report, cells: list[Cell]) -> Reproduction:
    elsewhere = differences(report.environment, again.environment)
    found = _cells(again)
    wrong: list[str] = []
    exact: list[CellName] = []
    close: list[CellName] = []
    notes = [f"the environment differs: {line}" for line in elsewhere]
    for cell in cells:
        name = (cell.features, cell.model)
        if cell.status == "pending":
            notes.append(f"{named(name)}: not finished in the report, so not compared")
            continue
        lines, same = _compared(cell, found[name], exactly=not elsewhere)
        wrong += [f"{named(name)}: {line}" for line in lines]
        if not lines:
            (exact if same else close).append(name)
            notes += [] if same else [f"{named(name)}: {_counts(cell, found[name])}"]
    if len(exact) == len(report.cells):
        wrong += pair_lies(report.pairs, again.pairs, exactly=not elsewhere)
    if close:
        n_test = again.dataset.n_test
        notes.append(
            f"{len(close)} of {len(cells)} cells agree within the tolerance for another "
            f"environment, {tolerance(n_test)} correct answers of {n_test} "
            f"({tolerance(n_test, same_choice=False)} where another value was chosen), "
            "and not bit for bit"
        )
    return Reproduction(
        1 if wrong else 0, tuple(wrong), tuple(notes), tuple(exact), tuple(close), again
    )


def _compared(cell: Cell, now: Cell, *, exactly: bool) -> tuple[list[str], bool]:
    """Return how a cell differs from what was found now, and whether it is the same bit for bit."""
    if cell.status != now.status:
        return [f"{cell.status} in the report, {now.status} now ({now.error or 'no error'})"], False
    if cell.status == "failed":
        return [], True
    if cell.predictions_sha256 == now.predictions_sha256:
        return cell_lies(cell, now, exactly=exactly), True
    lines = []
    if cell.dim != now.dim:
        lines.append(f"{cell.dim} features in the report, {now.dim} now")
    for k, seed in enumerate(cell.seeds):
        then, here = cell.n_correct[k], now.n_correct[k]
        same_choice = _choice(cell, k) == _choice(now, k)
        allowed = 0 if exactly else tolerance(cell.n_test, same_choice=same_choice)
        if abs(then - here) > allowed:
            lines.append(f"seed {seed}: {then} correct in the report, {here} now")
        elif exactly and cell.predictions_sha256[k] != now.predictions_sha256[k]:
            lines.append(f"seed {seed}: {then} correct as in the report, by other predictions")
    return lines, False


def _counts(cell: Cell, now: Cell) -> str:
    """Return both counts of every seed, on one line."""
    then, here = (", ".join(map(str, each.n_correct)) for each in (cell, now))
    if then == here:
        return f"{then} correct as in the report, by other predictions"
    return f"{then} correct in the report, {here} now"


def _choice(cell: Cell, k: int) -> dict[str, Any]:
    """Return what was chosen with the k-th seed; a network's epochs always vary a little."""
    chosen = cell.chosen[k] if k < len(cell.chosen) else {}
    return {name: value for name, value in chosen.items() if name != "max_iter"}


def _selected(report: Report, only: Collection[str] | None) -> list[Cell]:
    """Return the cells to run, all or those asked for."""
    names = {f"{cell.features}:{cell.model}": cell for cell in report.cells}
    if only is None:
        return list(names.values())
    if unknown := [name for name in only if name not in names]:
        raise _CannotRun(f"no such cell: {', '.join(unknown)}; the report has {', '.join(names)}")
    return [names[name] for name in dict.fromkeys(only)]


def _check_own(
    own: Any,
    cells: list[Cell],
    spec: Comparison,
    extractors: Mapping[str, Any],
    classifiers: Mapping[str, Any],
) -> None:
    """Raise unless every cell's extractor and classifier is at hand."""
    rows, columns = {*spec.rows, *extractors}, {*spec.columns, *classifiers}
    brought = own if isinstance(own, dict) else {}
    lost = [
        f"{cell.features}:{cell.model}"
        for cell in cells
        if (cell.features not in rows and cell.features in brought.get("features", ()))
        or (cell.model not in columns and cell.model in brought.get("models", ()))
    ]
    if lost:
        raise _CannotRun(
            f"{', '.join(lost)}: made with code that the report does not hold; pass it in Python, "
            "reproduce(path, extractors={...}, classifiers={...}), or name other cells with --only"
        )


def _dataset(report: Report, spec: Comparison, data: str | Path | None) -> Dataset:
    """Return the report's data; raise if they are not here or not the same."""
    known = NAMED_DATASETS.get(spec.data)
    if data is None and not (known and known.reproducible):
        raise _CannotRun(
            f"the report names its data only as {spec.data!r}: say where they are with --data"
        )
    source = spec.data if data is None else data
    dataset = load_dataset(
        source,
        seed=spec.data_seed,
        image_size=spec.image_size,
        labels=spec.labels,
        name=report.dataset.name,
    )
    if dataset.sha256 != report.dataset.sha256:
        raise _CannotRun(
            f"{source}: other data: sha256 {dataset.sha256}, in the report {report.dataset.sha256}"
        )
    return dataset


def _cells(report: Report) -> dict[CellName, Cell]:
    return {(cell.features, cell.model): cell for cell in report.cells}
