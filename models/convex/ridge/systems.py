"""The two systems of equations of ridge regression: one equation a column, or one a sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import lstsq

from models.convex.ridge.gram import Sums, gram
from models.convex.ridge.left_out import LeftOut
from models.convex.ridge.scaled_rows import ScaledRows
from models.errors import ModelError
from models.layers.layer import Array
from models.tiles.tiled_matrix import SIDE, TiledMatrix

CLOSE = 0.05
"""How far, in a large system of one equation a sample, the penalty of a column may be from that of
its own scale while samples are left out. A column that is further off is corrected."""


class Primal:
    """The system of one equation for each column, (ZᵀZ + αI) W = ZᵀT, with ZᵀT for several T.

    Z is read once for all of this, and once more for what is held out.
    """

    def __init__(
        self,
        rows: ScaledRows,
        targets: Sequence[Array],
        held_out: Array | None = None,
        sums: Sums | None = None,
    ) -> None:
        self.rows = rows
        self.right = [np.zeros((rows.X.shape[1], each.shape[1])) for each in targets]

        def add(index: Array, z: Array) -> None:
            for right, each in zip(self.right, targets, strict=True):
                right += z.T @ each[index].astype(z.dtype)

        self.gram = gram(rows, None, sums, add)
        if held_out is not None:
            self.gram_held_out = gram(rows, held_out, sums)

    def weights(self, alpha: float, right: Array) -> tuple[Array, float]:
        """Return W, and twice the fall of the objective, tr(TᵀZW). The system is used up."""
        W = _solved(self.gram, alpha, right)
        return W, float(np.vdot(right, W))

    def held_out_scores(self, alpha: float, right: Array, left: LeftOut) -> Array:
        """Return rows of ZW for the samples left out, learned from the others.

        With m and v the means and variances of these, their own columns are (z − m)/√v: the
        system loses s·mmᵀ, and the penalty of a column is multiplied by v.
        """
        rest = self.gram.without(self.gram_held_out)
        rest.add_product(-left.share * left.mean[:, None], left.mean[:, None])
        if left.constant.any():
            rest = rest.with_zeros(left.constant)
            right = np.where(left.constant[:, None], 0.0, right)
        W = _solved(rest, alpha * left.share * left.variance, right)
        moved, W = left.mean @ W, W.astype(self.rows.X.dtype)
        found = np.concatenate([z @ W for _, z in self.rows.blocks(left.held_out)])
        return np.asarray(found - np.sqrt(self.rows.weights[left.held_out])[:, None] * moved)


class Dual:
    """The system of one equation for each sample, (ZZᵀ + αI) A = T with W = ZᵀA, for several T."""

    def __init__(self, rows: ScaledRows, targets: Sequence[Array]) -> None:
        self.rows, self.right = rows, targets
        n = len(rows.X)
        self.kernel = TiledMatrix(n, rows.sum_dtype(n))
        for _, z in rows.column_blocks():
            self.kernel.add_product(z)

    def weights(self, alpha: float, right: Array) -> tuple[Array, float]:
        """Return W, and twice the fall of the objective, tr(TᵀZW) = tr(Tᵀ(T − αA)).

        The system is used up.
        """
        A = _solved(self.kernel, alpha, right).astype(self.rows.X.dtype)
        W = np.concatenate([z.T @ A for _, z in self.rows.column_blocks()])
        return W, float(np.vdot(right, right - alpha * A))

    def held_out_scores(self, alpha: float, right: Array, left: LeftOut) -> Array:
        """Return rows of ZW for the samples left out, learned from the others.

        Their own columns are (z − m)/√v. A column that adds zzᵀ to the system then adds zzᵀ/v,
        and the means are taken off rows and columns of the system itself.
        """
        factors = np.where(left.constant, 0.0, 1 / left.variance) - 1
        off = np.abs(factors) > (0.0 if len(self.rows.X) <= SIDE else CLOSE)
        changed, kernel = np.flatnonzero(off), self.kernel.with_zeros(left.held_out)
        kept = (~left.held_out).astype(np.float64)
        for columns, z in self.rows.column_blocks(changed):
            part = z * kept[:, None]
            kernel.add_product(part * factors[columns], part)
        roots = np.sqrt(self.rows.weights)
        inside = (kept * roots)[:, None]
        along = kernel.product(inside) / left.share
        along -= 0.5 * float(np.vdot(inside, along)) / left.share * inside
        kernel.add_product(-np.hstack([inside, along]), np.hstack([along, inside]))
        A = kept[:, None] * _solved(kernel, alpha * left.share, right)
        # The centred system is blind to this direction, and lets rounding grow along it.
        A -= inside * (inside.T @ A / left.share)
        found = self.kernel.product(A)
        for columns, z in self.rows.column_blocks(changed):
            found += (z * factors[columns]) @ (z.T @ A)
        found -= roots[:, None] * (inside.T @ found / left.share)
        return np.asarray(found[left.held_out])


def _solved(matrix: TiledMatrix, penalty: float | Array, right: Array) -> Array:
    """Solve (M + diag(penalty)) X = B; with least squares where that is singular, and small."""
    matrix.add_to_diagonal(penalty)
    small = len(matrix.spans) == 1
    whole = matrix.whole() if small else None
    try:
        found = matrix.factorize().solve(right)
        if np.isfinite(found).all():
            return found
    except np.linalg.LinAlgError:
        pass
    if whole is None:
        raise ModelError(
            f"alpha={float(np.max(penalty)):g} is too small for {matrix.n} equations in "
            f"{matrix.tiles[0, 0].dtype}: raise alpha, or standardize the columns"
        )
    return np.asarray(lstsq(whole, right)[0])
