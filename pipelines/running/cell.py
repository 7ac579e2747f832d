"""One cell with one seed as a task: choose, fit, predict."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from data.whole_file import write_whole
from pipelines.errors import PackingError
from pipelines.keeping.packing import pack
from pipelines.keeping.unkept import why_not_kept
from pipelines.record.outcome import Outcome
from pipelines.running.choosing import (
    Candidates,
    choose,
    epochs_as_planned,
    history_of,
    json_values,
    needs_validation,
    of_rows,
)
from pipelines.running.contract import (
    Labels,
    Matrix,
    forgets,
)
from pipelines.running.environment import pinned_threads, threads_for
from pipelines.running.matrices import Handle


def run_cell(
    train: Handle,
    test: Handle,
    labels: Handle,
    n_classes: int,
    candidates: Candidates,
    seed: int,
    validated: bool = False,
    model: Path | None = None,
    n_validation: int = 0,
) -> Outcome:
    """Choose, fit and predict; return the outcome, or raise what the classifier raises.

    Parameters
    ----------
    train, test : Handle
        Features, float32 (n, d), or (n, n_views, d) where a row is several views of an image.
    labels : Handle
        int64 (n_train,), of all that is learned from.
    n_classes : int
    candidates : sequence of (dict, classifier)
        What is chosen from, at least one.
    seed : int
        Decides which images are held out.
    validated : bool, default False
        Whether to measure on held-out images also where nothing is to be chosen.
    model : Path, optional
        Where to keep the fitted classifier.
    n_validation : int, default 0
        How many of the last rows are a given validation part; 0 if none is given.
    """
    with pinned_threads():
        return _outcome(
            train.open(),
            test.open(),
            labels.open(),
            n_classes,
            candidates,
            seed,
            validated,
            model,
            n_validation,
        )


def fit_again(
    train: Handle, labels: Handle, candidates: Candidates, outcome: Outcome, model: Path
) -> Outcome:
    """Return an outcome from the cache with its classifier, which is fitted again, in a file."""
    values, candidate = candidates[outcome.candidate]
    own = {name: value for name, value in outcome.chosen.items() if name not in values}
    with pinned_threads():
        classifier = _fitted(candidate, {**own, **outcome.refit}, train.open(), labels.open())
    path, model_error = _kept(classifier, model)
    return replace(outcome, model=path, model_error=model_error)


def _outcome(
    train: Matrix,
    test: Matrix,
    labels: Labels,
    n_classes: int,
    candidates: Candidates,
    seed: int,
    validated: bool,
    model: Path | None,
    n_validation: int,
) -> Outcome:
    if not candidates:
        raise ValueError("there is nothing to choose from")
    started = time.perf_counter()
    choice = None
    if validated or needs_validation(candidates):
        with threads_for(train):
            choice = choose(train, labels, candidates, seed, n_validation)
    choosing = time.perf_counter()
    index, own, refit = (choice.index, choice.own, choice.refit) if choice else (0, {}, {})
    if choice and choice.is_final:
        classifier = choice.classifier
    else:
        if choice:
            choice.classifier = None  # freed before the next fit: it may be large
        classifier = _fitted(candidates[index][1], {**own, **refit}, train, labels)
    fitted = time.perf_counter()
    predicted = _checked(classifier.predict(test), len(test), n_classes)
    scores, has_probabilities = _scores(classifier, test, n_classes)
    predicting = time.perf_counter()
    path, model_error = _kept(classifier, model)
    return Outcome(
        predicted=predicted,
        scores=scores,
        has_probabilities=has_probabilities,
        candidate=index,
        chosen=choice.chosen if choice else json_values(candidates[0][0]),
        refit=refit,
        validation_accuracy=choice.accuracy if choice else None,
        history=choice.history if choice else history_of(classifier),
        choose_s=choosing - started,
        fit_s=fitted - choosing,
        predict_s=predicting - fitted,
        model=path,
        model_error=model_error,
    )


def _fitted(candidate: Any, parameters: Mapping[str, Any], train: Matrix, labels: Labels) -> Any:
    """Return a candidate, with some parameters changed, fitted on all training images."""
    classifier = of_rows(clone(candidate).set_params(**parameters), train)
    with epochs_as_planned(classifier), threads_for(train):
        return classifier.fit(train, labels)


def _kept(classifier: Any, path: Path | None) -> tuple[Path | None, str]:
    """Write a fitted classifier to a file, where one is named; return the file, or what failed."""
    if path is None:
        return None, ""
    if reason := why_not_kept(classifier):
        return None, reason
    try:
        if forgets(classifier):
            classifier.forget()
        write_whole(path, pack(classifier))
    except (PackingError, OSError) as error:
        return None, str(error)
    return path, ""


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
    classifier: Any, test: Matrix, n_classes: int
) -> tuple[npt.NDArray[np.float32] | None, bool]:
    """Return scores with a column for each class, also for classes without a training image."""
    has_probabilities = hasattr(classifier, "predict_proba")
    if not has_probabilities and not hasattr(classifier, "decision_function"):
        return None, False
    found = np.asarray(
        classifier.predict_proba(test) if has_probabilities else classifier.decision_function(test)
    )
    if found.ndim == 1:
        found = np.column_stack([-found, found])
    classes = np.asarray(classifier.classes_)
    if not has_probabilities and found.ndim == 2 and found.shape[1] != len(classes):
        return None, False  # scores of pairs of classes, as of a one-against-one machine
    if found.shape != (len(test), len(classes)) or not np.isfinite(found).all():
        raise ValueError(f"scores must be finite, ({len(test)}, {len(classes)}), got {found.shape}")
    scores = np.full(
        (len(test), n_classes),
        0.0 if has_probabilities else np.finfo(np.float32).min,
        dtype=np.float32,
    )
    scores[:, classes] = found
    return scores, has_probabilities
