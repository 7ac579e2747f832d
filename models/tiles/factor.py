"""The Cholesky factor of a tiled matrix, by products alone, which threads can share."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cholesky, get_lapack_funcs

from data.system.threads import crew, n_threads
from models.layers.layer import Array
from models.tiles.tiled_matrix import TiledMatrix


class Factor:
    r"""The factor L of :math:`M = LL^T`, in tiles, with inverses in place of the diagonal tiles.

    SciPy solves a triangular system while no other thread of Python runs. With the inverse of each
    corner, a tile below it is one product, and so is each step of a solution.

    Parameters
    ----------
    matrix : TiledMatrix
        M, which is used up.

    Raises
    ------
    numpy.linalg.LinAlgError
        If M is not positive definite to within its dtype.

    References
    ----------
    Golub and Van Loan, Matrix Computations, 4th ed., section 4.2.9 (block Cholesky).

    Examples
    --------
    >>> matrix = TiledMatrix(2, np.float64, side=1)
    >>> matrix.add_product(np.float64([[2, 0], [1, 1]]))
    >>> Factor(matrix).solve(np.float64([[4], [3]]))
    array([[0.5],
           [1. ]])
    """

    def __init__(self, matrix: TiledMatrix) -> None:
        self.spans, self.tiles, self.dtype = matrix.spans, matrix.tiles, matrix.dtype
        tiles, n_spans = self.tiles, len(self.spans)
        with crew(min(n_threads(None), max(1, n_spans - 1))) as run:
            for k in range(n_spans):
                inverse = tiles[k, k][:] = _inverse_of_factor(tiles[k, k])
                below = range(k + 1, n_spans)

                def divide(i: int, k: int = k, inverse: Array = inverse) -> None:
                    tiles[i, k][:] = tiles[i, k] @ inverse.T

                def reduce(key: tuple[int, int], k: int = k) -> None:
                    tiles[key] -= tiles[key[0], k] @ tiles[key[1], k].T

                run(divide, below)
                run(reduce, [(i, j) for i in below for j in range(k + 1, i + 1)])

    def solve(self, right: Array) -> Array:
        """Solve L Lᵀ X = B for B (n, k)."""
        return self.solve_upper(self.solve_lower(right))

    def solve_lower(self, right: Array) -> Array:
        """Solve L X = B for B (n, k)."""
        x = right.astype(self.dtype)
        for i, rows in enumerate(self.spans):
            for j in range(i):
                x[rows] -= self.tiles[i, j] @ x[self.spans[j]]
            x[rows] = self.tiles[i, i] @ x[rows]
        return x

    def solve_upper(self, right: Array) -> Array:
        """Solve Lᵀ X = B for B (n, k)."""
        x = right.astype(self.dtype)
        for i in reversed(range(len(self.spans))):
            rows = self.spans[i]
            for j in range(i + 1, len(self.spans)):
                x[rows] -= self.tiles[j, i].T @ x[self.spans[j]]
            x[rows] = self.tiles[i, i].T @ x[rows]
        return x


def _inverse_of_factor(corner: Array) -> Array:
    """Return the inverse of the Cholesky factor of a diagonal tile."""
    L = cholesky(corner, lower=True, check_finite=False)
    (trtri,) = get_lapack_funcs(("trtri",), (L,))
    inverse, info = trtri(L, lower=1)
    if info or not np.isfinite(inverse).all():
        raise np.linalg.LinAlgError("a corner is singular")
    return np.ascontiguousarray(inverse)
