"""Features → predictions: one cell with one seed, chosen, fitted and asked."""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from models import ViewsClassifier
from pipelines.keeping.cache import Entry, RunCache, key_of
from pipelines.keeping.code import code_sha256
from pipelines.keeping.identity import identity
from pipelines.running.environment import surroundings, threads_for
from pipelines.running.matrices import Extraction, rows_of

Labels = npt.NDArray[np.int64]
Candidates = Sequence[tuple[dict[str, Any], Any]]

VALIDATION_PART = 0.1

_EPOCH = ("epoch", "loss", "score", "val_loss", "val_score")
_FACTS = (
    "has_probabilities",
    "chosen",
    "refit",
    "validation_accuracy",
    "history",
    "choose_s",
    "fit_s",
    "predict_s",
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one cell said with one seed.

    Parameters
    ----------
    predicted
        Labels of the test images, (n_test,).
    scores
        float32 (n_test, n_classes): probabilities if `has_probabilities`, else the decision
        function; None if the classifier has neither.
    chosen
        The values chosen on the validation part.
    refit
        What the classifier took over from that fit when it was fitted again, as its epochs.
    history
        One record an epoch of the fit on which the choice rests.
    """

    predicted: Labels
    scores: npt.NDArray[np.float32] | None
    has_probabilities: bool
    chosen: Mapping[str, Any]
    refit: Mapping[str, Any]
    validation_accuracy: float
    history: Sequence[Mapping[str, Any]]
    choose_s: float
    fit_s: float
    predict_s: float
    cached: bool = False


def run_cell(
    features: Extraction,
    labels: Labels,
    n_classes: int,
    candidates: Candidates,
    seed: int,
    *,
    cache: RunCache | None,
) -> Outcome:
    """Return a cell's outcome; raise whatever its classifier raises."""
    key = _key(features, labels, candidates, seed) if cache else None
    if cache and key and (entry := cache.get(key)):
        return _from_entry(entry)
    outcome = _run(features, labels, n_classes, candidates, seed)
    if cache and key:
        arrays: dict[str, npt.NDArray[Any]] = {"predicted": outcome.predicted}
        if outcome.scores is not None:
            arrays["scores"] = outcome.scores
        cache.put(key, arrays, {name: getattr(outcome, name) for name in _FACTS})
    return outcome


def validation_split(
    labels: Labels, seed: int, part: float = VALIDATION_PART
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return which training images to fit on and which to choose by, sorted.

    Every class gives the same part, rounded, but keeps an image for fitting and gives one where it
    has two; scikit-learn's stratified split refuses classes as rare as that.
    """
    rng = np.random.default_rng(seed)
    is_validation = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        n_validation = min(max(1, round(part * len(members))), len(members) - 1)
        is_validation[members[:n_validation]] = True
    return np.flatnonzero(~is_validation), np.flatnonzero(is_validation)


def fit_again(
    features: Extraction,
    labels: Labels,
    candidates: Candidates,
    chosen: Mapping[str, Any],
    refit: Mapping[str, Any],
) -> Any:
    """Return the chosen candidate, fitted on the whole training part."""
    values, classifier = next(
        (known, classifier)
        for known, classifier in ((_json_values(each), made) for each, made in candidates)
        if known.items() <= dict(chosen).items()
    )
    own_choice = {name: value for name, value in chosen.items() if name not in values}
    again = clone(classifier)
    _itself(again).set_params(**own_choice, **refit)
    with _epochs_as_planned(again), threads_for(features.train):
        return again.fit(features.train, labels)


def _run(
    features: Extraction, labels: Labels, n_classes: int, candidates: Candidates, seed: int
) -> Outcome:
    started = time.perf_counter()
    with threads_for(features.train):
        chosen, best, accuracy = _choose(features.train, labels, candidates, seed)
    history = _history(best)
    refit = _json_values(getattr(best, "refit_params_", {}))
    choosing = time.perf_counter()
    if getattr(best, "validates_itself", False):
        classifier = best  # fitted on all training images with what it chose
    else:
        del best
        classifier = fit_again(features, labels, candidates, chosen, refit)
    fitted = time.perf_counter()
    predicted = _checked(classifier.predict(features.test), len(features.test), n_classes)
    scores, has_probabilities = _scores(classifier, features.test, n_classes)
    predicting = time.perf_counter()
    return Outcome(
        predicted=predicted,
        scores=scores,
        has_probabilities=has_probabilities,
        chosen=chosen,
        refit=refit,
        validation_accuracy=accuracy,
        history=history,
        choose_s=choosing - started,
        fit_s=fitted - choosing,
        predict_s=predicting - fitted,
    )


def _choose(
    train: npt.NDArray[np.float32], labels: Labels, candidates: Candidates, seed: int
) -> tuple[dict[str, Any], Any, float]:
    """Return the candidate that is best on the validation part; of equals, the first."""
    fit_on, choose_by = validation_split(labels, seed)
    if not len(choose_by):
        raise ValueError("choosing needs a class with two training images or more")

    @functools.cache
    def parted() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Both parts, gathered once for all candidates that do not part the samples themselves."""
        return rows_of(train, fit_on), rows_of(train, choose_by)

    found: tuple[dict[str, Any], Any, float] | None = None
    for values, candidate in candidates:
        classifier = clone(candidate)
        if getattr(classifier, "validates_itself", False):
            classifier.fit(train, labels, held_out=choose_by)
            chosen = {**values, "alpha": classifier.alpha_}
            accuracy = float(classifier.validation_score_)
        else:
            chosen = values
            (X, X_val), y_val = parted(), labels[choose_by]
            own = {"X_val": X_val, "y_val": y_val} if _takes_validation(classifier) else {}
            with _epochs_as_planned(classifier):
                classifier.fit(X, labels[fit_on], **own)
            accuracy = float(np.mean(classifier.predict(X_val) == y_val))
        if found is None or accuracy > found[2]:
            found = chosen, classifier, accuracy
    if found is None:
        raise ValueError("there is nothing to choose from")
    return _json_values(found[0]), found[1], found[2]


def _itself(classifier: Any) -> Any:
    """Return the classifier that takes the parameters: the one of single views, if of several."""
    return classifier.classifier if isinstance(classifier, ViewsClassifier) else classifier


def _takes_validation(classifier: Any) -> bool:
    return "X_val" in signature(_itself(classifier).fit).parameters


@contextmanager
def _epochs_as_planned(classifier: Any) -> Iterator[None]:
    """Let a network use up its epochs without complaint: the validation part says how many."""
    with warnings.catch_warnings():
        if _takes_validation(classifier):
            warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _checked(predicted: Any, n_test: int, n_classes: int) -> Labels:
    labels = np.asarray(predicted)
    if labels.shape != (n_test,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"predictions must be integers ({n_test},), got {labels.dtype} {labels.shape}"
        )
    if len(labels) and not 0 <= labels.min() <= labels.max() < n_classes:
        raise ValueError(f"predictions must lie in 0 … {n_classes - 1}")
    return labels.astype(np.int64)


def _scores(
    classifier: Any, test: npt.NDArray[np.float32], n_classes: int
) -> tuple[npt.NDArray[np.float32] | None, bool]:
    """Return one column a class, also for classes that the training part does not have."""
    has_probabilities = hasattr(classifier, "predict_proba")
    if not has_probabilities and not hasattr(classifier, "decision_function"):
        return None, False
    found = np.asarray(
        classifier.predict_proba(test) if has_probabilities else classifier.decision_function(test)
    )
    if found.ndim == 1:
        found = np.column_stack([-found, found])
    classes = np.asarray(classifier.classes_)
    if found.shape != (len(test), len(classes)) or not np.isfinite(found).all():
        raise ValueError(f"scores must be finite, ({len(test)}, {len(classes)}), got {found.shape}")
    scores = np.full(
        (len(test), n_classes),
        0.0 if has_probabilities else np.finfo(np.float32).min,
        dtype=np.float32,
    )
    scores[:, classes] = found
    return scores, has_probabilities


def _history(classifier: Any) -> list[dict[str, Any]]:
    """Return a network's epochs, without what never reproduces exactly."""
    records = getattr(classifier, "history_", None) or []
    return [
        {name: _number(record[name]) for name in _EPOCH if name in record} for record in records
    ]


def _number(value: Any) -> Any:
    """Return a plain number; None for what JSON has no word for."""
    if value is None or isinstance(value, int):
        return value
    plain = float(value)
    return plain if np.isfinite(plain) else None


def _json_values(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return chosen values as JSON has them, so that a cached outcome equals a fresh one."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        return [plain(each) for each in value] if isinstance(value, tuple | list) else value

    return {name: plain(value) for name, value in chosen.items()}


def _from_entry(entry: Entry) -> Outcome:
    return Outcome(
        predicted=entry.arrays["predicted"],
        scores=entry.arrays.get("scores"),
        cached=True,
        **{name: entry.facts[name] for name in _FACTS},
    )


def _key(features: Extraction, labels: Labels, candidates: Candidates, seed: int) -> str | None:
    known = [identity(classifier) for _, classifier in candidates]
    if features.key is None or None in known:
        return None
    return key_of(
        {
            "what": "cell",
            "features": features.key,
            "candidates": known,
            "seed": seed,
            "code": code_sha256("pipelines.keeping", "pipelines.running"),
            "surroundings": surroundings(),
        }
    )
