"""The cells of a report as tidy rows, one list of names for data frames, CSV and leaderboards."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Cell, Report
from pipelines.reporting.texts.words import choices

COLUMNS = (
    "features", "model", "status", "rank", "accuracy", "low", "high", "accuracy_std", "group",
    "n_test", "n_correct", "seeds", "dim", "macro_f1", "top2", "log_loss", "calibration_error",
    "validation_accuracy", "extract_s", "choose_s", "fit_s", "predict_s", "total_s", "chosen",
    "error",
)  # fmt: skip
"""The names of a row's values, in their order."""

_METRICS = ("macro_f1", "top2", "log_loss", "calibration_error")
_COSTS = ("extract_s", "choose_s", "fit_s", "predict_s", "total_s")


def tidy_rows(report: Report) -> list[dict[str, Any]]:
    """Return a row for each cell, in the report's order; None where a cell has no such value.

    Accuracies are fractions. `low` and `high` are the ends of the 95 % interval. `n_correct` and
    `seeds` have an entry for each seed, and costs are seconds for one seed.
    """
    standings = Standings(report)
    return [_row(standings, cell) for cell in report.cells]


def _row(standings: Standings, cell: Cell) -> dict[str, Any]:
    cost = standings.costs.get(cell.name)
    low, high = cell.ci95 or (None, None)
    values: dict[str, Any] = {
        "features": cell.features,
        "model": cell.model,
        "status": cell.status,
        "rank": standings.ranks.get(cell.name),
        "accuracy": cell.accuracy,
        "low": low,
        "high": high,
        "accuracy_std": cell.accuracy_std,
        "group": standings.letters.get(cell.name),
        "n_test": cell.n_test,
        "n_correct": cell.n_correct,
        "seeds": cell.seeds,
        "dim": cell.dim,
        "validation_accuracy": fmean(cell.validation_accuracy)
        if cell.validation_accuracy
        else None,
        "chosen": choices(cell) or None,
        "error": cell.error,
    }
    values |= {name: getattr(cell.metrics, name, None) for name in _METRICS}
    values |= {name: getattr(cost, name, None) for name in _COSTS}
    return {name: values[name] for name in COLUMNS}
