"""A comparison from start to end: the run, the record of it, and the pages."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from data import NAMED_DATASETS, Dataset, DataWarning, load_dataset
from data.keeping.cache import RunCache
from data.system.paths import expanded
from pipelines.comparison.plan import Plan, make_plan
from pipelines.comparison.resampled import images_of, split_of
from pipelines.comparison.spec import Comparison
from pipelines.errors import MemoryShortError, SpecError
from pipelines.keeping.identity import own_code
from pipelines.listeners import usual_listener
from pipelines.record.folder.earlier_models import MODEL, MODELS
from pipelines.record.folder.report_file import check_room
from pipelines.record.report import CellName, PairsStatistic
from pipelines.record.report import Report as Record
from pipelines.record.significance.statistics import STATISTIC
from pipelines.report_files import report_files
from pipelines.reporting.shown.report import Report
from pipelines.running.environment import environment, pinned_threads
from pipelines.running.executors import Executor, given_engine, tasks_at_once
from pipelines.running.matrices import Workspace
from pipelines.running.progress import Listener
from pipelines.running.resources.memory import (
    error_text,
    hold_buffers,
    is_memory_short,
    watched_memory,
)
from pipelines.running.results import Results
from pipelines.running.run import run, run_resamples
from pipelines.running.units import Wishes

_CALLER = 4
"""How far the caller of `compare` is above what warns for it."""


@watched_memory()
def compare(
    spec: Comparison,
    *,
    out: str | Path | None = None,
    extractors: Mapping[str, Any] | None = None,
    classifiers: Mapping[str, Any] | None = None,
    dataset: Dataset | None = None,
    only: Collection[CellName] | None = None,
    cache: bool = True,
    save_model: bool = False,
    save_all_models: bool = False,
    listener: Listener | None = None,
    executor: Executor | None = None,
    client: Any = None,
    validated: bool = False,
    overwrite: bool = False,
    pairs_statistic: PairsStatistic = STATISTIC,
) -> Report:
    """Run a comparison and return its report.

    Each extractor is fitted, without labels, and run once for a seed, however many rows and
    columns use it. A classifier with something to choose chooses it on a stratified tenth of the
    training images and is fitted again on all of them; the others are fitted once. If the images
    come with a validation part, it is the part to choose by instead of that tenth, and the last fit
    is on both. With `resamples` or `folds` in the spec, all of this is done anew for each split of
    the images. A cell that fails is reported as failed, and the others finish.

    Parameters
    ----------
    spec : Comparison
        What is compared with what.
    out : str or Path, optional
        Folder for the report and the predictions, written anew as cells finish; "~" is the home
        folder. Default: no files.
    extractors, classifiers : mapping of str to estimator, optional
        More rows and columns: any scikit-learn transformer of images, or classifier. They are
        cloned; a `random_state` in them follows the seeds.
    dataset : Dataset, optional
        The images, instead of those that the spec names, as they are when the run begins. They
        are copied if their arrays can be written to. The report bears their name; a title of the
        spec heads it only if the spec names no data, or data of that name.
    only : collection of (str, str), optional
        Run these cells (features, model); the others stay pending. Default: all.
    cache : bool, default True
        Whether features and cells are kept for, and taken from, other runs.
    save_model : bool, default False
        Whether the pairing that is best on the validation part is written to `out`, for
        `preconv predict`.
    save_all_models : bool, default False
        Whether every pairing that can be kept, as it was fitted with the first seed, is written
        into the folder `models` in `out`. A warning says which cannot be, and why.
    listener : Listener, optional
        Hears what is going on.
    executor : Executor, optional
        Runs the tasks. Default: the process that calls this function runs them.
    client : distributed.Client, optional
        Runs the tasks on the workers of its Dask cluster, which need not share a disk with this
        process. It stays open. Instead of an executor.
    validated : bool, default False
        Whether classifiers that have nothing to choose are measured on the held-out tenth, too.
        To choose the pairing to be saved this is done anyway.
    overwrite : bool, default False
        Whether what is in `out` may be replaced: a report of another spec or other images, or files
        of such names. A report of the same spec and images is always gone on with: it stays until
        this run has done what that one has.
    pairs_statistic : {"max-t", "mcnemar-holm"}, default "max-t"
        How pairs of cells are compared; the second is what earlier reports hold. Over resamples it
        is the corrected resampled t, with "corrected-max-t" as earlier reports have it.

    Returns
    -------
    Report
        What was found: each cell, every two finished cells against each other, and the costs.

    Raises
    ------
    SpecError, DataError
        If this comparison cannot be run at all, or `out` holds something else, cannot be written to
        or is written to by another run.
    WorkersError
        If the client's workers cannot run it.
    KeyboardInterrupt, OSError
        After the report of the cells so far is written, as far as the disk lets it be. A note of
        the error says what is kept.

    Examples
    --------
    >>> spec = Comparison.from_options(features=["color"], models=["knn"], seeds=[0])
    >>> report = compare(spec)
    >>> [(cell.features, cell.model, cell.n_test) for cell in report.cells]
    [('color', 'knn', 1000)]
    """
    plan = make_plan(spec, extractors, classifiers)
    cells = plan.cells if only is None else _only(plan, only)
    folder = None if out is None else checked_folder(out)
    if (save_model or save_all_models) and folder is None:
        raise SpecError("a model is saved beside the report: name a folder for both")
    kept = RunCache() if cache else None
    if kept is not None:
        kept.sweep()
    recorded = spec.to_dict()
    source = None
    if dataset is None:
        source = None if folder is None else _seen_from(folder, spec.data)
        dataset = load_dataset(spec.data, **spec.how_to_load(), cache=cache)
    else:
        recorded = _of_given(dataset, spec)
    dataset = images_of(spec, dataset)
    first_split, resamples = split_of(spec, dataset)
    _warn_of_duplicates(first_split)
    plan = plan.for_classes(dataset.class_names)
    if folder is not None:
        check_room(len(cells), dataset.n_classes, len(plan.seeds))
    recorded |= _own(extractors, classifiers)
    # It loads both of our classifiers, so it is imported where a comparison runs.
    from pipelines.forecasting.needs import check_needs, is_large, needs_of, row_shapes

    if is_large(first_split):
        shapes, n_at_once = row_shapes(plan, first_split), tasks_at_once(executor, client)
        check_needs(needs_of(plan, cells, first_split, shapes, n_at_once, kept), kept)
        hold_buffers()
    listener = listener or usual_listener()
    wishes = Wishes.of(len(cells), validated=validated, best=save_model, every=save_all_models)
    with (
        report_files(
            folder,
            recorded,
            dataset,
            overwrite=overwrite,
            best=save_model,
            every=save_all_models,
            source=source,
            cells=cells,
        ) as files,
        pinned_threads(),
        Workspace() as workspace,
        given_engine(executor, client) as engine,
    ):
        results = Results(
            title=recorded.get("title") or dataset.name,
            spec=recorded,
            environment=environment() | own_code(plan.estimators()),
            plan=plan,
            dataset=first_split,
            pairs_statistic=pairs_statistic,
            resamples=resamples,
        )
        wanted = partial(
            partial(run_resamples, resamples=resamples)
            if resamples
            else partial(run, dataset=dataset),
            executor=engine,
            workspace=workspace,
            cache=kept,
        )
        try:
            for finding in wanted(plan, cells, listener=listener, wishes=wishes):
                results.add(finding)
                if files:
                    files.follow(finding, results)
            listener.write("writing the report")
            report = files.write(results, last=True) if files else _whole_report(results)
            if (save_model or save_all_models) and files and results.done:
                from pipelines.saved_model import best_on_validation

                best = best_on_validation(results) if save_model else None
                first, again = replace(plan, seeds=plan.seeds[:1]), replace(wishes, again=True)
                tried: set[CellName] = set()
                # Without a folder to write a model into, to fit again would give none either.
                while workspace.folder:
                    wished = [cell for cell in results.done if save_all_models or cell == best]
                    missing = [c for c in _without_model(wished, results) if c not in tried]
                    if not missing:
                        break
                    tried.update(missing)
                    listener.write("fitting again what the cache has without its model")
                    for finding in wanted(first, missing, listener=listener, wishes=again):
                        results.add(finding)
                    # One that cannot be kept is known as such now.
                    best = best_on_validation(results) if save_model else None
                with files.models.replacing():
                    _save(best, results, files.folder, save_all_models, listener)
        except BaseException as error:
            if files:
                listener.write("writing the report")
                files.save_what_there_is(error, results, cells, cached=cache)
            if is_memory_short(error):
                raise _short(error) from error
            raise
    return Report.of(report, folder and folder / "report.json")


def _only(plan: Plan, only: Collection[CellName]) -> list[CellName]:
    """Return the cells of a plan that are asked for; raise SpecError for one that it has not."""
    asked = set(only)
    if unknown := asked - set(plan.cells):
        raise SpecError(
            f"only: {min(unknown, key=str)!r} is no cell of this comparison; its cells are pairs "
            f"(features, model), as {plan.cells[0]!r}"
        )
    return [cell for cell in plan.cells if cell in asked]


def checked_folder(out: str | Path) -> Path:
    """Return the folder of a report, "~" as the home folder; raise SpecError if it is a file."""
    folder = expanded(out)
    if folder.exists() and not folder.is_dir():
        raise SpecError(f"{folder}: cannot be the folder of the report: it is a file")
    return folder


def _short(error: BaseException) -> MemoryShortError:
    """Return the error of a run that had too little memory, with the notes of what is kept."""
    short = MemoryShortError(error_text(error))
    for note in getattr(error, "__notes__", ()):
        short.add_note(note)
    return short


def _without_model(cells: Iterable[CellName], results: Results) -> list[CellName]:
    """Return the cells whose classifier the cache had no file of, for the features chosen."""
    outcomes = {cell: results.first_outcome(cell) for cell in cells}
    return [cell for cell, each in outcomes.items() if each.model is None and not each.model_error]


def _save(
    best: CellName | None, results: Results, folder: Path, every: bool, listener: Listener
) -> None:
    """Write the best pairing, all of them, or both."""
    from pipelines.saved_model import save_all_models, save_model_of

    if every:
        listener.write("saving every pairing")
        for reason in save_all_models(results, folder / MODELS).values():
            warnings.warn(reason, RuntimeWarning, stacklevel=_CALLER)
    if best is not None:
        listener.write("saving the best pairing")
        save_model_of(best, results, folder / MODEL)


def _warn_of_duplicates(dataset: Dataset) -> None:
    """Say once that test images were seen in training, before anything is measured on them."""
    found = dataset.duplicates
    parts = {"training": found.n_test_in_train, "validation": found.n_test_in_validation}
    for part, n in parts.items():
        if n:
            warnings.warn(
                f"{dataset.name}: {n} of {dataset.n_test} test images are also in the {part} part, "
                "alike in every pixel: accuracy on new images may be lower; leave each image in "
                "one part",
                DataWarning,
                stacklevel=_CALLER,
            )


def _whole_report(results: Results) -> Record:
    return results.report(pairs=results.pairs())


def _own(
    extractors: Mapping[str, Any] | None, classifiers: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return what a report says of the user's own extractors and classifiers."""
    named = {
        what: {name: " ".join(repr(each).split())[:200] for name, each in given.items()}
        for what, given in (("features", extractors), ("models", classifiers))
        if given
    }
    return {"own": named} if named else {}


def _seen_from(folder: Path, data: str) -> str:
    """Return what the user gave; a path that could not be found from the report's folder, whole.

    `reproduce` looks for a relative path here, in the folder of the report and above it.
    """
    if data in NAMED_DATASETS or Path(os.path.realpath(folder)).is_relative_to(Path.cwd()):
        return data
    path = expanded(data)
    return data if path.is_absolute() else os.path.realpath(path)


def _of_given(dataset: Dataset, spec: Comparison) -> dict[str, Any]:
    """Return the spec as a report of given images holds it: what it says of other data is left out.

    A title belongs to the data that its spec names.
    """
    recorded = spec.to_dict()
    if "data" in spec.model_fields_set and recorded["data"] != dataset.name:
        recorded.pop("title", None)
    return recorded | {"data": dataset.name}
