"""One layer: patches of a map, compared with filters, pooled, and mixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.coding.exponentials import kernel_codes
from features.compiled import compiled
from features.kernels.gaussian_pooling import GaussianPooling

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


@dataclass(frozen=True)
class Layer:
    """What one layer makes of the map below it.

    A patch x has a code for each filter w: ‖x‖·exp((w·x/‖x‖ - 1)/σ²). Codes are pooled and then
    multiplied with a matrix; as pooling is linear, that is the same as before it, and cheaper.

    Parameters
    ----------
    patch_size : int
        Side of the patches, in positions of the map below.
    sigma : float
        σ.
    filters : float32 array (k, d)
        Each of length one.
    mixing : float32 array (k, k)
        See `features.kernels.filters.inverse_root`.
    pooling : GaussianPooling
        Of the codes.
    """

    patch_size: int
    sigma: float
    filters: Vectors
    mixing: Vectors
    pooling: GaussianPooling

    def codes(self, values: Vectors) -> Vectors:
        """Return the codes (rows, columns, k) of a map (rows, columns, c)."""
        patches = patches_of(values, self.patch_size)
        lengths = np.sqrt(np.einsum("nd,nd->n", patches, patches))
        products = patches @ self.filters.T
        compiled(kernel_codes)(products, lengths, np.float32(1 / self.sigma**2))
        return products.reshape(*values.shape[:2], -1)

    def __call__(self, values: Vectors) -> Vectors:
        """Return the map (rows, columns, k) that this layer makes of a map."""
        return self.mixed(self.pooling(self.codes(values)))

    def mixed(self, pooled: Vectors) -> Vectors:
        """Return pooled codes, multiplied with the matrix."""
        rows, columns, n_filters = pooled.shape
        flat = pooled.reshape(rows * columns, n_filters) @ self.mixing
        return np.asarray(flat.reshape(pooled.shape))
