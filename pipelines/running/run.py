"""The run of a comparison: parse, then plan, then run; every cell on its own, none in vain."""

from __future__ import annotations

import time
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from data import Dataset, load_dataset
from data.errors import as_one_line
from pipelines.comparison.plan import Plan, is_random, make_plan, seeded
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError
from pipelines.keeping.cache import RunCache
from pipelines.record.report import CellName, FeatureCost, Report
from pipelines.running.environment import environment, pinned_threads
from pipelines.running.matrices import Extraction, extract, side_by_side
from pipelines.running.progress import Listener, Step
from pipelines.running.results import Results
from pipelines.running.tasks import run_cell


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
    listener: Listener | None = None,
) -> Report:
    """Run a comparison and return its report.

    Each extractor is fitted, without labels, and run once for a seed however many rows and columns
    use it. Each classifier chooses on a stratified tenth of the training images, then is fitted
    again on all of them. A cell that fails is reported as failed, and the others finish.

    Parameters
    ----------
    spec
        What is compared with what.
    out
        Folder for the report and the predictions, written anew as cells finish; None: no files.
    extractors, classifiers
        More rows and columns: name → any scikit-learn transformer of images, or classifier. They
        are cloned; a `random_state` in them follows the seeds.
    dataset
        The images, instead of those that the spec names.
    only
        Run these cells (features, model); the others stay pending.
    cache
        Whether features and cells are kept for, and taken from, other runs.
    save_model
        Whether the pairing that is best on the validation part is written to `out`, for
        `preconv predict`.
    listener
        Hears what is going on.

    Raises
    ------
    SpecError, DataError
        If this comparison cannot be run at all.
    KeyboardInterrupt
        After the report of the cells so far is written.
    """
    plan = make_plan(spec, extractors, classifiers)
    cells = plan.cells if only is None else [cell for cell in plan.cells if cell in set(only)]
    folder = None if out is None else Path(out)
    if folder and folder.exists() and not folder.is_dir():
        raise SpecError(f"{folder}: cannot be the folder of the report: it is a file")
    if save_model and folder is None:
        raise SpecError("a model is saved beside the report: name a folder for both")
    named = {} if dataset is None else {"data": dataset.name}
    if dataset is None:
        dataset = load_dataset(
            spec.data, seed=spec.data_seed, image_size=spec.image_size, labels=spec.labels
        )
    if folder:
        _make(folder)
        _set_aside(folder / "model.skops", replaced=save_model)
    with pinned_threads():
        results = Results(
            title=spec.title or dataset.name,
            spec=spec.to_dict() | named | _own(extractors, classifiers),
            environment=environment(),
            plan=plan,
            dataset=dataset,
            folder=folder,
        )
        run = _Run(plan, cells, results, RunCache() if cache else None, listener or Listener())
        try:
            run.all()
        finally:
            run.listener.write("writing the report")
            report = results.write(last=True)
        if save_model and folder is not None and results.done:
            from pipelines.saved_model import save_best

            run.listener.write("saving the best pairing")
            save_best(folder / "model.skops", results, run.extraction)
    return report


class _Run:
    """The order of things: a row's features for a seed, then all that is fitted on them."""

    def __init__(
        self,
        plan: Plan,
        cells: list[CellName],
        results: Results,
        cache: RunCache | None,
        listener: Listener,
    ) -> None:
        self.plan, self.results, self.cache, self.listener = plan, results, cache, listener
        self.columns = {
            row: [model for features, model in cells if features == row]
            for row in plan.rows
            if any(features == row for features, _ in cells)
        }
        self._extractions: dict[tuple[str, int], Extraction] = {}
        self._failures: dict[tuple[str, int], str] = {}

    def all(self) -> None:
        """Run every cell."""
        self.listener.plan(self._steps())
        waiting = list(self.columns)
        while waiting:
            row = waiting.pop(0)
            for seed in self.plan.seeds:
                self._row(row, seed)
            needed = {part for later in waiting for part in self.plan.rows[later]}
            self._extractions = {
                key: each for key, each in self._extractions.items() if key[0] in needed
            }

    def extraction(self, part: str, seed: int) -> Extraction:
        """Return an extractor's features, made at most once for a seed; one seed if none counts."""
        template = self.plan.extractors[part]
        key = (part, seed if is_random(template) else self.plan.seeds[0])
        if key in self._failures:
            raise _PartFailed(self._failures[key])
        if key not in self._extractions:
            step = Step(part, "", key[1])
            self.listener.begin(step)
            started = time.perf_counter()
            try:
                made = extract(seeded(template, seed), self.results.dataset, cache=self.cache)
            except Exception as error:
                self._failures[key] = f"{part}: {as_one_line(error)}"
                self.listener.fail(step, as_one_line(error))
                raise _PartFailed(self._failures[key]) from error
            self._extractions[key] = made
            self.results.feature_costs.append(
                FeatureCost(
                    features=part,
                    seed=key[1],
                    fit_s=made.fit_s,
                    transform_train_s=made.transform_train_s,
                    transform_test_s=made.transform_test_s,
                    cached=made.cached,
                )
            )
            seconds = time.perf_counter() - started
            self.listener.end(step, seconds, kept=made.cached, note=f"{made.dim:,} values")
            self.results.see(part, made.extractor)
        return self._extractions[key]

    def _row(self, row: str, seed: int) -> None:
        models = [model for model in self.columns[row] if (row, model) not in self.results.errors]
        if not models:
            return
        try:
            features = side_by_side(
                [self.extraction(part, seed) for part in self.plan.rows[row]],
                self.plan.n_views[row],
            )
        except Exception as error:
            for model in models:
                self._failed(Step(row, model, seed), error)
            return
        for model in models:
            self._cell(Step(row, model, seed), features)

    def _cell(self, step: Step, features: Extraction) -> None:
        cell, dataset = (step.features, step.model), self.results.dataset
        self.listener.begin(step)
        started = time.perf_counter()
        try:
            outcome = run_cell(
                features,
                dataset.labels_train,
                dataset.n_classes,
                self.plan.candidates(cell, step.seed),
                step.seed,
                cache=self.cache,
            )
            self.results.add(cell, step.seed, outcome, features.dim)
        except Exception as error:
            self._failed(step, error)
            return
        accuracy = float((outcome.predicted == dataset.labels_test).mean())
        seconds = time.perf_counter() - started
        self.listener.end(step, seconds, kept=outcome.cached, note=f"{accuracy:.1%}")
        if cell in self.results.done:
            self.results.write()

    def _failed(self, step: Step, error: Exception) -> None:
        text = str(error) if isinstance(error, _PartFailed) else as_one_line(error)
        self.results.errors[step.features, step.model] = f"seed {step.seed}: {text}"
        self.listener.fail(step, text)
        self.results.write()

    def _steps(self) -> list[Step]:
        steps: dict[Step, None] = {}
        for row, models in self.columns.items():
            for seed in self.plan.seeds:
                for part in self.plan.rows[row]:
                    random = is_random(self.plan.extractors[part])
                    steps[Step(part, "", seed if random else self.plan.seeds[0])] = None
                steps |= dict.fromkeys(Step(row, model, seed) for model in models)
        return list(steps)


class _PartFailed(RuntimeError):
    """An extractor that a row needs has failed, which was said when it did."""


def _own(
    extractors: Mapping[str, Any] | None, classifiers: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return how a report names what the user brought and no spec can rebuild."""
    named = {
        what: {name: " ".join(repr(each).split())[:200] for name, each in given.items()}
        for what, given in (("features", extractors), ("models", classifiers))
        if given
    }
    return {"own": named} if named else {}


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpecError(f"{folder}: cannot be the folder of the report: {error}") from error


def _set_aside(model: Path, *, replaced: bool) -> None:
    """Let no model of an earlier comparison stand beside the report of this one."""
    try:
        if replaced:
            model.unlink(missing_ok=True)
        elif model.exists():
            old = model.with_stem(f"{model.stem}.old")
            model.replace(old)
            warnings.warn(
                f"{model} was of an earlier comparison: it is now {old.name}",
                RuntimeWarning,
                stacklevel=3,
            )
    except OSError as error:
        raise SpecError(
            f"{model}: of an earlier comparison, and cannot be moved: {error}"
        ) from None
