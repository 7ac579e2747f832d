"""One layer: patches of a map, compared with filters, pooled, and mixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.coding.exponentials import kernel_codes
from features.compiled import compiled
from features.kernels.gaussian_pooling import GaussianPooling
from features.kernels.patches import patches_of

Vectors = npt.NDArray[np.float32]


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
