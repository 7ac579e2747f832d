"""What the cache holds of a cell: its outcome, found by all that decides it."""

from __future__ import annotations

from typing import Any

from data.keeping.cache import Entry, RunCache, key_of
from pipelines.comparison.tables.ladder import searched_names
from pipelines.keeping.code import DECISIVE, code_sha256
from pipelines.keeping.identity import identity
from pipelines.record.outcome import Outcome
from pipelines.running.cells.choosing import Candidates, json_values
from pipelines.running.environment import surroundings

_FACTS = (
    "has_probabilities",
    "candidate",
    "chosen",
    "refit",
    "validation_accuracy",
    "history",
    "choose_s",
    "fit_s",
    "predict_s",
)


def keep_outcome(cache: RunCache, key: str, outcome: Outcome) -> None:
    """Keep what a cell said, for later runs."""
    arrays: dict[str, Any] = {"predicted": outcome.predicted}
    if outcome.scores is not None:
        arrays["scores"] = outcome.scores
    cache.put(key, arrays, {name: getattr(outcome, name) for name in _FACTS})


def kept_outcome(entry: Entry) -> Outcome:
    """Return what a cell said in an earlier run, without its classifier."""
    return Outcome(
        predicted=entry.arrays["predicted"],
        scores=entry.arrays.get("scores"),
        cached=True,
        **{name: entry.facts[name] for name in _FACTS},
    )


def key_of_cell(
    features: str | None, candidates: Candidates, seed: int, validated: bool
) -> str | None:
    """Return the key of a cell with one seed on features of a key; None if one is not known.

    Two specs can name the parameters of one classifier differently, or not choose what another
    chooses. So the values count as well as the classifiers that they make: an outcome names them.
    """
    known = [identity(classifier) for _, classifier in candidates]
    if features is None or None in known:
        return None
    return key_of(
        {
            "what": "cell",
            "features": features,
            "candidates": known,
            "values": [json_values(values) for values, _ in candidates],
            "searched": searched_names([values for values, _ in candidates]),
            "seed": seed,
            "validated": validated,
            "code": code_sha256(*DECISIVE),
            "surroundings": surroundings(),
        }
    )
