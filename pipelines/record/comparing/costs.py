"""What the cells of a report cost in time, and which of them are worth their cost."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

from pipelines.record.comparing.order import for_order
from pipelines.record.report import CellCost, CellName, Report

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Cost:
    """The seconds that one cell takes with one seed: means over the seeds."""

    extract_s: float
    choose_s: float
    fit_s: float
    predict_s: float

    @property
    def total_s(self) -> float:
        """Return all seconds together, those of the features included."""
        return self.extract_s + self.choose_s + self.fit_s + self.predict_s


def costs(report: Report) -> dict[CellName, Cost]:
    """Return the seconds of each cell whose features and model were both timed.

    A union that was not timed as one costs what its parts cost together.
    """
    measured = report.measurements
    runs: dict[str, list[float]] = {}
    for r in measured.features:
        taken_s = r.fit_s + r.transform_train_s + r.transform_test_s
        runs.setdefault(r.features, []).append(taken_s)
    extract = {name: fmean(of_name) for name, of_name in runs.items()}
    for name, parts in _unions(report.spec).items():
        if name not in extract and all(part in extract for part in parts):
            extract[name] = sum(extract[part] for part in parts)
    fits: dict[CellName, list[CellCost]] = {}
    for cost in measured.cells:
        fits.setdefault((cost.features, cost.model), []).append(cost)
    return {
        cell: Cost(
            extract_s=extract[cell[0]],
            choose_s=fmean(fit.choose_s for fit in of_cell),
            fit_s=fmean(fit.fit_s for fit in of_cell),
            predict_s=fmean(fit.predict_s for fit in of_cell),
        )
        for cell, of_cell in fits.items()
        if cell[0] in extract
    }


def pareto_front(points: Mapping[Name, tuple[float, float]]) -> list[Name]:
    """Return the names of what no other beats in both cost and accuracy, the cheapest first.

    Parameters
    ----------
    points
        Name, as that of a cell → (cost, accuracy). A lower cost and a higher accuracy are better.
        Accuracies are compared as `for_order` has them.

    Examples
    --------
    >>> pareto_front({("a", "m"): (1, 0.5), ("b", "m"): (2, 0.4), ("c", "m"): (3, 0.6)})
    [('a', 'm'), ('c', 'm')]
    """
    front: list[Name] = []
    right = {name: for_order(accuracy) for name, (_, accuracy) in points.items()}
    for name in sorted(points, key=lambda name: (points[name][0], -right[name])):
        if not front or right[name] > right[front[-1]]:
            front.append(name)
    return front


def _unions(spec: Mapping[str, object]) -> dict[str, list[str]]:
    """Return union → parts, for each entry of a spec that is a union."""
    features = spec.get("features")
    if not isinstance(features, Mapping):
        return {}
    return {
        name: [str(part) for part in options["union"]]
        for name, options in features.items()
        if isinstance(options, Mapping) and isinstance(options.get("union"), list)
    }
