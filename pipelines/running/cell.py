"""One cell with one seed as a task: choose, fit, predict."""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from data.whole_file import write_whole
from models import ViewsClassifier
from pipelines.errors import PackingError
from pipelines.keeping.packing import pack
from pipelines.record.outcome import Outcome
from pipelines.running.contract import (
    Labels,
    Matrix,
    chooses_by_itself,
    forgets,
    leaves_open,
    takes_validation,
    tells_epochs,
)
from pipelines.running.environment import pinned_threads, threads_for
from pipelines.running.matrices import Handle
from pipelines.running.tasks import rows_of

Candidates = Sequence[tuple[dict[str, Any], Any]]
"""What a cell chooses from: the values that are to be chosen, and the unfitted classifier."""

VALIDATION_PART = 0.1

_EPOCH = ("epoch", "loss", "score", "val_loss", "val_score")


def run_cell(
    train: Handle,
    test: Handle,
    labels: Labels,
    n_classes: int,
    candidates: Candidates,
    seed: int,
    validated: bool = False,
    model: Path | None = None,
) -> Outcome:
    """Return what a cell says; raise whatever its classifier raises.

    Parameters
    ----------
    train, test : Handle
        Features, float32 (n, d), or (n, n_views, d) where a row is several views of an image.
    labels : int64 array (n_train,)
    n_classes : int
    candidates : sequence of (dict, classifier)
        What is chosen from, at least one.
    seed : int
        Decides which images are held out.
    validated : bool, default False
        Whether to measure on held-out images also where nothing is to be chosen.
    model : Path, optional
        Where to keep the fitted classifier.
    """
    with pinned_threads():
        return _outcome(
            train.open(), test.open(), labels, n_classes, candidates, seed, validated, model
        )


def fit_again(
    train: Handle, labels: Labels, candidates: Candidates, outcome: Outcome, model: Path
) -> Outcome:
    """Return an outcome from the cache with its classifier fitted once more, and kept in a file."""
    values, candidate = candidates[outcome.candidate]
    own = {name: value for name, value in outcome.chosen.items() if name not in values}
    with pinned_threads():
        classifier = _fitted(candidate, {**own, **outcome.refit}, train.open(), labels)
    path, model_error = _kept(classifier, model)
    return replace(outcome, model=path, model_error=model_error)


def needs_validation(candidates: Candidates) -> bool:
    """Return whether candidates leave something to be chosen."""
    return len(candidates) > 1 or any(leaves_open(classifier) for _, classifier in candidates)


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


def _outcome(
    train: Matrix,
    test: Matrix,
    labels: Labels,
    n_classes: int,
    candidates: Candidates,
    seed: int,
    validated: bool,
    model: Path | None,
) -> Outcome:
    if not candidates:
        raise ValueError("there is nothing to choose from")
    started = time.perf_counter()
    choice = None
    if validated or needs_validation(candidates):
        with threads_for(train):
            choice = _choose(train, labels, candidates, seed)
    choosing = time.perf_counter()
    index, own, refit = (choice.index, choice.own, choice.refit) if choice else (0, {}, {})
    if choice and choice.is_final:
        classifier = choice.classifier
    else:
        if choice:
            choice.classifier = None  # before the next one is there: it may be large
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
        chosen=choice.chosen if choice else _json_values(candidates[0][0]),
        refit=refit,
        validation_accuracy=choice.accuracy if choice else None,
        history=choice.history if choice else _history(classifier),
        choose_s=choosing - started,
        fit_s=fitted - choosing,
        predict_s=predicting - fitted,
        model=path,
        model_error=model_error,
    )


class _Choice:
    """A candidate that was fitted and judged on the validation part.

    Attributes
    ----------
    index
        Its place among the candidates.
    own
        The parameters that it chose by itself.
    refit
        The parameters with which it is to be fitted again.
    is_final
        Whether it was fitted on all training images already.
    """

    def __init__(self, index: int, values: Mapping[str, Any], classifier: Any) -> None:
        learned = classifier.classifier_ if isinstance(classifier, ViewsClassifier) else classifier
        self.index = index
        self.classifier = classifier
        self.is_final = chooses_by_itself(classifier)
        self.own = dict(learned.chosen_params_) if self.is_final else {}
        self.refit = _json_values(learned.refit_params_) if takes_validation(classifier) else {}
        self.chosen = _json_values({**values, **self.own})
        self.history = _history(learned)
        self.accuracy = 0.0


def _choose(train: Matrix, labels: Labels, candidates: Candidates, seed: int) -> _Choice:
    """Return the candidate that is best on the validation part; of equals, the first."""
    fit_on, choose_by = validation_split(labels, seed)
    if not len(choose_by):
        raise ValueError("choosing needs a class with two training images or more")

    @functools.cache
    def parted() -> tuple[Matrix, Matrix]:
        """Both parts, gathered once for all candidates that do not part the samples themselves."""
        return rows_of(train, fit_on), rows_of(train, choose_by)

    best: _Choice | None = None
    for index, (values, candidate) in enumerate(candidates):
        classifier = _of_rows(clone(candidate), train)
        if chooses_by_itself(classifier):
            classifier.fit_choosing(train, labels, held_out=choose_by)
            choice = _Choice(index, values, classifier)
            choice.accuracy = float(classifier.validation_score_)
        else:
            (X, X_val), y_val = parted(), labels[choose_by]
            if takes_validation(classifier):
                with _epochs_as_planned(classifier):
                    classifier.fit_validated(X, labels[fit_on], X_val, y_val)
            else:
                classifier.fit(X, labels[fit_on])
            choice = _Choice(index, values, classifier)
            choice.accuracy = float(np.mean(classifier.predict(X_val) == y_val))
        if best is None or choice.accuracy > best.accuracy:
            best = choice
    assert best is not None
    return best


def _of_rows(classifier: Any, rows: Matrix) -> Any:
    """Return a classifier of what rows hold: one image each, or several views of it."""
    return ViewsClassifier(classifier, n_views=rows.shape[1]) if rows.ndim == 3 else classifier


def _fitted(candidate: Any, parameters: Mapping[str, Any], train: Matrix, labels: Labels) -> Any:
    """Return a candidate, with some parameters changed, fitted on all training images."""
    classifier = _of_rows(clone(candidate).set_params(**parameters), train)
    with _epochs_as_planned(classifier), threads_for(train):
        return classifier.fit(train, labels)


@contextmanager
def _epochs_as_planned(classifier: Any) -> Iterator[None]:
    """Let a network use up its epochs without complaint: the spec or a validation part says so."""
    with warnings.catch_warnings():
        if takes_validation(classifier):
            warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _kept(classifier: Any, path: Path | None) -> tuple[Path | None, str]:
    """Write a fitted classifier to a file, where one is named; return the file, or what failed."""
    if path is None:
        return None, ""
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
    """Return the epochs that a classifier tells of, without what never reproduces exactly."""
    if not tells_epochs(classifier):
        return []
    return [
        {name: _number(record[name]) for name in _EPOCH if name in record}
        for record in classifier.history_
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
