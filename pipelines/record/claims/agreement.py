"""What a report says of its cells, held against what was found when they were run again.

In the environment that the report records, everything must be the same. In another one, what
follows from the predictions must follow from them all the same, and the rest must lie within a
tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from pipelines.record.claims.consistency import close, short
from pipelines.record.claims.elsewhere import Elsewhere, both
from pipelines.record.claims.one_way import UNLIKELY, chance
from pipelines.record.claims.tolerance import of_sum
from pipelines.record.report import Cell, CellName, Metrics


@dataclass(frozen=True)
class Agreement:
    """How a cell of a report agrees with what was found now.

    Parameters
    ----------
    name
        The cell.
    differences
        How the two differ, more than may be; empty if they agree.
    same
        Whether they are the same bit for bit, probabilities and learning curves included.
    same_predictions
        Whether at least the predictions are.
    ahead
        By how much the accuracy is higher in the report.
    allowed
        By how much it may be higher or lower.
    """

    name: CellName
    differences: tuple[str, ...] = ()
    same: bool = False
    same_predictions: bool = False
    ahead: float = 0.0
    allowed: float = 0.0


def agreement(cell: Cell, now: Cell, *, exactly: bool, seeded: bool, n_held_out: int) -> Agreement:
    """Return how a cell agrees with what was found now.

    Parameters
    ----------
    cell, now
        The cell in the report, and as it was found now.
    exactly
        Whether this is the environment of the report.
    seeded
        Whether its extractor or its classifier follows a seed.
    n_held_out
        How many training images are held out to choose by.
    """
    if cell.status != now.status:
        error = f" ({now.error})" if now.error else ""
        return Agreement(cell.name, (f"{cell.status} in the report, {now.status} now{error}",))
    if cell.status != "done":
        return Agreement(cell.name, same=True, same_predictions=True)
    same_predictions = cell.predictions_sha256 == now.predictions_sha256
    lies = cell_lies(cell, now, exactly=True)
    if exactly or (same_predictions and not lies):
        lines = lies if same_predictions else _other_counts(cell, now)
        same = not lines
        return Agreement(cell.name, tuple(lines), same=same, same_predictions=same_predictions)
    lines = cell_lies(cell, now, exactly=False) if same_predictions else []
    elsewhere = Elsewhere(cell, now, seeded=seeded, n_held_out=n_held_out)
    return Agreement(
        cell.name,
        (*lines, *elsewhere.differences()),
        same_predictions=same_predictions,
        ahead=(cell.accuracy or 0.0) - (now.accuracy or 0.0),
        allowed=elsewhere.of_accuracy,
    )


def drift(close_cells: Sequence[Agreement], alike: Sequence[Hashable]) -> list[str]:
    """Return whether all cells together lie further off, or more one way, than by chance.

    Parameters
    ----------
    close_cells
        The cells that agree within the tolerance.
    alike
        For each of them, with which others it moves together.
    """
    if not close_cells:
        return []
    n_cells = len(close_cells)
    ahead = sum(each.ahead for each in close_cells) / n_cells
    allowed = of_sum([each.allowed for each in close_cells], alike) / n_cells
    if abs(ahead) <= allowed:
        together: dict[Hashable, float] = {}
        for each, group in zip(close_cells, alike, strict=True):
            together[group] = together.get(group, 0.0) + each.ahead
        if (odds := chance([*together.values()])) >= UNLIKELY:
            return []
        return [
            f"the {n_cells} cells with other predictions are {100 * ahead:+.2f} points from what "
            f"was found now, on average, and nearly all of them one way: rounding does that in "
            f"{100 * odds:.2g} % of cases"
        ]
    return [
        f"the {n_cells} cells with other predictions are {100 * ahead:+.2f} points from what was "
        f"found now, on average; at most {100 * allowed:.2f} are rounding"
    ]


def cell_lies(cell: Cell, now: Cell, *, exactly: bool) -> list[str]:
    """Return what a cell claims that the same predictions do not bear out, one line each.

    With `exactly`, as in the environment of the report, its probabilities, its choices and its
    learning curves must be the same, too.
    """
    names = ["n_correct", "dim", "confusion"]
    if exactly:
        names += ["metrics", "chosen", "validation_accuracy", "learning_curves"]
    lines = [
        f"{name} {short(getattr(cell, name))} in the report, {short(getattr(now, name))} now"
        for name in names
        if getattr(cell, name) != getattr(now, name)
    ]
    claimed, true = _of_predictions(cell.metrics), _of_predictions(now.metrics)
    if not exactly and not (len(claimed) == len(true) and all(map(close, claimed, true))):
        lines.append("macro F1 and accuracies by class are not those of the predictions")
    return lines


def _of_predictions(metrics: Metrics | None) -> list[float]:
    """Return the figures that follow from predictions alone; NaN matches nothing."""
    if metrics is None:
        return [math.nan]
    return [metrics.macro_f1, *(-1.0 if a is None else a for a in metrics.per_class_accuracy)]


def _other_counts(cell: Cell, now: Cell) -> list[str]:
    """Return how a cell with other predictions differs where they had to be the same."""
    lines = [] if cell.dim == now.dim else [both("dim", cell.dim, now.dim)]
    for k, seed in enumerate(cell.seeds):
        then, here = cell.n_correct[k], now.n_correct[k]
        if then != here:
            lines.append(f"seed {seed}: {then} correct in the report, {here} now")
        elif cell.predictions_sha256[k] != now.predictions_sha256[k]:
            lines.append(f"seed {seed}: {then} correct as in the report, by other predictions")
    return lines
