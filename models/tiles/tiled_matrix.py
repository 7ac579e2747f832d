"""A symmetric matrix in square tiles, which is summed, factorised and solved in place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise
from typing import Self

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from data.system.threads import crew, n_threads, one_blas_thread, run_jobs
from models.layers.layer import Array

SIDE = 2048
"""Rows and columns of a tile: large enough for a product at full speed, fixed so that every sum
is taken in one order whatever the machine."""


class TiledMatrix:
    """The lower triangle of a symmetric matrix (n, n), in tiles that threads share.

    It takes half the memory of the whole matrix, and the factorisation makes no copy. One thread
    works on each tile, so the result does not depend on how many threads there are.

    Parameters
    ----------
    n : int
        Rows and columns.
    dtype : dtype
        What the tiles are in.
    side : int or None, default None
        Rows and columns of a tile at most; None for `SIDE`.

    Examples
    --------
    >>> import numpy as np
    >>> matrix = TiledMatrix(3, np.float64)
    >>> matrix.add_product(np.float64([[1, 0], [1, 1], [0, 1]]))
    >>> matrix.add_to_diagonal(1.0)
    >>> matrix.factorize().solve(np.float64([[3], [5], [3]]))
    array([[1.],
           [1.],
           [1.]])
    """

    def __init__(self, n: int, dtype: np.dtype[np.floating], side: int | None = None) -> None:
        edges = [*range(0, n, side or SIDE), n]
        self.spans = [slice(first, last) for first, last in pairwise(edges)]
        self.n = n
        self.tiles = self._zeros(np.dtype(dtype))

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """What the tiles are in."""
        return np.dtype(self.tiles[0, 0].dtype)

    def add_product(
        self,
        panel: Array,
        other: Array | None = None,
        *,
        tiles: Collection[tuple[int, int]] | None = None,
    ) -> None:
        """Add P Qᵀ, which is symmetric, for panels P and Q (n, k); without Q, P Pᵀ.

        Of some tiles, only to those.
        """
        right = panel if other is None else other

        def add(key: tuple[int, int]) -> None:
            i, j = key
            self.tiles[key] += panel[self.spans[i]] @ right[self.spans[j]].T

        run_jobs(add, self.tiles if tiles is None else tiles, None)

    def astype(self, dtype: np.dtype[np.floating]) -> TiledMatrix:
        """Return a new matrix, in another dtype."""
        return self._mapped(dtype, lambda key: self.tiles[key])

    def diagonal(self) -> Array:
        """Return the diagonal (n,)."""
        return np.concatenate([self.tiles[i, i].diagonal() for i in range(len(self.spans))])

    def add_to_diagonal(self, penalty: float | Array) -> None:
        """Add α, or an entry of a vector (n,) each, to the entries of the diagonal."""
        each = np.broadcast_to(penalty, self.n)
        for i, rows in enumerate(self.spans):
            np.einsum("ii->i", self.tiles[i, i])[:] += each[rows]

    def without(self, other: TiledMatrix) -> TiledMatrix:
        """Return a new matrix: this one less another."""
        return self._mapped(self.dtype, lambda key: self.tiles[key] - other.tiles[key])

    def with_zeros(self, where: Array) -> TiledMatrix:
        """Return a new matrix whose rows and columns are zero where a mask (n,) is True."""
        kept = (~where).astype(self.tiles[0, 0].dtype)
        return self._mapped(
            self.dtype,
            lambda key: self.tiles[key] * kept[self.spans[key[0]], None] * kept[self.spans[key[1]]],
        )

    def whole(self) -> Array:
        """Return the matrix (n, n); after `factorize`, its lower triangle is L."""
        out = np.empty((self.n, self.n), self.tiles[0, 0].dtype)
        for (i, j), tile in self.tiles.items():
            out[self.spans[j], self.spans[i]] = tile.T
            out[self.spans[i], self.spans[j]] = tile
        return out

    def product(self, right: Array) -> Array:
        """Return the product with a matrix (n, k)."""
        out = np.zeros((self.n, right.shape[1]), right.dtype)
        with one_blas_thread():
            for (i, j), tile in self.tiles.items():
                out[self.spans[i]] += tile @ right[self.spans[j]]
                if i != j:
                    out[self.spans[j]] += tile.T @ right[self.spans[i]]
        return out

    def factorize(self) -> Self:
        """Become L of the Cholesky factorisation L Lᵀ, tile by tile.

        Golub and Van Loan, Matrix Computations, 4th ed., section 4.2.9 (block Cholesky).

        Raises
        ------
        numpy.linalg.LinAlgError
            If the matrix is not positive definite to within its dtype.
        """
        tiles, n_spans = self.tiles, len(self.spans)
        with crew(min(n_threads(None), len(tiles) - n_spans)) as run:
            for k in range(n_spans):
                corner = tiles[k, k].T  # By columns, as SciPy has it.
                corner[:] = cholesky(tiles[k, k], lower=True, check_finite=False)
                tiles[k, k] = corner
                below = range(k + 1, n_spans)

                def divide(i: int, k: int = k, corner: Array = corner) -> None:
                    divided = solve_triangular(
                        corner, tiles[i, k].T, lower=True, check_finite=False
                    )
                    tiles[i, k][:] = divided.T

                def reduce(key: tuple[int, int], k: int = k) -> None:
                    tiles[key] -= tiles[key[0], k] @ tiles[key[1], k].T

                run(divide, below)
                run(reduce, [(i, j) for i in below for j in range(k + 1, i + 1)])
        return self

    def solve(self, right: Array) -> Array:
        """Solve L Lᵀ X = B for B (n, k), after `factorize`."""
        return self.solve_upper(self.solve_lower(right))

    def solve_lower(self, right: Array) -> Array:
        """Solve L X = B for B (n, k), after `factorize`."""
        x = right.astype(self.tiles[0, 0].dtype)
        with one_blas_thread():
            for i, rows in enumerate(self.spans):
                for j in range(i):
                    x[rows] -= self.tiles[i, j] @ x[self.spans[j]]
                x[rows] = solve_triangular(
                    self.tiles[i, i], x[rows], lower=True, check_finite=False
                )
        return x

    def solve_upper(self, right: Array) -> Array:
        """Solve Lᵀ X = B for B (n, k), after `factorize`."""
        x = right.astype(self.tiles[0, 0].dtype)
        with one_blas_thread():
            for i in reversed(range(len(self.spans))):
                rows = self.spans[i]
                for j in range(i + 1, len(self.spans)):
                    x[rows] -= self.tiles[j, i].T @ x[self.spans[j]]
                x[rows] = solve_triangular(
                    self.tiles[i, i], x[rows], lower=True, trans="T", check_finite=False
                )
        return x

    def _mapped(
        self, dtype: np.dtype[np.floating], tile: Callable[[tuple[int, int]], Array]
    ) -> TiledMatrix:
        made = TiledMatrix(self.n, dtype, self.spans[0].stop)
        for key, values in made.tiles.items():
            values[:] = tile(key)
        return made

    def _zeros(self, dtype: np.dtype[np.floating]) -> dict[tuple[int, int], Array]:
        """Return tiles; each row of them is one block of memory.

        A large block goes back to the system as soon as none of its tiles is held.
        """
        tiles = {}
        for i, rows in enumerate(self.spans):
            height, edges = rows.stop - rows.start, [columns.stop for columns in self.spans[:i]]
            block = np.zeros(height * rows.stop, dtype)
            for j, part in enumerate(np.split(block, [height * edge for edge in edges])):
                tiles[i, j] = part.reshape(height, -1)
        return tiles
