"""The votes of an image's nearest neighbours, found in one pass over the training images.

scikit-learn converts all training rows to double precision for each prediction. Here rows in a byte
a value say which few may be the nearest, and double precision decides among these alone. Where they
leave too many, as of one outlier among small values, single precision says it.
"""

from __future__ import annotations

from typing import Any, TypeGuard
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from data.system.threads import one_blas_thread
from pipelines.predicting.coarse_rows import CoarseRows, coarse
from pipelines.running.cells.contract import Matrix, votes
from pipelines.running.cells.predicting import by_rows

Doubles = npt.NDArray[np.float64]

FEW = 4
"""So many rows at most are looked at one by one. For more, a product of matrices is quicker."""

_SHARE = 8
"""Bytes are enough if they leave fewer than one row in so many."""

_coarse: WeakKeyDictionary[Any, CoarseRows] = WeakKeyDictionary()
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
    some = _near_by_bytes(classifier, row)
    if some is None:
        some = _near_in_single(classifier, row)
    if some is None:
        return None
    differences = fitted[some].astype(np.float64)
    lengths = np.einsum("ij,ij->i", differences, differences)
    differences -= row
    exact = np.einsum("ij,ij->i", differences, differences)
    order = np.argsort(exact, kind="stable")
    # scikit-learn takes such a distance from squares and products, and so only the classifier
    # knows which of two rows it finds nearer whose distances differ by less than that.
    longest = float(np.sqrt(lengths.max())) + _length(row)
    unclear = 8.0 * (n_columns + 4) * 2.0**-53 * longest**2
    if not exact[order[k]] - exact[order[k - 1]] > unclear:
        return None
    return np.asarray(some[order[:k]])


def _near_by_bytes(classifier: Any, row: npt.NDArray[np.float32]) -> npt.NDArray[np.intp] | None:
    """Return which rows may be among the nearest k + 1, or None if bytes leave too many."""
    k, fitted = classifier.n_neighbors, classifier._fit_X
    rows = _coarse.get(classifier)
    if rows is None or rows.codes.shape != fitted.shape:
        rows = _coarse[classifier] = coarse(fitted)
    bounds = rows.bounds(row)
    if bounds is None:
        return None
    least, most = bounds
    some = np.flatnonzero(~(least > np.partition(most, k)[k]))
    return some if len(some) <= max(2 * k + 16, len(fitted) // _SHARE) else None


def _near_in_single(classifier: Any, row: npt.NDArray[np.float32]) -> npt.NDArray[np.intp] | None:
    """Return which rows may be among the nearest k + 1, or None if values are too large."""
    k, fitted = classifier.n_neighbors, classifier._fit_X
    squares = _squares_of(classifier)
    lengths, length = np.sqrt(squares), _length(row)
    # One core reads the rows as fast as memory gives them, so no other is asked.
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        products = (fitted @ row).astype(np.float64)
    if not np.isfinite(products).all():
        return None
    distances = squares - 2.0 * products
    # A float32 sum of n products is wrong by less than n·2⁻²⁴ of the lengths of its factors, and
    # by n·2⁻¹²⁶ where products are too small for float32.
    n_terms = 2.0 * (fitted.shape[1] + 2)
    wrong = n_terms * (2.0**-24 * length * lengths + 2.0**-126)
    reach = np.partition(distances + wrong, k)[k]
    return np.flatnonzero(distances - wrong <= reach)


def _length(row: npt.NDArray[np.float32]) -> float:
    return float(np.linalg.norm(row.astype(np.float64)))


def _squares_of(classifier: Any) -> Doubles:
    """Return the squared length of each fitted row, which is taken once."""
    found = _squares.get(classifier)
    if found is None or len(found) != len(classifier._fit_X):
        parts = np.array_split(classifier._fit_X, max(1, len(classifier._fit_X) // 256))
        found = np.concatenate([np.square(each, dtype=np.float64).sum(axis=1) for each in parts])
        _squares[classifier] = found
    return found
