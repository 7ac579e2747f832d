"""What is found so far on resamples, cut to those that are over: a report of fewer of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pipelines.record.report import CellName
from pipelines.running.progress import Step
from pipelines.running.results import CellRan, Results

T = TypeVar("T")
Found = dict[CellName, dict[int, T]]


def of_finished_resamples(
    results: Results, cells: Collection[CellName] | None = None
) -> Results | None:
    """Return the results of the first resamples, those on which every cell has run.

    A resample does not depend on how many follow. So what comes out is what a spec with fewer
    resamples, or with fewer repeats of its folds, gives. None if fewer than two are over, or not
    all folds. Of a run of some cells only these are waited for.
    """
    resamples = results.resamples
    if resamples is None:
        return None
    cells = results.plan.cells if cells is None else cells
    running = [results.outcomes.get(cell, {}) for cell in cells if cell not in results.errors]
    seeds = results.plan.seeds
    missing = (k for k, seed in enumerate(seeds) if any(seed not in each for each in running))
    n = next(missing, len(seeds))
    if resamples.folds is None:
        fewer: dict[str, Any] = {"n": n}
        spec = {"resamples": n}
    else:
        fewer = {"repeats": n // resamples.folds}
        spec, n = fewer, fewer["repeats"] * resamples.folds
    if not running or n < 2:
        return None
    first = frozenset(seeds[:n])
    part = replace(
        results,
        plan=replace(results.plan, seeds=seeds[:n]),
        resamples=replace(resamples, **fewer),
        spec={**results.spec, **spec},
        outcomes={},
        done={},
        errors=_of(first, results.errors),
        feature_costs=[cost for cost in results.feature_costs if cost.seed in first],
        cell_costs=[],
    )
    for cell, outcomes in _of(first, results.outcomes).items():
        # On workers a cell can run on a later resample before it fails on the first one.
        for seed, outcome in outcomes.items() if cell in results.dims else ():
            part.add(CellRan(Step(*cell, seed), outcome, results.dims[cell]))
    return part


def _of(seeds: Collection[int], found: Mapping[CellName, Mapping[int, T]]) -> Found[T]:
    """Return what was found with some seeds, where there is any."""
    kept = {
        cell: {seed: one for seed, one in each.items() if seed in seeds}
        for cell, each in found.items()
    }
    return {cell: each for cell, each in kept.items() if each}
