"""The findings of a run so far, their scores, and the report, which can be had at any time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from data import Dataset
from data.resampling import Resamples
from data.system.memory import limit_of_process
from pipelines.comparison.plan import Plan
from pipelines.record.outcome import Outcome
from pipelines.record.report import (
    Cell,
    CellCost,
    CellName,
    DatasetSummary,
    FeatureCost,
    LeftOut,
    Measurements,
    PairedDifference,
    PairsStatistic,
    Report,
)
from pipelines.record.significance.resampled_statistic import EARLIER, RESAMPLED, differences_by
from pipelines.record.significance.statistics import STATISTIC
from pipelines.running.cells.scores import score_cell
from pipelines.running.extraction import Extraction
from pipelines.running.progress import Step
from pipelines.running.resources.memory import error_text, peak_anonymous_bytes, peak_memory_bytes

_MOST_NAMED = 5
_MOST_CHARACTERS = 200


@dataclass(frozen=True, eq=False)
class Extracted:
    """The features of an extractor are ready."""

    step: Step
    extraction: Extraction


@dataclass(frozen=True, eq=False)
class CellRan:
    """A cell has predicted the test images, with one seed."""

    step: Step
    outcome: Outcome
    dim: int


@dataclass(frozen=True)
class CellFailed:
    """A cell has failed with one seed; `error` says why, on one line."""

    step: Step
    error: str


Finding = Extracted | CellRan | CellFailed


@dataclass(eq=False)
class Results:
    """The findings of a run, collected one by one, and the report of them.

    Parameters
    ----------
    title, spec, environment
        As the report holds them.
    plan : Plan
    dataset : Dataset
        Of resamples the first one.
    pairs_statistic
        By which the cells are held against each other.
    resamples : Resamples or None
        What the images were drawn from, a resample for each seed, if they were.
    """

    title: str
    spec: Mapping[str, Any]
    environment: Mapping[str, Any]
    plan: Plan
    dataset: Dataset
    pairs_statistic: PairsStatistic = STATISTIC
    resamples: Resamples | None = None
    outcomes: dict[CellName, dict[int, Outcome]] = field(default_factory=dict)
    errors: dict[CellName, dict[int, str]] = field(default_factory=dict)
    done: dict[CellName, Cell] = field(default_factory=dict)
    extractors: dict[tuple[str, int], Any] = field(default_factory=dict)
    dims: dict[CellName, int] = field(default_factory=dict)
    feature_costs: list[FeatureCost] = field(default_factory=list)
    cell_costs: list[CellCost] = field(default_factory=list)
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _clock: float = field(default_factory=time.perf_counter)

    @cached_property
    def labels_test(self) -> npt.NDArray[np.int64]:
        """The true labels, (n_test,), or (n_resamples, n_test)."""
        if self.resamples is None:
            return self.dataset.labels_test
        return self.resamples.labels_test

    def add(self, finding: Finding) -> None:
        """Add a finding. A cell is scored after its last seed, and is done or has failed then."""
        if isinstance(finding, Extracted):
            self._add_extraction(finding.step, finding.extraction)
        elif isinstance(finding, CellRan):
            self._add_outcome(finding.step, finding.outcome, finding.dim)
        else:
            name = finding.step.features, finding.step.model
            self.errors.setdefault(name, {})[finding.step.seed] = finding.error

    def first_outcome(self, cell: CellName) -> Outcome:
        """Return the outcome of a finished cell with the first seed."""
        return self.outcomes[cell][self.plan.seeds[0]]

    def parts_of(self, cell: CellName) -> tuple[str, ...]:
        """Return the extractors of a finished cell, as they were chosen with the first seed."""
        return self.first_outcome(cell).parts or self.plan.rows[cell[0]]

    def predicted(self) -> dict[CellName, npt.NDArray[np.int64]]:
        """Return the predictions of the cells that are done, (n_seeds, n_test) each."""
        return {
            cell: np.stack([outcome.predicted for outcome in self._of_all_seeds(cell)])
            for cell in self._done_in_order()
        }

    def confidences(self) -> dict[CellName, npt.NDArray[np.float32]]:
        """Return the probability of each prediction, where there are any, (n_seeds, n_test)."""
        return {
            cell: np.stack([outcome.confidence for outcome in self._of_all_seeds(cell)])
            for cell in self._done_in_order()
            if all(outcome.has_probabilities for outcome in self._of_all_seeds(cell))
        }

    def pairs(self) -> tuple[PairedDifference, ...]:
        """Return how far apart the cells that are done are, every pair of them."""
        if len(self.done) < 2:
            return ()
        return differences_by(self._statistic, self.predicted(), self.labels_test, self._n_learned)

    def report(self, *, pairs: tuple[PairedDifference, ...] = ()) -> Report:
        """Return the report as it stands; cells that are missing are pending."""
        duplicates = self.dataset.duplicates
        found = Report(
            preconv=self.environment["preconv"],
            title=self.title,
            dataset=DatasetSummary(
                name=self.dataset.name,
                sha256=(self.resamples.dataset if self.resamples else self.dataset).sha256,
                n_train=self.dataset.n_train,
                n_test=self.dataset.n_test,
                image_shape=self.dataset.image_shape,
                class_names=self.dataset.class_names,
                n_validation=self.dataset.n_validation or None,
                n_test_in_train=duplicates.n_test_in_train or None,
                n_test_in_validation=duplicates.n_test_in_validation or None,
                passed_over=_left_out(self.dataset),
            ),
            spec=dict(self.spec),
            environment=dict(self.environment),
            cells=tuple(self.done.get(cell) or self._unfinished(cell) for cell in self.plan.cells),
            pairs_statistic=self._statistic,
            pairs=pairs,
            measurements=Measurements(
                started=self._started.isoformat(timespec="seconds"),
                total_s=time.perf_counter() - self._clock,
                peak_memory_bytes=peak_memory_bytes(),
                peak_anonymous_bytes=peak_anonymous_bytes() or None,
                memory_limit_bytes=limit_of_process(),
                features=tuple(sorted(self.feature_costs, key=self._place_of_features)),
                cells=tuple(sorted(self.cell_costs, key=self._place_of_cell)),
            ),
        )
        return found.with_results_digest()

    def _place_of_features(self, cost: FeatureCost) -> tuple[int, int]:
        """Return where a cost stands in the order of the plan, whatever ended first."""
        parts = [part for parts in self.plan.rows.values() for part in parts]
        place = parts.index(cost.features) if cost.features in parts else len(parts)
        return place, self.plan.seeds.index(cost.seed)

    def _place_of_cell(self, cost: CellCost) -> tuple[int, int, int]:
        """Return where a cost stands in the order of the plan: row by row, seed by seed."""
        row = [*self.plan.rows].index(cost.features)
        name = cost.features, cost.model
        return row, self.plan.seeds.index(cost.seed), self.plan.cells.index(name)

    def _add_extraction(self, step: Step, made: Extraction) -> None:
        self.extractors[step.features, step.seed] = made.extractor
        part = self.plan.part_of(step.features)
        cost = FeatureCost(
            features=part,
            seed=step.seed,
            fit_s=made.fit_s,
            transform_train_s=made.transform_train_s,
            transform_test_s=made.transform_test_s,
            cached=made.cached,
        )
        # Of an extractor that has variants, all count: they were needed to choose among them.
        for place, other in enumerate(self.feature_costs):
            if part != step.features and (other.features, other.seed) == (part, step.seed):
                self.feature_costs[place] = _together(other, cost)
                return
        self.feature_costs.append(cost)

    def _add_outcome(self, step: Step, outcome: Outcome, dim: int) -> None:
        cell = step.features, step.model
        self.outcomes.setdefault(cell, {})[step.seed] = outcome
        # Features that were chosen can be more with another seed; those of the first are shown.
        if step.seed == self.plan.seeds[0]:
            self.dims[cell] = dim
        self.cell_costs.append(
            CellCost(
                features=step.features,
                model=step.model,
                seed=step.seed,
                choose_s=outcome.choose_s,
                fit_s=outcome.fit_s,
                predict_s=outcome.predict_s,
                cached=outcome.cached,
                kernels=outcome.kernels or None,
            )
        )
        if len(self.outcomes[cell]) == len(self.plan.seeds):
            self._score(cell, step.seed)

    def _score(self, cell: CellName, seed: int) -> None:
        """Score a cell that has run with all seeds; if that fails, this cell alone has failed."""
        try:
            self.done[cell] = score_cell(
                cell,
                self.plan.seeds,
                self._of_all_seeds(cell),
                self.labels_test,
                self.dataset.n_classes,
                self.dims[cell],
                n_learned=self._n_learned if self.resamples else None,
            )
        except Exception as error:
            self.errors.setdefault(cell, {})[seed] = f"cannot be scored: {error_text(error)}"

    @property
    def _statistic(self) -> PairsStatistic:
        if not self.resamples:
            return self.pairs_statistic
        return EARLIER if self.pairs_statistic == EARLIER else RESAMPLED

    @property
    def _n_learned(self) -> int:
        return self.dataset.n_train + self.dataset.n_validation

    def _of_all_seeds(self, cell: CellName) -> list[Outcome]:
        return [self.outcomes[cell][seed] for seed in self.plan.seeds]

    def _done_in_order(self) -> list[CellName]:
        """Return the cells that are done, in the order of the plan, not of their ends."""
        return [cell for cell in self.plan.cells if cell in self.done]

    def _unfinished(self, cell: CellName) -> Cell:
        features, model = cell
        failed = self.errors.get(cell, {})
        first = next((seed for seed in self.plan.seeds if seed in failed), None)
        error = None if first is None else f"seed {first}: {failed[first]}"
        return Cell(
            features=features,
            model=model,
            status="failed" if error else "pending",
            seeds=self.plan.seeds,
            n_test=self.dataset.n_test,
            error=error,
        )


def _together(one: FeatureCost, other: FeatureCost) -> FeatureCost:
    return FeatureCost(
        features=one.features,
        seed=one.seed,
        fit_s=one.fit_s + other.fit_s,
        transform_train_s=one.transform_train_s + other.transform_train_s,
        transform_test_s=one.transform_test_s + other.transform_test_s,
        cached=one.cached and other.cached,
    )


def _left_out(dataset: Dataset) -> tuple[LeftOut, ...] | None:
    """Return what the source held besides the images, as a report has it."""
    return (
        tuple(
            LeftOut(
                kind=each.kind,
                n=each.n,
                names=tuple(name[:_MOST_CHARACTERS] for name in each.names[:_MOST_NAMED]),
            )
            for each in dataset.passed_over
        )
        or None
    )
