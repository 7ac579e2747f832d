"""Which pairing of a run is saved: the best on the validation part, of those that can be."""

from __future__ import annotations

import warnings
from statistics import fmean
from typing import Any

from pipelines.errors import SavedModelError
from pipelines.keeping.unkept import why_not_kept
from pipelines.record.comparing.order import for_order
from pipelines.record.report import CellName
from pipelines.running.results import Results


def best_to_save(results: Results) -> CellName:
    """Return the cell that is best on the validation part and can be saved; of equals, the first.

    A better one that cannot be saved is warned of.

    Raises
    ------
    SavedModelError
        If none can be saved.
    """
    ranked = sorted(
        (cell for cell in results.plan.cells if cell in results.done),
        key=lambda name: -for_order(fmean(results.done[name].validation_accuracy or [0.0])),
    )
    reasons = {
        cell: why_not_kept(_classifier(cell, results)) or results.first_outcome(cell).model_error
        for cell in ranked
    }
    best = ranked[0]
    kept = next((cell for cell in ranked if not reasons[cell]), None)
    if kept is None:
        raise SavedModelError(
            f"no pairing can be saved; {' × '.join(best)}, the best: {reasons[best]}"
        )
    if kept != best:
        warnings.warn(
            f"{' × '.join(best)} is best on the held-out images, and is not saved: "
            f"{reasons[best]}. Saved is {' × '.join(kept)}, the best pairing that can be.",
            RuntimeWarning,
            stacklevel=3,
        )
    return kept


def _classifier(cell: CellName, results: Results) -> Any:
    outcome = results.first_outcome(cell)
    return results.plan.candidates(cell, results.plan.seeds[0])[outcome.candidate][1]
