"""By how much each figure of a cell may differ in another environment."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipelines.record.claims.consistency import macro_f1, short
from pipelines.record.claims.tolerance import (
    SIGMAS,
    WANDERING,
    of_sum,
    spread,
    standard_error,
    tolerance,
)
from pipelines.record.report import Cell, Epoch

# Where so many wrong answers are all the same, the path was the same and only rounding differs: a
# quarter of the tolerance is left. Right answers are the same on other paths, too.
_MANY_WRONG = 30
_SAME_PATH = 0.25
_UNLIKELY = 0.001


class Elsewhere:
    """A cell of a report and the same cell as it was found now, in another environment.

    Parameters
    ----------
    cell, now
        The cell in the report, and now.
    seeded
        Whether its extractor or its classifier follows a seed.
    n_held_out
        How many training images are held out to choose by.

    Attributes
    ----------
    of_accuracy
        How far the accuracy may lie off.
    """

    def __init__(self, cell: Cell, now: Cell, *, seeded: bool, n_held_out: int) -> None:
        self.cell, self.now, self.seeded, self.n_held_out = cell, now, seeded, n_held_out
        self.n_seeds, self.n_test = len(cell.seeds), cell.n_test
        self.same_choice = [_choice(cell, k) == _choice(now, k) for k in range(self.n_seeds)]
        self.spread = spread(seeded=seeded, same_choice=all(self.same_choice))
        same = cell.predictions_sha256 == now.predictions_sha256
        n_wrong = self.n_seeds * self.n_test - sum(now.n_correct)
        self.part = _SAME_PATH if same and n_wrong >= _MANY_WRONG else 1.0
        self.of_runs = [
            0.0
            if cell.predictions_sha256[k] == now.predictions_sha256[k]
            else tolerance(
                now.n_correct[k], self.n_test, seeded=seeded, same_choice=self.same_choice[k]
            )
            for k in range(self.n_seeds)
        ]
        summed = of_sum(self.of_runs, now.predictions_sha256)
        self.of_accuracy = summed / (self.n_seeds * self.n_test)
        # Seeds with the same predictions are one run: as many independent runs has the mean.
        alike = [now.predictions_sha256.count(each) for each in now.predictions_sha256]
        self.n_runs = self.n_seeds**2 / sum(alike)

    def differences(self) -> list[str]:
        """Return how the two differ, more than may be."""
        return [
            *self.counts(),
            *self.confusion(),
            *self.metrics(),
            *self.chosen(),
            *self.curves(),
        ]

    def counts(self) -> list[str]:
        """Return which counts of correct answers, and which mean of them, lie too far off."""
        cell, now = self.cell, self.now
        lines = [] if cell.dim == now.dim else [both("dim", cell.dim, now.dim)]
        lines += [
            f"seed {seed}: {then} correct in the report, {here} now"
            for seed, then, here, allowed in zip(
                cell.seeds, cell.n_correct, now.n_correct, self.of_runs, strict=True
            )
            if abs(then - here) > allowed
        ]
        then, here = cell.accuracy or 0.0, now.accuracy or 0.0
        low, high = cell.ci95 or (0.0, 1.0)
        if abs(then - here) > self.of_accuracy + 1e-9:
            lines.append(
                f"accuracy {then:.4f} in the report, {here:.4f} now; within "
                f"{self.of_accuracy:.4f} it could be rounding"
            )
        elif not low - 1e-9 <= here <= high + 1e-9:
            lines.append(f"accuracy {here:.4f} now, not in the report's interval of it")
        return lines

    def confusion(self) -> list[str]:
        """Return whether classes are confused otherwise: as a whole, and in each entry."""
        from scipy.stats import chi2

        if self.cell.confusion is None or self.now.confusion is None:
            return []
        then, here = np.array(self.cell.confusion), np.array(self.now.confusion)
        if then.shape != here.shape:
            return [both("confusion", then.shape, here.shape)]
        total, apart = then + here, np.abs(then - here)
        weight = self.n_runs / self.n_seeds  # one image counts once for each run
        part = self.spread / WANDERING
        freedom = max(1, int((total > 0).sum()) - len(total))
        found = weight * float((apart**2 / np.maximum(total, 1)).sum())
        entry = np.maximum(3, 4 * part * np.sqrt(weight * total / 2 + 1))
        if found > max(8.0, part**2 * float(chi2.ppf(1 - _UNLIKELY, freedom))) or bool(
            (weight * apart > entry).any()
        ):
            return ["classes are confused with others than now"]
        return []

    def metrics(self) -> list[str]:
        """Return which figures beyond accuracy lie too far off."""
        then, here = self.cell.metrics, self.now.metrics
        if then is None or here is None:
            return []
        n = self.n_test
        scale = self.part * SIGMAS * self.spread / math.sqrt(self.n_runs)
        error = scale * standard_error(self.now.accuracy or 0.0, n)
        rooms = {
            "macro_f1": max(error, 2 / n),
            "top2": max(scale * standard_error(here.top2 or 0.0, n), self.part * 1 / n),
            "log_loss": math.inf,
            "calibration_error": math.inf,
        }
        if all(self.same_choice):  # the same classifier: its probabilities are comparable
            rooms["log_loss"] = scale * (here.log_loss or 0.0) / math.sqrt(n) + 1e-6
            rooms["calibration_error"] = max(error, self.part * 1 / n)
        lines = [
            both(name, _shown(claimed), _shown(true))
            for name, room in rooms.items()
            if not _within(claimed := getattr(then, name), true := getattr(here, name), room)
        ]
        if abs(_gap(self.cell) - _gap(self.now)) > _most_of_gap(self.cell) + abs(_gap(self.now)):
            lines.append(f"macro_f1 is {_shown(then.macro_f1)}, which its confusion does not bear")
        allowed_by = bounds(self.now)
        return lines + [line for line in bounds(self.cell) if not allowed_by]

    def chosen(self) -> list[str]:
        """Return whether what was measured on the held-out images lies too far off."""
        cell, now = self.cell, self.now
        if [*map(sorted, cell.chosen)] != [*map(sorted, now.chosen)]:
            return [both("chosen", short(cell.chosen), short(now.chosen))]
        if len(cell.validation_accuracy) != len(now.validation_accuracy):
            return ["not as many validation accuracies as now"]
        n = max(1, self.n_held_out)
        return [
            both("validation_accuracy", _shown(then), _shown(here))
            for then, here in zip(cell.validation_accuracy, now.validation_accuracy, strict=True)
            if abs(then - here) * n > tolerance(round(here * n), n, seeded=self.seeded) + 1e-6
        ]

    def curves(self) -> list[str]:
        """Return whether a network learned otherwise: on average over the epochs of both."""
        curves = [each.learning_curves for each in (self.cell, self.now)]
        if len(curves[0]) != len(curves[1]):
            return [both("learning_curves", *map(len, curves))]
        scale = SIGMAS * self.spread / math.sqrt(max(1, self.n_held_out))
        lines = []
        for then, here in zip(*curves, strict=True):
            if [each.epoch for each in then] != [*range(here[0].epoch, here[0].epoch + len(then))]:
                lines.append("learning_curves leave out epochs")
            for key in ("loss", "score", "val_loss", "val_score"):
                if _measured(then, key) != _measured(here, key):
                    lines.append(f"learning_curves: {key} was measured in one of both only")
                claimed, true = _common(then, here, key)
                size = abs(float(true.mean())) if key.endswith("loss") and len(true) else 0.5
                apart = float(np.abs(claimed - true).max(initial=0.0))
                if self.part == 1.0 and len(true):  # on another path single epochs jump
                    apart = abs(float(claimed.mean() - true.mean()))
                if apart > self.part * (scale * size + 0.05):
                    lines.append(f"learning_curves: {key} is {apart:.4f} away from now")
        return lines


def bounds(cell: Cell) -> list[str]:
    """Return what cannot be true of a cell whose predictions are its most probable classes.

    A wrong answer's true class has a probability of at most one half, and the most probable class
    is one of the two most probable.
    """
    metrics, accuracy = cell.metrics, cell.accuracy or 0.0
    if metrics is None:
        return []
    lines = []
    if metrics.top2 is not None and metrics.top2 < accuracy - 1e-9:
        lines.append(f"top2 {metrics.top2:.4f} is less than the accuracy")
    least = (1 - accuracy) * math.log(2)
    if metrics.log_loss is not None and metrics.log_loss < least - 1e-6:
        lines.append(
            f"log_loss {metrics.log_loss:.4f}; with so many wrong answers it is {least:.4f} or more"
        )
    return lines


def _choice(cell: Cell, k: int) -> dict[str, object]:
    """Return what was chosen with the k-th seed; a network's epochs always vary a little."""
    chosen = cell.chosen[k] if k < len(cell.chosen) else {}
    return {name: value for name, value in chosen.items() if name != "max_iter"}


def _gap(cell: Cell) -> float:
    """Return by how much the mean of the seeds' macro F1 exceeds that of their summed confusion."""
    if cell.metrics is None or cell.confusion is None:
        return 0.0
    return cell.metrics.macro_f1 - macro_f1(np.array(cell.confusion))


def _most_of_gap(cell: Cell) -> float:
    """Return what that gap can be: it is of second order in the spread of the seeds."""
    images = np.maximum(1, np.array(cell.confusion).sum(axis=1) / len(cell.seeds))
    return float(np.mean(1 / images) + 2 * np.var(np.array(cell.n_correct) / cell.n_test))


def _measured(curve: Sequence[Epoch], key: str) -> bool:
    return any(getattr(each, key) is not None for each in curve)


def _common(
    then: Sequence[Epoch], here: Sequence[Epoch], key: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return both columns of that name, of the epochs in which both have a value."""
    pairs = [
        (claimed, true)
        for one, other in zip(then, here, strict=False)
        if (claimed := getattr(one, key)) is not None and (true := getattr(other, key)) is not None
    ]
    table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _within(claimed: float | None, true: float | None, room: float) -> bool:
    if claimed is None or true is None:
        return claimed is true
    return abs(claimed - true) <= room


def both(name: str, then: object, here: object) -> str:
    """Return that a figure is another one now."""
    return f"{name} {then} in the report, {here} now"


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
