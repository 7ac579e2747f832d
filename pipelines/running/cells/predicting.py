"""What a fitted classifier says of rows: labels and scores, in one pass where that is enough."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from data.system.threads import run_jobs
from pipelines.running.cells.contract import (
    Labels,
    Matrix,
    goes_by_rows,
    names_the_largest,
    scores_pairs,
)

ROWS = 256
"""Rows of a tile: fixed, so that what is said of a row is the same whatever the machine."""


def labels_of(classifier: Any, rows: Matrix) -> Any:
    """Return what a classifier predicts for rows, (n, d) or of views (n, n_views, d)."""
    return by_rows(classifier.predict, classifier, rows)


def labels_and_scores(
    classifier: Any, rows: Matrix, n_classes: int
) -> tuple[Labels, npt.NDArray[np.float32] | None, bool]:
    """Return labels, scores if there are any, and whether these are probabilities.

    There is a column of scores for each class, also for classes without a training image. A row of
    zeros, of a classifier that gives no class any probability, becomes equal probabilities of the
    classes that it was fitted to.

    Raises
    ------
    ValueError
        If what a classifier says is not one label a row, or no score for each class that is finite
        in float32, or a negative probability.
    """
    has_probabilities = hasattr(classifier, "predict_proba")
    has_scores = hasattr(classifier, "decision_function") and not scores_pairs(classifier)
    if not has_probabilities and not has_scores:
        return _checked_labels(labels_of(classifier, rows), len(rows), n_classes), None, False
    enough = names_the_largest(classifier)
    labels = None if enough else _checked_labels(labels_of(classifier, rows), len(rows), n_classes)
    method = classifier.predict_proba if has_probabilities else classifier.decision_function
    found = np.asarray(by_rows(method, classifier, rows))
    if found.ndim == 1:
        found = np.column_stack([-found, found])
    if labels is None:
        predicted = np.asarray(classifier.classes_)[found.argmax(axis=1)]
        labels = _checked_labels(predicted, len(rows), n_classes)
    n_known = len(classifier.classes_)
    if not has_probabilities and found.ndim == 2 and found.shape[1] != n_known:
        return labels, None, False  # scores of pairs of classes, as of a one-against-one machine
    scores = _checked_scores(found, classifier, len(rows), n_classes, has_probabilities)
    return labels, scores, has_probabilities


def by_rows(method: Callable[[Matrix], Any], classifier: Any, rows: Matrix) -> Any:
    """Return what a method says of rows: of fixed tiles that the cores share, where it may be."""
    if not goes_by_rows(classifier):
        return method(rows)
    starts = range(0, len(rows), ROWS)
    found: dict[int, Any] = {}

    def say(first: int) -> None:
        # Each thread of Python has a number of OpenMP's threads of its own.
        with _libraries().limit(limits=1, user_api="openmp"):
            found[first] = method(rows[first : first + ROWS])

    run_jobs(say, starts, None)
    return np.concatenate([found[first] for first in starts])


@cache
def _libraries() -> ThreadpoolController:
    # To look through the loaded libraries takes longer than a tile may.
    return ThreadpoolController()


def _checked_labels(predicted: Any, n_rows: int, n_classes: int) -> Labels:
    labels = np.asarray(predicted)
    if labels.shape != (n_rows,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"predictions must be integers ({n_rows},), got {labels.dtype} {labels.shape}"
        )
    if len(labels) and not 0 <= labels.min() <= labels.max() < n_classes:
        raise ValueError(f"predictions must lie in 0 … {n_classes - 1}")
    return labels.astype(np.int64)


def _checked_scores(
    found: npt.NDArray[Any], classifier: Any, n_rows: int, n_classes: int, has_probabilities: bool
) -> npt.NDArray[np.float32]:
    classes = np.asarray(classifier.classes_)
    least = 0.0 if has_probabilities else float(np.finfo(np.float32).min)
    scores = np.full((n_rows, n_classes), least, dtype=np.float32)
    if found.shape == (n_rows, len(classes)):
        with np.errstate(over="ignore"):  # what becomes infinite is refused below
            scores[:, classes] = found
    if found.shape != (n_rows, len(classes)) or not np.isfinite(scores).all():
        raise ValueError(
            f"scores must be finite in float32, ({n_rows}, {len(classes)}), got {found.dtype} "
            f"{found.shape}"
        )
    if has_probabilities:
        if scores.min() < 0:
            raise ValueError(f"probabilities must not be negative, got {scores.min():g}")
        silent = ~scores.any(axis=1)
        scores[np.ix_(silent, classes)] = 1 / len(classes)
    return scores
