"""One cell with one seed as a task: choose, fit, predict."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sklearn.base import clone

from data.system.whole_file import write_whole
from pipelines.errors import PackingError
from pipelines.keeping.packing import pack
from pipelines.keeping.unkept import why_not_kept
from pipelines.record.outcome import Outcome
from pipelines.running.cells.choosing import (
    Candidates,
    Choice,
    Judge,
    choose,
    epochs_as_planned,
    history_of,
    json_values,
    needs_validation,
    of_rows,
)
from pipelines.running.cells.contract import Labels, Matrix, chooses_by_itself, forgets
from pipelines.running.cells.predicting import labels_and_scores
from pipelines.running.environment import pinned_threads
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


def judge_candidate(
    train: Handle,
    labels: Handle,
    candidates: Candidates,
    index: int,
    seed: int,
    n_validation: int = 0,
) -> Choice:
    """Fit and judge one candidate of a choice; return how good it is, without its classifier."""
    with pinned_threads():
        started = time.perf_counter()
        judge = Judge(train.open(), labels.open(), [candidates[index]], seed, n_validation)
        choice = judge.judged(0)
        choice.index, choice.classifier = index, None
        choice.seconds = time.perf_counter() - started
        return choice


def choose_candidate(
    train: Handle, labels: Handle, candidates: Candidates, seed: int, n_validation: int = 0
) -> Choice:
    """Judge all candidates of a choice; return the best, without its classifier."""
    with pinned_threads():
        started = time.perf_counter()
        choice = choose(train.open(), labels.open(), candidates, seed, n_validation)
        choice.classifier = None
        choice.seconds = time.perf_counter() - started
        return choice


def run_chosen(
    train: Handle,
    test: Handle,
    labels: Handle,
    n_classes: int,
    candidates: Candidates,
    choice: Choice,
    choose_s: float,
    model: Path | None = None,
) -> Outcome:
    """Fit what was chosen on all training images, and predict; return the outcome of the cell.

    It is that of `run_cell`, bit for bit. `choose_s` is what judging all candidates took.
    """
    with pinned_threads():
        found = _of_choice(
            train.open(), test.open(), labels.open(), n_classes, candidates, choice, model
        )
    return replace(found, choose_s=choose_s)


def fit_again(
    train: Handle,
    labels: Handle,
    candidates: Candidates,
    outcome: Outcome,
    seed: int,
    n_validation: int,
    model: Path,
) -> Outcome:
    """Return an outcome from the cache with its classifier, which is fitted again, in a file."""
    X, y, candidate = train.open(), labels.open(), candidates[outcome.candidate][1]
    with pinned_threads():
        if chooses_by_itself(candidate):  # What it learns may depend on what it chose by.
            judge = Judge(X, y, candidates, seed, n_validation)
            classifier = judge.judged(outcome.candidate).classifier
        else:
            classifier = _fitted(candidate, outcome.refit, X, y)
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
        choice = choose(train, labels, candidates, seed, n_validation)
    choose_s = time.perf_counter() - started
    found = _of_choice(train, test, labels, n_classes, candidates, choice, model)
    return replace(found, choose_s=choose_s)


def _of_choice(
    train: Matrix,
    test: Matrix,
    labels: Labels,
    n_classes: int,
    candidates: Candidates,
    choice: Choice | None,
    model: Path | None,
) -> Outcome:
    """Fit what was chosen, unless it is fitted on all images already, and predict."""
    choosing = time.perf_counter()
    index, own, refit = (choice.index, choice.own, choice.refit) if choice else (0, {}, {})
    if choice and choice.is_final:
        classifier = choice.classifier
    else:
        if choice:
            choice.classifier = None  # freed before the next fit: it may be large
        classifier = _fitted(candidates[index][1], {**own, **refit}, train, labels)
    fit_s = time.perf_counter() - choosing
    found = of_fitted(classifier, test, n_classes, candidates, choice, model)
    return replace(found, fit_s=fit_s)


def of_fitted(
    classifier: Any,
    test: Matrix,
    n_classes: int,
    candidates: Candidates,
    choice: Choice | None,
    model: Path | None,
) -> Outcome:
    """Return the outcome of a fitted classifier, which took no time to choose and to fit so far."""
    started = time.perf_counter()
    predicted, scores, has_probabilities = labels_and_scores(classifier, test, n_classes)
    predict_s = time.perf_counter() - started
    path, model_error = _kept(classifier, model)
    return Outcome(
        predicted=predicted,
        scores=scores,
        has_probabilities=has_probabilities,
        candidate=choice.index if choice else 0,
        chosen=choice.chosen if choice else json_values(candidates[0][0]),
        refit=choice.refit if choice else {},
        validation_accuracy=choice.accuracy if choice else None,
        history=choice.history if choice else history_of(classifier),
        choose_s=0.0,
        fit_s=0.0,
        predict_s=predict_s,
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
