"""The kernel's matrix of all samples: filled and solved in tiles that threads share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from sklearn.utils import gen_batches

from data.system.memory import memory_left
from data.system.threads import crew, n_threads
from models.errors import ModelError
from models.kernels.rows import KernelRows
from models.kernels.solution import Solution
from models.kernels.through_landmarks import ThroughLandmarks
from models.kernels.tiles import DOUBLE, SIDE
from models.layers.layer import Array
from models.tiles.factor import Factor
from models.tiles.tiled_matrix import TiledMatrix

FACTORISED_UP_TO = 2**33
"""Bytes of a matrix and of its factor, up to which it is factorised. What is larger is solved by
conjugate gradients with landmarks, and is held alone."""

CLOSE = 1e-5
"""Length of what is left of a right side, as a share of it, at which a solution is good enough."""

_SHIFTS = 0.0, 1e-6, 1e-5, 1e-4
_MOST_STEPS = 100


def is_large(n: int, itemsize: int) -> bool:
    """Return whether the matrix of n samples is too large for a factor."""
    return n * n * itemsize > FACTORISED_UP_TO


def is_kept(n: int, itemsize: int) -> bool:
    """Return whether the matrix of n samples is held beside its factor; the bits are the same.

    One that is not is computed anew where it is needed.
    """
    return not is_large(n, itemsize) and n * n * itemsize <= memory_left()


class Near(Protocol):
    """A matrix near to that which is to be solved, and easier to solve."""

    def solve(self, right: Array) -> Array:
        """Return the product of its inverse with B (n, k)."""
        ...


class KernelMatrix:
    r"""The system :math:`(SKS + \alpha I)\,u = S(T - \mathbf 1 b)` with :math:`\mathbf 1^TSu = 0`.

    S are the roots of the weights of samples, and :math:`a = Su` the weights of the kernel. This
    is the minimum of
    :math:`\frac12\sum_i w_i\|f(x_i)-t_i\|^2 + \frac\alpha2\|f-b\|^2` with
    :math:`f(x) = \sum_j k(x, x_j)\,a_j + b`, whose bias b is free of the penalty. The Cholesky
    factor is that of the matrix in the dtype of the samples; conjugate gradients with it, in
    float64, then remove what rounding has left. A large matrix is not factorised, unless they do
    not get there with landmarks (`ThroughLandmarks`) in its place.

    Parameters
    ----------
    rows : KernelRows
        The samples.
    weights : ndarray (n,)
        How much each counts, above zero; they sum to one.

    References
    ----------
    Saunders, Gammerman and Vovk, "Ridge regression learning algorithm in dual variables", ICML
    1998. Golub and Van Loan, Matrix Computations, 4th ed., sections 4.2.9 and 11.5.2.
    """

    def __init__(self, rows: KernelRows, weights: Array) -> None:
        self.rows = rows
        self.roots = np.sqrt(weights)
        n, dtype = len(rows), rows.Z.dtype
        self.dtype = np.dtype(np.float64) if n <= DOUBLE else dtype
        self._own_roots = self.roots.astype(dtype)
        self._spans = list(gen_batches(n, SIDE))
        self._kept: TiledMatrix | None = None

    def solve(self, alphas: Sequence[float], targets: Array) -> list[Solution]:
        """Return the solution for each α; the targets T are (n, k).

        Raises
        ------
        ModelError
            If an α is too small for the dtype.
        """
        self._kept = None
        right = self.roots[:, None] * np.column_stack([targets, np.ones(len(targets))])
        n, itemsize = len(self.rows), self.dtype.itemsize
        near = self._near() if is_large(n, itemsize) else None
        if near is not None or is_kept(n, itemsize):
            self._kept = self._filled()
        found: dict[float, Solution] = {}
        for alpha in sorted(set(alphas), reverse=True):  # A small one may end what the others need.
            u = None if near is None else self._solved_near(near, alpha, right)
            is_close = u is not None
            if u is None:
                if near is not None:  # A factor takes the place of what is held.
                    near = self._kept = None
                u, is_close = self._refined(alpha, self._factor(alpha), right)
            rest, of_ones = u[:, :-1], u[:, -1]
            b = self.roots @ rest / (self.roots @ of_ones)
            a = self.roots[:, None] * (rest - of_ones[:, None] * b)
            found[alpha] = Solution(a, b, is_close)
        return [found[alpha] for alpha in alphas]

    def _near(self) -> ThroughLandmarks | None:
        """Return the matrix through landmarks; None where these are too much alike."""
        try:
            return ThroughLandmarks(self.rows, self.roots)
        except ModelError:
            return None

    def _solved_near(self, near: ThroughLandmarks, alpha: float, right: Array) -> Array | None:
        """Solve without a factor of the whole; None where that does not come close."""
        try:
            u, is_close = self._refined(alpha, near.plus(alpha), right)
        except np.linalg.LinAlgError:  # α is lost beside the landmarks' matrix.
            return None
        return u if is_close else None

    def _filled(self) -> TiledMatrix:
        matrix = TiledMatrix(len(self.rows), self.dtype, SIDE)
        self.rows.squares  # noqa: B018 - before threads ask for it

        def fill(key: tuple[int, int]) -> None:
            matrix.tiles[key][:] = self._tile(key)

        with crew(n_threads(None)) as run:
            run(fill, matrix.tiles)
        return matrix

    def _tile(self, key: tuple[int, int]) -> Array:
        """Return a tile of SKS."""
        rows, columns = (self._spans[place] for place in key)
        tile = self.rows.block(rows, self.rows, columns)
        tile *= self._own_roots[rows, None]
        tile *= self._own_roots[columns]
        return tile

    def _factor(self, alpha: float) -> Factor:
        """Return the Cholesky factor, of a matrix with a larger diagonal where rounding asks so."""
        for shift in _SHIFTS:
            matrix = self._filled() if self._kept is None else self._kept.astype(self.dtype)
            size = float(matrix.diagonal().sum(dtype=np.float64))
            matrix.add_to_diagonal(alpha + shift * size)
            try:
                return Factor(matrix)
            except np.linalg.LinAlgError:
                del matrix
        raise ModelError(
            f"alpha={alpha:g} is too small for a kernel of {len(self.rows)} samples in "
            f"{self.dtype}, which rounding makes indefinite: raise alpha"
        )

    def _refined(self, alpha: float, near: Near, right: Array) -> tuple[Array, bool]:
        """Solve by conjugate gradients; say whether what is left of the right side is small.

        With a factor, the first step is nearly all.
        """
        x = np.zeros_like(right)
        left, size = right.copy(), np.linalg.norm(right, axis=0)
        size[size == 0] = 1.0
        step = near.solve(left).astype(np.float64)
        along = np.einsum("nk,nk->k", left, step)
        for _ in range(_MOST_STEPS):
            moved = self._product(step) + alpha * step
            curved = np.einsum("nk,nk->k", step, moved)
            if not (curved > 0)[np.linalg.norm(left, axis=0) > CLOSE * size].all():
                return x, False  # Rounding has made the matrix indefinite.
            length = np.divide(along, curved, out=np.zeros_like(along), where=curved > 0)
            x += length * step
            left -= length * moved
            if (np.linalg.norm(left, axis=0) <= CLOSE * size).all():
                return x, True
            solved = near.solve(left).astype(np.float64)
            before, along = along, np.einsum("nk,nk->k", left, solved)
            ratio = np.divide(along, before, out=np.zeros_like(along), where=before > 0)
            step = solved + ratio * step
        return x, False

    def _product(self, x: Array) -> Array:
        """Return SKS x for x (n, k) in float64, summed in an order of its own."""
        out = np.zeros_like(x)
        with crew(n_threads(None)) as run:
            for i, rows in enumerate(self._spans):
                parts: list[Array] = [out] * (i + 1)
                mirrored: list[Array] = [out] * i

                def multiply(
                    j: int,
                    i: int = i,
                    rows: slice = rows,
                    parts: list[Array] = parts,
                    mirrored: list[Array] = mirrored,
                ) -> None:
                    known = self._kept
                    tile = self._tile((i, j)) if known is None else known.tiles[i, j]
                    wide = tile.astype(np.float64)
                    parts[j] = wide @ x[self._spans[j]]
                    if j < i:
                        mirrored[j] = wide.T @ x[rows]

                run(multiply, range(i + 1))
                for part in parts:
                    out[rows] += part
                for j, part in enumerate(mirrored):
                    out[self._spans[j]] += part
        return out
