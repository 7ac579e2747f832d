"""Some rows of a matrix that are gathered as they are read, so that a large part is never copied.

A matrix that is mapped from a file may be larger than the memory, and so may the nine tenths of it
that a choice is fitted on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

LARGE_BYTES = 1 << 28
"""Rows that take so many bytes, or more, are gathered as they are read."""

_BLOCK_BYTES = 1 << 22


class ChosenRows:
    """Rows of a matrix in a chosen order, which is read like an array.

    A slice or indices give an array of those rows alone. The whole is gathered only by
    `numpy.asarray`.

    Parameters
    ----------
    matrix : ndarray (n, d) or (n, n_views, d)
        May be mapped from a file.
    index : array-like of int (m,)
        Which rows, in their order.

    Attributes
    ----------
    shape : tuple of int
        Of the rows that were chosen.
    dtype : dtype
        That of the matrix.

    Examples
    --------
    >>> rows = ChosenRows(np.arange(8).reshape(4, 2), [3, 1])
    >>> rows.shape, rows[1:].tolist(), rows[:, 0].tolist()
    ((2, 2), [[2, 3]], [6, 2])
    """

    def __init__(self, matrix: npt.NDArray[Any], index: Any) -> None:
        self.matrix = matrix
        self.index: npt.NDArray[np.intp] = np.asarray(index, dtype=np.intp)
        self.shape = (len(self.index), *matrix.shape[1:])
        self.dtype = matrix.dtype
        self.ndim = matrix.ndim

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, key: Any) -> npt.NDArray[Any]:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        index = self.index[rows]
        if isinstance(columns, slice):
            return np.asarray(self.matrix[index, columns])
        return np.asarray(self.matrix[np.ix_(index, np.atleast_1d(columns))]).reshape(
            (*index.shape, *np.shape(columns))
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        gathered = self.matrix[self.index]
        return gathered if dtype is None else gathered.astype(dtype, copy=False)

    @property
    def size(self) -> int:
        """How many values there are."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """How many bytes they would take."""
        return self.size * int(self.dtype.itemsize)

    def rows(self, chosen: Any) -> ChosenRows:
        """Return some of the rows, by indices or a mask, without reading them."""
        return ChosenRows(self.matrix, self.index[chosen])

    def one_a_view(self) -> ChosenRows:
        """Return rows (m, n_views, d) as one row for each view, (m · n_views, d)."""
        n_views = self.shape[1]
        index = self.index[:, None] * n_views + np.arange(n_views)
        whole = self.matrix.reshape(len(self.matrix) * n_views, -1)
        return ChosenRows(whole, index.ravel())


def some_rows(X: Any, chosen: Any) -> Any:
    """Return some rows of X, by indices or a mask: many of them as `ChosenRows`, few as an array.

    Parameters
    ----------
    X : ndarray or ChosenRows (n, d)
        The rows.
    chosen : ndarray
        Indices, or a mask (n,).

    Returns
    -------
    ndarray or ChosenRows
        They hold the same values.
    """
    if isinstance(X, ChosenRows):
        return X.rows(chosen)
    index = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen)
    if len(index) * X[:1].nbytes < LARGE_BYTES:
        return X[chosen]
    return ChosenRows(X, index)


def take_rows(X: Any, rows: npt.NDArray[np.intp], out: npt.NDArray[Any]) -> None:
    """Write some rows of X, an array or `ChosenRows`, into an array."""
    if isinstance(X, ChosenRows):
        X, rows = X.matrix, X.index[rows]
    if X.flags.c_contiguous and X.flags.aligned:
        np.take(X, rows, axis=0, out=out, mode="clip")
    else:  # NumPy's take copies such a matrix whole, each time.
        out[...] = X[rows]


def row_blocks(X: Any) -> Iterator[slice]:
    """Yield slices that cut the rows of X into blocks of a few MiB."""
    size = max(1, _BLOCK_BYTES // max(1, int(X[:1].nbytes)))
    for first in range(0, len(X), size):
        yield slice(first, first + size)
