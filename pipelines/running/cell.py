"""One cell with one seed as a task: choose, fit, predict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

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
    is_determined,
)
from pipelines.running.environment import pinned_threads
from pipelines.running.matrices import Handle
from pipelines.running.predicting import labels_and_scores

_LARGEST_TAKEN_OVER = 1 << 22
"""Bytes of scores: a task carries no large arrays."""


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
    earlier: Sequence[Outcome] = (),
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
    earlier : sequence of Outcome, default ()
        What the same candidates said on the same features, with other seeds. Where the same one is
        chosen, and its fit has nothing random, it is not fitted again: the fit, what it says and
        its seconds are those of the earlier one.
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
            earlier,
        )


def add_alike(earlier: list[Outcome], outcome: Outcome, candidates: Candidates) -> None:
    """Add an outcome to those that cells with other seeds may take over.

    It is left out where a fit has something random, or what it says is too large for a task.
    """
    small = outcome.scores is not None and outcome.scores.nbytes <= _LARGEST_TAKEN_OVER
    known = [(each.candidate, each.chosen) for each in earlier]
    determined = all(is_determined(classifier) for _, classifier in candidates)
    is_new = (outcome.candidate, outcome.chosen) not in known
    if small and determined and is_new and not outcome.kernels:
        earlier.append(outcome)


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
    earlier: Sequence[Outcome],
) -> Outcome:
    if not candidates:
        raise ValueError("there is nothing to choose from")
    started = time.perf_counter()
    choice = None
    if validated or needs_validation(candidates):
        choice = choose(train, labels, candidates, seed, n_validation)
    choosing = time.perf_counter()
    index, own, refit = (choice.index, choice.own, choice.refit) if choice else (0, {}, {})
    chosen = choice.chosen if choice else json_values(candidates[0][0])
    same = next(
        (each for each in earlier if (each.candidate, each.chosen) == (index, chosen)), None
    )
    if same is not None and model is None and not (choice and choice.is_final):
        return replace(
            same,
            validation_accuracy=choice.accuracy if choice else None,
            history=choice.history if choice else same.history,
            choose_s=choosing - started,
            cached=False,
            model=None,
            model_error="",
        )
    if choice and choice.is_final:
        classifier = choice.classifier
    else:
        if choice:
            choice.classifier = None  # freed before the next fit: it may be large
        classifier = _fitted(candidates[index][1], {**own, **refit}, train, labels)
    fitted = time.perf_counter()
    predicted, scores, has_probabilities = labels_and_scores(classifier, test, n_classes)
    predicting = time.perf_counter()
    path, model_error = _kept(classifier, model)
    return Outcome(
        predicted=predicted,
        scores=scores,
        has_probabilities=has_probabilities,
        candidate=index,
        chosen=chosen,
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
    with epochs_as_planned(classifier):
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
