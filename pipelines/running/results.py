"""What a run has found so far, as a report and as files; complete after every cell."""

from __future__ import annotations

import os
import secrets
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from data import Dataset
from pipelines.comparison.plan import Plan
from pipelines.record.report import (
    Cell,
    CellCost,
    CellName,
    DatasetSummary,
    FeatureCost,
    Measurements,
    PairedDifference,
    Report,
)
from pipelines.running.scores import score_cell
from pipelines.running.tasks import Outcome

if TYPE_CHECKING:
    from pipelines.reporting.examples import FeaturePicture

# Pictures may take this part of a run's time, so that a page is there early and costs little.
_RENDERING_PART = 0.05


@dataclass(eq=False)
class Results:
    """Cells as they finish, and the report of them.

    Parameters
    ----------
    title, spec, environment
        As the report holds them.
    folder
        Where the files go; None writes nothing.
    """

    title: str
    spec: Mapping[str, Any]
    environment: Mapping[str, Any]
    plan: Plan
    dataset: Dataset
    folder: Path | None
    outcomes: dict[CellName, list[Outcome]] = field(default_factory=dict)
    errors: dict[CellName, str] = field(default_factory=dict)
    done: dict[CellName, Cell] = field(default_factory=dict)
    feature_costs: list[FeatureCost] = field(default_factory=list)
    cell_costs: list[CellCost] = field(default_factory=list)
    feature_pictures: dict[str, list[FeaturePicture]] = field(default_factory=dict)
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _clock: float = field(default_factory=time.perf_counter)
    _rendered: tuple[float, float] = (0.0, 0.0)

    def add(self, cell: CellName, seed: int, outcome: Outcome, dim: int) -> None:
        """Take in what a cell said with one seed; after its last seed it is done."""
        features, model = cell
        self.outcomes.setdefault(cell, []).append(outcome)
        self.cell_costs.append(
            CellCost(
                features=features,
                model=model,
                seed=seed,
                choose_s=outcome.choose_s,
                fit_s=outcome.fit_s,
                predict_s=outcome.predict_s,
                cached=outcome.cached,
            )
        )
        if len(self.outcomes[cell]) == len(self.plan.seeds):
            self.done[cell] = score_cell(
                cell,
                self.plan.seeds,
                self.outcomes[cell],
                self.dataset.labels_test,
                self.dataset.n_classes,
                dim,
            )

    def see(self, features: str, extractor: Any) -> None:
        """Keep pictures of what a fitted extractor sees, for the pages, with its first seed."""
        if self.folder is None or features in self.feature_pictures:
            return
        from pipelines.reporting.pictures import sample_images
        from pipelines.reporting.seen import feature_pictures

        images = self.dataset.images_test[sample_images(self.dataset.labels_test)]
        try:
            self.feature_pictures[features] = feature_pictures(extractor, images)
        except Exception as error:
            warnings.warn(
                f"no pictures of {features}: {type(error).__name__}: {error}",
                RuntimeWarning,
                stacklevel=2,
            )

    def report(self, *, pairs: tuple[PairedDifference, ...] = ()) -> Report:
        """Return the report as it stands; cells that are missing are pending."""
        return Report(
            preconv=self.environment["preconv"],
            title=self.title,
            dataset=DatasetSummary(
                name=self.dataset.name,
                sha256=self.dataset.sha256,
                n_train=self.dataset.n_train,
                n_test=self.dataset.n_test,
                image_shape=self.dataset.image_shape,
                class_names=self.dataset.class_names,
            ),
            spec=dict(self.spec),
            environment=dict(self.environment),
            cells=tuple(self.done.get(cell) or self._unfinished(cell) for cell in self.plan.cells),
            pairs=pairs,
            measurements=Measurements(
                started=self._started.isoformat(timespec="seconds"),
                total_s=time.perf_counter() - self._clock,
                peak_memory_bytes=peak_memory_bytes(),
                features=tuple(self.feature_costs),
                cells=tuple(self.cell_costs),
            ),
        )

    def write(self, *, last: bool = False) -> Report:
        """Write the files and return the report; pages and pictures only now and then, and last."""
        if self.folder is None:
            return self.report(pairs=self._pairs() if last else ())
        ended, took = self._rendered
        began = time.perf_counter()
        render = last or took <= _RENDERING_PART * (began - ended)
        report = self.report(pairs=self._pairs() if render else ())
        _replace(self.folder / "report.json", report.to_json().encode())
        write_predictions(self.folder / "predictions.npz", self)
        if render:
            self._render(report, self.folder)
            self._rendered = (time.perf_counter(), time.perf_counter() - began)
        return report

    def _unfinished(self, cell: CellName) -> Cell:
        features, model = cell
        error = self.errors.get(cell)
        return Cell(
            features=features,
            model=model,
            status="failed" if error else "pending",
            seeds=self.plan.seeds,
            n_test=self.dataset.n_test,
            error=error,
        )

    def _pairs(self) -> tuple[PairedDifference, ...]:
        from pipelines.record.statistics import paired_differences

        if len(self.done) < 2:
            return ()
        return paired_differences(predicted(self), self.dataset.labels_test)

    def _render(self, report: Report, folder: Path) -> None:
        """Write the pages; a picture that fails must not cost a run its figures."""
        try:
            from pipelines.reporting import write_report
            from pipelines.reporting.examples import Examples

            first = {cell: self.outcomes[cell][0] for cell in self.done}
            examples = Examples(
                images=self.dataset.images_test,
                labels=self.dataset.labels_test,
                predictions={cell: each.predicted for cell, each in first.items()},
                confidences={
                    cell: _confidence(each)
                    for cell, each in first.items()
                    if each.has_probabilities
                },
                feature_pictures=self.feature_pictures,
            )
            write_report(report, folder, examples=examples)
        except Exception as error:
            warnings.warn(
                f"{folder}: no pages written: {type(error).__name__}: {error}",
                RuntimeWarning,
                stacklevel=3,
            )


def predicted(results: Results) -> dict[CellName, npt.NDArray[np.int64]]:
    """Return the predictions of the cells that are done, (n_seeds, n_test) each."""
    return {
        cell: np.stack([outcome.predicted for outcome in results.outcomes[cell]])
        for cell in results.done
    }


def write_predictions(path: Path, results: Results) -> None:
    """Write what every finished cell said about every test image.

    `labels` are the true ones; `features/model` is (n_seeds, n_test); `confidence/features/model`
    has the probabilities of those predictions, where there are any.
    """
    smallest = np.min_scalar_type(results.dataset.n_classes - 1)
    arrays = {"labels": results.dataset.labels_test.astype(smallest)}
    for (features, model), table in predicted(results).items():
        arrays[f"{features}/{model}"] = table.astype(smallest)
        outcomes = results.outcomes[features, model]
        if all(outcome.has_probabilities for outcome in outcomes):
            confidence = np.stack([_confidence(outcome) for outcome in outcomes])
            arrays[f"confidence/{features}/{model}"] = confidence.astype(np.float16)
    aside = _aside(path)
    try:
        with aside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def peak_memory_bytes() -> int:
    """Return the most memory that this process ever held, the mapped files that it read included.

    0 where the system does not say.
    """
    try:
        # On Linux `getrusage` would begin with the peak of the process that started this one.
        status = Path("/proc/self/status").read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _confidence(outcome: Outcome) -> npt.NDArray[np.float32]:
    """Return the probability of each prediction."""
    assert outcome.scores is not None
    return outcome.scores[np.arange(len(outcome.predicted)), outcome.predicted]


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that readers find the old one or the new one, whole."""
    aside = _aside(path)
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
