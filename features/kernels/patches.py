"""The square around every position of a map, as a vector."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


def patches_of(values: Vectors, size: int, *, repeat: bool = False) -> Vectors:
    """Return the square around every position of a map, as a vector.

    Parameters
    ----------
    values : float32 array (rows, columns, c)
        The map.
    size : int
        Side of the squares. If it is even, there is one position less above and to the left.
    repeat : bool, default False
        Whether the values at the edges are repeated beyond them; otherwise there are zeros.

    Returns
    -------
    float32 array (rows · columns, size · size · c)

    Examples
    --------
    >>> patches_of(np.float32([[[1], [2]]]), 3)
    array([[0., 0., 0., 0., 1., 2., 0., 0., 0.],
           [0., 0., 0., 1., 2., 0., 0., 0., 0.]], dtype=float32)
    """
    rows, columns, n_values = values.shape
    before = (size - 1) // 2
    if repeat:
        around = (before, size - 1 - before)
        padded = np.pad(values, (around, around, (0, 0)), mode="edge")
    else:
        padded = np.zeros((rows + size - 1, columns + size - 1, n_values), dtype=np.float32)
        padded[before : before + rows, before : before + columns] = values
    # One row of a patch is one run of memory, so that whole runs are copied.
    by_row, by_column, by_value = padded.strides
    runs = np.lib.stride_tricks.as_strided(
        padded,
        shape=(rows, columns, size, size * n_values),
        strides=(by_row, by_column, by_row, by_value),
        writeable=False,
    )
    return runs.reshape(rows * columns, size * size * n_values)
