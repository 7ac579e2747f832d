"""The paired differences of a report, held against those that were found now."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pipelines.record.claims.agreement import Agreement
from pipelines.record.claims.consistency import close, named
from pipelines.record.comparing.standings import Standings
from pipelines.record.report import CellName, PairedDifference, Report
from pipelines.record.significance.resampled_statistic import differences_by
from pipelines.record.significance.resampling import Labels

_P_VALUES = tuple(name for name in PairedDifference.model_fields if name.startswith("p_"))
# Another version may draw other resamples: by how much of its width an end then moves.
_RESAMPLED = 0.15


def pair_lies(
    report: Report, again: Report, agreements: Mapping[CellName, Agreement], *, exactly: bool
) -> list[str]:
    """Return the paired differences that do not agree with what was found now, one line each.

    Parameters
    ----------
    report, again
        The report, and what was found now.
    agreements
        Those of the cells that were finished and run again.
    exactly
        Whether this is the environment of the report.
    """
    now = Standings(again)
    done = {cell.name for cell in report.cells if cell.status == "done"}
    # Intervals and p-values are of all pairs together.
    whole = done == {*agreements} and all(each.same_predictions for each in agreements.values())
    lines = []
    n_answers = report.dataset.n_test
    if report.is_resampled and report.cells:
        n_answers *= len(report.cells[0].seeds)
    for pair in report.pairs:
        cells = [agreements.get(name) for name in (pair.first, pair.second)]
        found = now.difference(pair.first, pair.second)
        both = [cell for cell in cells if cell is not None]
        if found is None or len(both) < 2:
            continue  # not run again
        if all(cell.same_predictions for cell in both):
            agrees = _same(pair, found) and (not whole or _as_sure(pair, found, exactly=exactly))
        else:
            agrees = done != {*agreements} or _near(pair, found, both, n_answers)
        if not agrees:
            lines.append(_not_that_of_the_predictions(pair))
    return lines


def pairs_not_of(report: Report, labels: Labels, predicted: Mapping[CellName, Labels]) -> list[str]:
    """Return the paired differences that are not those of the predictions, one line each.

    Parameters
    ----------
    report
        The report. One without pairs claims nothing about them.
    labels
        True classes, int64 (n_test,), or (n_resamples, n_test).
    predicted
        Predictions of each finished cell, int64 (n_seeds, n_test).
    """
    if not report.pairs:
        return []
    n_learned = report.dataset.n_train + (report.dataset.n_validation or 0)
    pairs = differences_by(report.pairs_statistic, predicted, labels, n_learned)
    now = Standings(report.model_copy(update={"pairs": pairs}))
    found = [(pair, now.difference(pair.first, pair.second)) for pair in report.pairs]
    return [
        _not_that_of_the_predictions(pair)
        for pair, true in found
        if true is None or not (_same(pair, true) and _as_sure(pair, true, exactly=False))
    ]


def _not_that_of_the_predictions(pair: PairedDifference) -> str:
    return (
        f"{named(pair.first)} against {named(pair.second)}: the paired difference is not that of "
        "the predictions"
    )


def _same(pair: PairedDifference, found: PairedDifference) -> bool:
    return close(pair.difference, found.difference) and (
        (pair.only_first, pair.only_second) == (found.only_first, found.only_second)
    )


def _as_sure(pair: PairedDifference, found: PairedDifference, *, exactly: bool) -> bool:
    """Return whether interval and p-values are those of the same predictions."""
    for name in _P_VALUES:
        claimed, true = getattr(pair, name), getattr(found, name)
        if (claimed is None) != (true is None) or not (claimed is None or close(claimed, true)):
            return False
    if exactly:
        return all(map(close, pair.ci95, found.ci95))
    return _ends(pair, found, _RESAMPLED * (found.ci95[1] - found.ci95[0]))


def _near(
    pair: PairedDifference, found: PairedDifference, both: list[Agreement], n_answers: int
) -> bool:
    """Return whether a difference lies as near as its two cells do."""
    allowed = sum(each.allowed for each in both)
    counts = zip(
        (pair.only_first, pair.only_second), (found.only_first, found.only_second), strict=True
    )
    return _ends(pair, found, allowed + 2 * _RESAMPLED * (found.ci95[1] - found.ci95[0])) and all(
        abs(claimed - true) <= n_answers * allowed + 3 * math.sqrt(true + 1)
        for claimed, true in counts
    )


def _ends(pair: PairedDifference, found: PairedDifference, room: float) -> bool:
    return all(
        abs(claimed - true) <= room + 1e-9
        for claimed, true in zip(pair.ci95, found.ci95, strict=True)
    )
