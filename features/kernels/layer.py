"""One layer: patches of a map, compared with filters, pooled, and mixed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.coding.products import COLUMNS, ROWS, multiply, panels_of
from features.coding.squares import square_sums
from features.coding.winograd import SIZE, transformed_filters, winograd_sums
from features.extraction.compiled import compiled
from features.kernels.gaussian_pooling import GaussianPooling

Vectors = npt.NDArray[np.float32]

_FEW_VALUES = 8


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

    def __call__(self, values: Vectors) -> Vectors:
        """Return the map (rows, columns, k) that this layer makes of a map."""
        return self.mixed(self.pooled(values))

    def pooled(self, values: Vectors) -> Vectors:
        """Return the pooled codes (rows, columns, k) of a map (rows, columns, c)."""
        rows, columns, n_values = values.shape
        by_tiles = self._by_tiles
        # Tiles are two by two positions.
        down, right = (rows % 2, columns % 2) if by_tiles else (0, 0)
        around = self.patch_size - 1
        padded = np.zeros((rows + around + down, columns + around + right, n_values), np.float32)
        first = around // 2
        padded[first : first + rows, first : first + columns] = values
        sums = np.zeros((*self.pooling.shape, len(self.filters)), dtype=np.float32)
        weights = self.pooling.by_row, self.pooling.by_column
        scale = np.float32(1 / self.sigma**2)
        if by_tiles:
            compiled(winograd_sums)(padded, self._laid_out, scale, *weights, sums)
        else:
            size = self.patch_size
            compiled(square_sums)(padded, size, self._laid_out, scale, *weights, sums)
        return sums

    def mixed(self, pooled: Vectors) -> Vectors:
        """Return pooled codes (..., k), multiplied with the matrix."""
        n_filters = len(self.filters)
        flat = pooled.reshape(-1, n_filters)
        whole = np.zeros((-(-len(flat) // ROWS) * ROWS, n_filters), dtype=np.float32)
        whole[: len(flat)] = flat
        panels = self._mixing_laid_out
        out = np.empty((len(whole), len(panels) * COLUMNS), dtype=np.float32)
        compiled(multiply)(whole, len(flat), panels, out)
        return np.ascontiguousarray(out[: len(flat), :n_filters]).reshape(pooled.shape)

    @property
    def _by_tiles(self) -> bool:
        # With few values, sums and differences cost more than the products that they spare.
        n_values = self.filters.shape[1]
        return self.patch_size == SIZE and n_values >= SIZE * SIZE * _FEW_VALUES

    @cached_property
    def _laid_out(self) -> Vectors:
        return transformed_filters(self.filters) if self._by_tiles else panels_of(self.filters.T)

    @cached_property
    def _mixing_laid_out(self) -> Vectors:
        return panels_of(self.mixing)
