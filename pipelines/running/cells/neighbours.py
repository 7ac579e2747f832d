"""Several numbers of neighbours are judged by the distances of the largest, computed once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.running.cells.contract import Matrix, votes
from pipelines.running.cells.predicting import ROWS, by_rows, labels_of

_NUMBER = "n_neighbors"


def labels_for_choosing(
    classifier: Any, rows: Matrix, most: int, shared: dict[Any, Any]
) -> npt.NDArray[Any]:
    """Return the labels of rows that a fitted candidate predicts, as `labels_of` does.

    Parameters
    ----------
    classifier : object
        The candidate, fitted.
    rows : ndarray (n, d) or (n, n_views, d)
        The same rows for all candidates.
    most : int
        The largest number of neighbours among the candidates, or 0.
    shared : dict
        What candidates fitted to the same rows have in common; empty at first.
    """
    if not votes(classifier) or not hasattr(classifier, _NUMBER):  # a scaler stands before it
        return np.asarray(labels_of(classifier, rows))
    n_fitted, k = classifier.n_samples_fit_, classifier.n_neighbors
    asked = min(most + 1, n_fitted)  # one more, which shows whether the last one has an equal
    if not k < most <= n_fitted:
        return np.asarray(labels_of(classifier, rows))
    others = {name: value for name, value in classifier.get_params().items() if name != _NUMBER}
    key = type(classifier), repr(others)
    if key not in shared:
        shared[key] = _nearest(classifier, rows, asked)
    distances, places = shared[key]
    nearest = np.asarray(classifier._y)[places[:, :k]]
    counts = (nearest[:, :, None] == np.arange(len(classifier.classes_))).sum(axis=1)
    labels: npt.NDArray[Any] = np.asarray(classifier.classes_)[counts.argmax(axis=1)]
    # Of neighbours that are equally far, only the classifier knows which it takes.
    unclear = distances[:, k - 1] >= distances[:, k]
    for first in sorted(set(np.flatnonzero(unclear) // ROWS * ROWS)):
        tile = slice(first, first + ROWS)
        labels[tile] = labels_of(classifier, rows[tile])
    return labels


def _nearest(classifier: Any, rows: Matrix, k: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the distances of the k nearest samples, and which they are, (n, k) both."""

    def both(some: Matrix) -> npt.NDArray[np.float64]:
        distances, places = classifier.kneighbors(some, k)
        return np.asarray(np.hstack([distances, places], dtype=np.float64))

    found = by_rows(both, classifier, rows)
    return found[:, :k], found[:, k:].astype(np.intp)
