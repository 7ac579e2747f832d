"""Does a report still hold? Its own spec is run again and compared cell by cell.

A report is a file from outside. It names its data by a registered name or by the last part of a
path, which is never opened. The files of the run are removed when it ends, and the cache is not
used.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data import NAMED_DATASETS, DataError, Dataset, load_dataset
from data.system.paths import expanded
from pipelines.compare import compare
from pipelines.comparison.plan import Plan, is_random, make_plan
from pipelines.comparison.resampled import images_of, split_of
from pipelines.comparison.spec import Comparison
from pipelines.errors import MemoryShortError, ReportError, SpecError
from pipelines.record.claims.agreement import Agreement, agreement, drift
from pipelines.record.claims.consistency import contradictions, named, other_images, own_names
from pipelines.record.claims.pairs import pair_lies
from pipelines.record.digests import why_edited
from pipelines.record.folder.report_file import read_json, report_file
from pipelines.record.report import SCHEMA, Cell, CellName, Report
from pipelines.running.cells.choosing import rows_to_choose_by
from pipelines.running.environment import differences
from pipelines.running.progress import Listener
from pipelines.running.resources.memory import within_memory

REPRODUCED, DIFFERS, CANNOT_RUN, CONSISTENT = 0, 1, 2, 3


@dataclass(frozen=True)
class Reproduction:
    """What came of running a report again.

    Parameters
    ----------
    status : {0, 1, 2, 3}
        0: reproduced bit for bit; 3: consistent, in another environment, within the tolerance;
        1: it differs, contradicts itself or was edited; 2: it could not be run, or there was
        nothing to compare.
    differences : tuple of str, default ()
        What differs, or why it could not be run; empty if the status is 0 or 3.
    notes : tuple of str, default ()
        What one should know besides.
    exact, close : tuple of (str, str), default ()
        Cells (features, model) that are the same bit for bit, and those within the tolerance.
    unchecked : tuple of str, default ()
        What the report says and nothing here can check; empty if nothing was run.
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
    unchecked: tuple[str, ...] = ()
    report: Report | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether it holds: reproduced bit for bit, or consistent in another environment.

        The two differ in `status`.
        """
        return self.status in (REPRODUCED, CONSISTENT)


_NOTHING = "there is nothing to compare: no cell that was asked for is finished in the report"


class _CannotRun(ValueError):
    """The report cannot be run again here."""


def reproduce(
    report_path: str | Path,
    data: str | Path | Dataset | None = None,
    only: Collection[str] | None = None,
    *,
    extractors: Mapping[str, Any] | None = None,
    classifiers: Mapping[str, Any] | None = None,
    listener: Listener | None = None,
) -> Reproduction:
    """Run a report's spec again and say whether the same comes out.

    In the environment that the report records, everything must be the same bit for bit. In
    another one, what follows from something else must follow all the same, and the rest must lie
    within a tolerance, for each cell and for all cells together.

    Parameters
    ----------
    report_path : str or Path
        A `report.json`, the `report.html` that carries it, or the folder of one of them.
    data : str, Path or Dataset, optional
        Where its images are, or the images; needed if the report names no registered dataset. A
        relative path is looked for here, then in the folder of the report and those above it.
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
    >>> tiny = Dataset("tiny", images, labels, images ^ 1, labels, ("night", "day"))
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
        report_path = report_file(report_path)
        content = read_json(report_path)
        why = why_edited(content)
        edited = Reproduction(DIFFERS, (f"{report_path}: {why}",))
        if why and content.get("schema") == SCHEMA and "digest" in content:
            return edited  # whatever the edit has made of it
        report = Report.parse(content, str(report_path))
        if why:
            return edited
        spec = Comparison.from_dict(
            {key: value for key, value in report.spec.items() if key != "own"},
            where=f"{report_path}: spec",
        )
        cells = _selected(report, only)
        _check_own(report, cells, spec, extractors or {}, classifiers or {})
        plan = make_plan(spec, extractors, classifiers)
        with within_memory():
            source = _dataset(report, spec, _found(data, Path(report_path)))
            dataset, resamples = split_of(spec, source)
    except (_CannotRun, ReportError, SpecError, DataError) as error:
        return Reproduction(CANNOT_RUN, (str(error),))
    except MemoryError:
        return Reproduction(CANNOT_RUN, (f"{report_path}: its images do not fit into memory here",))
    labels_test = resamples.labels_test if resamples else dataset.labels_test
    claims = other_images(report, dataset)
    claims += contradictions(report, plan, labels_test, resampled=resamples is not None)
    if data is None and report.dataset.name != dataset.name:
        claims.append(f"the images are called {report.dataset.name}, and are {dataset.name}")
    if claims:
        return Reproduction(DIFFERS, tuple(claims))
    if all(cell.status == "pending" for cell in cells):
        return Reproduction(CANNOT_RUN, (_NOTHING,))
    try:
        with within_memory():
            again = compare(
                spec,
                extractors=extractors,
                classifiers=classifiers,
                dataset=source,
                only=[cell.name for cell in cells if cell.status != "pending"],
                cache=False,
                listener=listener,
                # Reports of earlier versions measured every cell on held-out images.
                validated=all(cell.validation_accuracy for cell in cells if cell.status == "done"),
                pairs_statistic=report.pairs_statistic,
            )
    except (SpecError, DataError, MemoryShortError) as error:
        return Reproduction(CANNOT_RUN, (str(error),))
    labels, n_validation = dataset.labels_to_learn, dataset.n_validation
    n_held_out = len(rows_to_choose_by(labels, plan.seeds[0], n_validation)[1])
    unchecked = _unchecked(report, cells, are_brought=data is not None)
    return replace(_judge(report, again, cells, plan, n_held_out), unchecked=unchecked)


def _unchecked(report: Report, cells: list[Cell], *, are_brought: bool) -> tuple[str, ...]:
    """Return what the report says that does not follow from images and spec."""
    there = {
        "the title": True,
        # Images that are brought bear whatever name the report gives them.
        "the name of the images": are_brought,
        # The same images may lie beside other files.
        "the files passed over": bool(report.dataset.passed_over),
        "the errors of failed cells": any(cell.status == "failed" for cell in cells),
        "times and sizes": True,
    }
    return tuple(what for what, is_there in there.items() if is_there)


def _judge(
    report: Report, again: Report, cells: list[Cell], plan: Plan, n_held_out: int
) -> Reproduction:
    elsewhere = differences(report.environment, again.environment)
    found = {cell.name: cell for cell in again.cells}
    notes = [f"the environment differs: {line}" for line in elsewhere]
    notes += [
        f"{named(cell.name)}: not finished in the report, so not compared"
        for cell in cells
        if cell.status == "pending"
    ]
    results = {
        cell.name: agreement(
            cell,
            found[cell.name],
            exactly=not elsewhere,
            seeded=_is_seeded(cell.name, plan),
            n_held_out=n_held_out,
        )
        for cell in cells
        if cell.status != "pending"
    }
    wrong = [
        f"{named(name)}: {line}" for name, result in results.items() for line in result.differences
    ]
    exact = tuple(name for name, result in results.items() if result.same)
    close = tuple(
        name for name, result in results.items() if not result.same and not result.differences
    )
    moved = [results[name] for name in close if not results[name].same_predictions]
    wrong += drift(moved, [_alike(result, plan) for result in moved])
    done = {cell.name: cell for cell in cells if cell.status == "done"}
    compared = {name: result for name, result in results.items() if name in done}
    if not wrong:
        wrong += pair_lies(report, again, compared, exactly=not elsewhere)
    notes += [f"{named(name)}: {_counts(done[name], found[name])}" for name in close]
    if not (wrong or compared):
        return Reproduction(CANNOT_RUN, (_NOTHING,), tuple(notes), report=again)
    status = DIFFERS if wrong else CONSISTENT if close else REPRODUCED
    return Reproduction(status, tuple(wrong), tuple(notes), exact, close, report=again)


def _is_seeded(name: CellName, plan: Plan) -> bool:
    """Return whether what a cell learned followed a seed."""
    classifier = plan.candidates(name, plan.seeds[0])[0][1]
    return is_random(classifier) or _has_seeded_features(name, plan)


def _has_seeded_features(name: CellName, plan: Plan) -> bool:
    return any(is_random(plan.extractors[part]) for part in plan.rows[name[0]])


def _alike(result: Agreement, plan: Plan) -> str | CellName:
    """Return with which others a cell moves: with those of the same codebook, or with none."""
    return result.name[0] if _has_seeded_features(result.name, plan) else result.name


def _counts(cell: Cell, now: Cell) -> str:
    """Return both counts of every seed, on one line."""
    then, here = (", ".join(map(str, each.n_correct)) for each in (cell, now))
    if cell.predictions_sha256 == now.predictions_sha256:
        return f"{then} correct as in the report, with other probabilities"
    if then == here:
        return f"{then} correct as in the report, by other predictions"
    return f"{then} correct in the report, {here} now"


def _selected(report: Report, only: Collection[str] | None) -> list[Cell]:
    """Return the cells to run, all or those asked for."""
    names = {f"{cell.features}:{cell.model}": cell for cell in report.cells}
    if only is None:
        return list(names.values())
    if unknown := [name for name in only if name not in names]:
        raise _CannotRun(f"no such cell: {', '.join(unknown)}; the report has {', '.join(names)}")
    return [names[name] for name in dict.fromkeys(only)]


def _check_own(
    report: Report,
    cells: list[Cell],
    spec: Comparison,
    extractors: Mapping[str, Any],
    classifiers: Mapping[str, Any],
) -> None:
    """Raise unless every cell's extractor and classifier is at hand."""
    rows, columns = {*spec.rows, *extractors}, {*spec.columns, *classifiers}
    own_rows, own_columns = own_names(report)
    lost = [
        f"{cell.features}:{cell.model}"
        for cell in cells
        if (cell.features not in rows and cell.features in own_rows)
        or (cell.model not in columns and cell.model in own_columns)
    ]
    if lost:
        raise _CannotRun(
            f"{', '.join(lost)}: made with code that the report does not hold; pass it in Python, "
            "reproduce(path, extractors={...}, classifiers={...}), or name other cells with --only"
        )


def _found(data: str | Path | Dataset | None, report_path: Path) -> str | Path | Dataset | None:
    """Return where images are that were named as seen from the report's folder, or above it."""
    if data is None or isinstance(data, Dataset) or data in NAMED_DATASETS:
        return data
    here = expanded(data)
    if here.exists() or here.is_absolute() or not here.name:
        return data
    home = Path(os.path.realpath(report_path)).parent
    places = [folder / here for folder in (home, *home.parents)]
    return next(
        (
            place
            for place in places
            if place.exists()
            and Path(os.path.realpath(place)) != home
            and not (place / "report.json").exists()
        ),
        data,
    )


def _dataset(report: Report, spec: Comparison, data: str | Path | Dataset | None) -> Dataset:
    """Return the report's data; raise if they are not here or not the same."""
    known = NAMED_DATASETS.get(spec.data)
    if data is None and not (known and known.reproducible):
        raise _CannotRun(
            f"the report names its data only as {spec.data!r}: say where they are with --data"
        )
    source = spec.data if data is None else data
    how = spec.how_to_load()
    if source != spec.data:  # what was generated may have been kept as files
        how |= {"n_train": None, "n_test": None}
    dataset = (
        source
        if isinstance(source, Dataset)
        else load_dataset(
            source,
            **how,
            cache=False,
            # What they are called elsewhere is the report's own affair.
            name=None if data is None else report.dataset.name,
        )
    )
    dataset = images_of(spec, dataset)
    if dataset.sha256 != report.dataset.sha256:
        given = source.name if isinstance(source, Dataset) else source
        raise _CannotRun(
            f"{given}: other data: sha256 {dataset.sha256}, in the report {report.dataset.sha256}"
        )
    return dataset
