"""A kernel through some of the samples: bounded memory for any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sklearn.utils import gen_batches

from data.system.threads import crew, n_threads
from models.errors import ModelError
from models.kernels.rows import KernelRows
from models.kernels.solution import Solution
from models.kernels.tiles import DOUBLE, SIDE
from models.layers.layer import Array
from models.tiles.factor import Factor
from models.tiles.tiled_matrix import TiledMatrix

ROWS_AT_ONCE, ROWS_OF_A_THREAD = 4096, 512
"""Samples whose coordinates are held at once, and those that one thread computes."""

_JITTER = 1e-6


class Landmarks:
    r"""Ridge regression in the coordinates that m landmarks span, :math:`\phi(x) = L^{-1}k_m(x)`.

    Here :math:`LL^T = K_{mm}`, and :math:`k_m(x)` is the kernel of x with each landmark, so that
    :math:`\phi(x)^T\phi(y)` is the best approximation of the kernel that the landmarks allow. The
    normal equations (m, m) are summed over blocks of samples; no matrix has a row and a column for
    each pair of samples.

    Parameters
    ----------
    rows : KernelRows
        The samples.
    landmarks : KernelRows
        Some of the samples.

    References
    ----------
    Williams and Seeger, "Using the Nyström method to speed up kernel machines", NIPS 2000.
    """

    def __init__(self, rows: KernelRows, landmarks: KernelRows) -> None:
        self.rows, self.landmarks = rows, landmarks
        m = len(landmarks)
        self.dtype = np.dtype(np.float64) if m <= DOUBLE else rows.Z.dtype

    def solve(self, weights: Array, alphas: Sequence[float], targets: Array) -> list[Solution]:
        """Return the solution for each α, its weights those of the landmarks.

        How much each sample counts (n,) sums to one; the targets are (n, k). In place of an α
        that is too small for the dtype stands the smallest one that is not.

        Raises
        ------
        ModelError
            If each α is too small for the dtype.
        """
        factor, n, m = self.factor(), len(self.rows), len(self.landmarks)
        t_mean = weights @ targets
        gram = TiledMatrix(m, self.dtype, SIDE)
        mean, right = np.zeros(m), np.zeros((m, targets.shape[1]))
        for some in gen_batches(n, ROWS_AT_ONCE):
            phi = self.coordinates(factor, some)
            w = weights[some]
            mean += phi @ w.astype(phi.dtype)
            right += phi @ (w[:, None] * (targets[some] - t_mean)).astype(phi.dtype)
            phi *= np.sqrt(w).astype(phi.dtype)
            gram.add_product(phi)
        centre = mean[:, None].astype(self.dtype)
        gram.add_product(-centre, centre)
        found: dict[float, Solution] = {}
        last = min(alphas)
        for alpha in sorted(set(alphas), reverse=True):
            matrix = gram if alpha == last else gram.astype(self.dtype)
            matrix.add_to_diagonal(alpha)
            try:
                w = Factor(matrix).solve(right)
            except np.linalg.LinAlgError:
                if not found:
                    raise ModelError(
                        f"alpha={alpha:g} is too small for {m} landmarks in {self.dtype}: "
                        "raise alpha"
                    ) from None
                break
            dual = factor.solve_upper(w).astype(np.float64)
            found[alpha] = Solution(dual, t_mean - mean @ w)
            del matrix
        nearest = replace(found[min(found)], is_close=False)
        return [found.get(alpha, nearest) for alpha in alphas]

    def factor(self) -> Factor:
        """Return L, of a matrix whose diagonal is a millionth larger."""
        matrix = TiledMatrix(len(self.landmarks), self.dtype, SIDE)
        self.landmarks.squares, self.rows.squares  # noqa: B018 - before threads ask for them

        def fill(key: tuple[int, int]) -> None:
            rows, columns = (matrix.spans[place] for place in key)
            matrix.tiles[key][:] = self.landmarks.block(rows, self.landmarks, columns)

        with crew(n_threads(None)) as run:
            run(fill, matrix.tiles)
        size = float(matrix.diagonal().mean(dtype=np.float64)) or 1.0
        before = 0.0
        for jitter in (_JITTER, 10 * _JITTER, 100 * _JITTER):
            copy = matrix.astype(self.dtype)
            copy.add_to_diagonal(jitter * size)
            try:
                return Factor(copy)
            except np.linalg.LinAlgError:
                before = jitter
                del copy
        raise ModelError(
            f"the kernel of {len(self.landmarks)} landmarks is singular in {self.dtype}, also with "
            f"{before:g} of its size on the diagonal: standardize the columns, or take fewer"
        )

    def coordinates(self, factor: Factor, some: slice) -> Array:
        """Return φ (m, n_rows) of some samples."""
        phi = np.empty((len(self.landmarks), some.stop - some.start), self.dtype)

        def compute(part: slice) -> None:
            rows = slice(some.start + part.start, some.start + part.stop)
            every = slice(0, len(self.landmarks))
            kernel = self.rows.block(rows, self.landmarks, every)
            phi[:, part] = factor.solve_lower(kernel.T)

        with crew(n_threads(None)) as run:
            run(compute, list(gen_batches(phi.shape[1], ROWS_OF_A_THREAD)))
        return phi
