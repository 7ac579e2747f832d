"""A change of variables in which the objective curves alike in all directions."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from data.system.threads import one_blas_thread
from models.layers.layer import Array
from models.tiles.tiled_matrix import TiledMatrix

BLOCK = 4096
"""Columns that are decorrelated together; to take more would cost more time than it saves."""

SAMPLES_PER_COLUMN = 2
"""Enough to know which directions are steep; the preconditioner need not be exact."""

LEAST_SAMPLES = 4096

EVEN = 2.0**15
"""The trace of a curvature, over α, up to which its own dtype resolves the flattest direction."""

SIDE = 512
"""Rows and columns of a tile: small enough for many threads to have one each."""


def curvature(
    X: Array,
    weights: Array,
    n_classes: int,
    centre: Array | None = None,
    scale: Array | None = None,
) -> list[TiledMatrix]:
    r"""Return :math:`\frac1k X^T D X`, block by block of the columns, without any penalty.

    Parameters
    ----------
    X, weights : ndarray (n, d), ndarray (n,)
        Samples and the diagonal of D. Of many samples, evenly spaced ones are used.
    n_classes : int
        The figure k.
    centre : ndarray (d,) or None, default None
        What is taken off each row first.
    scale : ndarray (d,) or None, default None
        What the centred rows are then multiplied by.

    Returns
    -------
    list of TiledMatrix
        One for each block of `BLOCK` columns.
    """
    d = X.shape[1]
    step = spacing(*X.shape)
    sample = X[::step]
    weights = weights[::step].astype(X.dtype)
    root = np.sqrt(weights / (n_classes * max(float(weights.sum()), 1e-30)))[:, None]
    root, found = root.astype(X.dtype), []
    for start in range(0, d, BLOCK):
        # A copy of all columns may be more than there is memory for.
        columns = slice(start, start + BLOCK)
        x = sample[:, columns] - (0 if centre is None else centre[columns])
        if scale is not None:
            x *= scale[columns]
        x *= root
        block = TiledMatrix(x.shape[1], X.dtype, SIDE)
        block.add_product(x.T)
        found.append(block)
    return found


def spacing(n: int, d: int) -> int:
    """Return of how many samples (n, d) one is used for the curvature."""
    return max(1, n // max(SAMPLES_PER_COLUMN * min(d, BLOCK), LEAST_SAMPLES))


class Preconditioner:
    r"""The factor L of an approximate Hessian :math:`H_0 = L L^T`, and products with its inverse.

    At W = 0 the softmax has the curvature :math:`\frac1k X^T D X` for each class, nearly. In the
    variables :math:`V = L^T W` it is the identity there, and L-BFGS needs tens of steps where
    correlated columns would take it hundreds. The minimum is the same one.
    (Nocedal and Wright, Numerical Optimization, 2nd ed., section 5.1, "Preconditioning".)

    Parameters
    ----------
    blocks : list of TiledMatrix
        The `curvature` of samples, in float32 or float64. It is left as it is.
    alpha : float
        The penalty α, which curves alike in all directions.
    uneven : bool, default False
        Whether columns may differ in size by orders of magnitude: what keeps the factor regular is
        then measured column by column.

    Examples
    --------
    >>> import numpy as np
    >>> L = Preconditioner(curvature(np.eye(4), np.full(4, 0.25), n_classes=2), alpha=0.5)
    >>> L.to_weights(L.to_gradient(np.ones((4, 1)))).ravel().round(2)
    array([1.6, 1.6, 1.6, 1.6])
    """

    def __init__(self, blocks: list[TiledMatrix], alpha: float, *, uneven: bool = False) -> None:
        self.factors, self.spans, start = [], [], 0
        for block in blocks:
            diagonal = block.diagonal().astype(np.float64)
            even = float(diagonal.sum()) <= EVEN * alpha
            hessian = block.astype(block.dtype if even else np.dtype(np.float64))
            # Columns that are constant, or repeat others, must not make it singular.
            ridge = diagonal if uneven else np.full(block.n, diagonal.mean())
            hessian.add_to_diagonal(alpha + 1e-6 * ridge + 1e-12)
            self.factors.append(Triangle(hessian.factorize(), block.dtype))
            self.spans.append(slice(start, start + block.n))
            start += block.n

    def to_weights(self, V: Array) -> Array:
        """Return W = L⁻ᵀ V, (d, k)."""
        parts = zip(self.spans, self.factors, strict=True)
        with one_blas_thread():
            return np.concatenate([factor.solve_upper(V[span]) for span, factor in parts])

    def to_gradient(self, dW: Array) -> Array:
        """Return ∂F/∂V = L⁻¹ ∂F/∂W, (d, k)."""
        parts = zip(self.spans, self.factors, strict=True)
        with one_blas_thread():
            return np.concatenate([factor.solve_lower(dW[span]) for span, factor in parts])


class Triangle:
    """The factor L of a descent, laid out for solves with a few columns.

    To solve with a triangle is slow for few columns. So the tiles of the diagonal are inverted
    once, and a solve is a product for each row of tiles. Each of the two solves is the transpose of
    the other, whatever the rounding of the inverses.

    Parameters
    ----------
    factor : TiledMatrix
        The factor L, after `TiledMatrix.factorize`. Its tiles are taken out, and are let go
        of by rows.
    dtype : dtype
        What the solves are in.
    """

    def __init__(self, factor: TiledMatrix, dtype: np.dtype[np.floating]) -> None:
        self.spans = factor.spans
        self.before: list[Array] = []
        self.inverses: list[Array] = []
        tiles = factor.tiles
        for i, rows in enumerate(self.spans):
            before = np.empty((rows.stop - rows.start, rows.start), dtype)
            for j in range(i):
                before[:, self.spans[j]] = tiles.pop((i, j))
            corner = tiles.pop((i, i))
            inverse = solve_triangular(corner, np.eye(len(corner)), lower=True, check_finite=False)
            self.before.append(before)
            self.inverses.append(np.ascontiguousarray(inverse, dtype))

    def solve_lower(self, right: Array) -> Array:
        """Solve L X = B for B (n, k)."""
        x = right.astype(self.inverses[0].dtype)
        for rows, before, inverse in zip(self.spans, self.before, self.inverses, strict=True):
            x[rows] = inverse @ (x[rows] - before @ x[: rows.start])
        return x

    def solve_upper(self, right: Array) -> Array:
        """Solve Lᵀ X = B for B (n, k)."""
        x = np.ascontiguousarray(right.T, self.inverses[0].dtype)
        parts = zip(self.spans, self.before, self.inverses, strict=True)
        for rows, before, inverse in reversed(list(parts)):
            x[:, rows] = x[:, rows] @ inverse
            x[:, : rows.start] -= x[:, rows] @ before
        return x.T
