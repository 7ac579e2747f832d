"""The steps of a run, in their order, and the features that each of them needs."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.comparison.plan import Plan, is_random
from pipelines.record.report import CellName
from pipelines.running.progress import Step

Key = tuple[str, int]
"""Features: what makes them, and the seed that they depend on."""


def all_steps(plan: Plan, cells: Sequence[CellName]) -> list[Step]:
    """Return all that is done, in its order: features, and cells with each seed."""
    steps: dict[Step, None] = {}
    for step in cell_steps(plan, cells):
        for _, parts in plan.sides(step.features):
            for part in parts:
                steps[Step(part, "", key_of_part(plan, part, step.seed)[1])] = None
        steps[step] = None
    return list(steps)


def cell_steps(plan: Plan, cells: Sequence[CellName]) -> list[Step]:
    """Return one step a cell and seed: row by row, seed by seed."""
    return [
        Step(row, model, seed)
        for row in dict.fromkeys(features for features, _ in cells)
        for seed in plan.seeds
        for features, model in cells
        if features == row
    ]


def needed(plan: Plan, step: Step) -> list[Key]:
    """Return the keys of the matrices that a cell needs, also of the parts of a union."""
    found: dict[Key, None] = {}
    for _, parts in plan.sides(step.features):
        if len(parts) > 1:
            found[key_of_row(plan, step.features, parts, step.seed)] = None
        found |= dict.fromkeys(key_of_part(plan, part, step.seed) for part in parts)
    return [*found]


def key_of_part(plan: Plan, part: str, seed: int) -> Key:
    """Return the key of an extractor's features: its name, and the seed that they depend on."""
    return part, seed if is_random(plan.extractors[part]) else plan.seeds[0]


def key_of_row(plan: Plan, row: str, parts: Sequence[str], seed: int) -> Key:
    """Return the key of several extractors' features side by side."""
    of_parts = {key_of_part(plan, part, seed)[1] for part in parts}
    return f"{row}: {' + '.join(parts)}", seed if seed in of_parts else plan.seeds[0]
