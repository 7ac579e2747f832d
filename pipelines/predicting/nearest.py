"""The votes of an image's nearest neighbours, found in one pass over the training images.

scikit-learn converts all training rows to double precision for each prediction. Here single
precision says which few rows may be the nearest, and double precision decides among these alone.
"""

from __future__ import annotations

from typing import Any, TypeGuard
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from data.threads import one_blas_thread
from pipelines.running.contract import Matrix, votes
from pipelines.running.predicting import by_rows

Doubles = npt.NDArray[np.float64]

FEW = 4
"""So many rows at most are looked at one by one. For more, a product of matrices is quicker."""

_squares: WeakKeyDictionary[Any, Doubles] = WeakKeyDictionary()


def is_election(classifier: Any) -> TypeGuard[Any]:
    """Return whether a fitted classifier counts votes of neighbours of which all rows are known."""
    return (
        votes(classifier)
        and not hasattr(classifier, "steps")
        and classifier._fit_method == "brute"
        and classifier.effective_metric_ == "euclidean"
        and isinstance(rows := classifier._fit_X, np.ndarray)
        and rows.dtype == np.float32
        and bool(rows.flags.c_contiguous)
        and np.ndim(classifier._y) == 1
    )


def shares_of_votes(classifier: Any, rows: Matrix) -> Doubles:
    """Return what `predict_proba` of such a classifier says.

    Parameters
    ----------
    classifier : KNeighborsClassifier
        One for which `is_election` says so.
    rows : float32 array (n, d)
        Finite.

    Returns
    -------
    float64 array (n, n_classes)
    """
    if 0 < len(rows) <= FEW and rows.shape[1] == classifier.n_features_in_:
        nearest = [_nearest(classifier, row) for row in rows]
        if all(each is not None for each in nearest):
            found = np.asarray(classifier._y)[np.array(nearest)]
            known = np.arange(len(classifier.classes_))
            counts = (found[:, :, None] == known).sum(axis=1)
            return np.asarray(counts / classifier.n_neighbors)
    return np.asarray(by_rows(classifier.predict_proba, classifier, rows))


def _nearest(classifier: Any, row: npt.NDArray[np.float32]) -> npt.NDArray[np.intp] | None:
    """Return which rows are the nearest, or None if two of them are too much alike to say."""
    k, fitted = classifier.n_neighbors, classifier._fit_X
    n_rows, n_columns = fitted.shape
    if k >= n_rows:
        return None
    squares = _squares_of(classifier)
    lengths, length = np.sqrt(squares), float(np.linalg.norm(row.astype(np.float64)))
    # One core reads the rows as fast as memory gives them, so no other is asked.
    with one_blas_thread():
        distances = squares - 2.0 * (fitted @ row).astype(np.float64)
    # A float32 sum of n products is wrong by less than n·2⁻²⁴ of the lengths of its factors.
    wrong = (2.0 * (n_columns + 2) * 2.0**-24 * length) * lengths
    reach = np.partition(distances + wrong, k)[k]
    some = np.flatnonzero(distances - wrong <= reach)
    exact = np.square(fitted[some].astype(np.float64) - row).sum(axis=1)
    order = np.argsort(exact, kind="stable")
    # scikit-learn takes such a distance from squares and products, and so only the classifier
    # knows which of two rows it finds nearer whose distances differ by less than that.
    unclear = 8.0 * (n_columns + 4) * 2.0**-53 * (float(lengths[some].max()) + length) ** 2
    if not exact[order[k]] - exact[order[k - 1]] > unclear:
        return None
    return np.asarray(some[order[:k]])


def _squares_of(classifier: Any) -> Doubles:
    """Return the squared length of each fitted row, which is taken once."""
    found = _squares.get(classifier)
    if found is None or len(found) != len(classifier._fit_X):
        parts = np.array_split(classifier._fit_X, max(1, len(classifier._fit_X) // 256))
        found = np.concatenate([np.square(each, dtype=np.float64).sum(axis=1) for each in parts])
        _squares[classifier] = found
    return found
