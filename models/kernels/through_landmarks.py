"""A kernel's matrix through a few samples: near enough to solve the whole one in few steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.utils import gen_batches

from data.system.threads import crew, n_threads
from models.kernels.landmarks import ROWS_AT_ONCE, ROWS_OF_A_THREAD, Landmarks
from models.kernels.rows import KernelRows
from models.kernels.tiles import SIDE
from models.layers.layer import Array
from models.tiles.factor import Factor
from models.tiles.tiled_matrix import TiledMatrix

N_LANDMARKS = 4096
"""Samples through which the matrix is seen."""


class ThroughLandmarks:
    r"""The matrix :math:`C^TC`, which is near to SKS.

    C are the coordinates of all samples in the span of some, spread evenly over the rows, see
    `Landmarks`. Where it stands in for the whole matrix, conjugate gradients see little else than
    what the landmarks leave out; the steps are few where that is not much more than α.

    Parameters
    ----------
    rows : KernelRows
        The n samples.
    roots : ndarray (n,)
        S, the roots of how much each counts, above zero; their squares sum to one.

    References
    ----------
    Frangella, Tropp and Udell, "Randomized Nyström preconditioning", SIAM Journal on Matrix
    Analysis and Applications, 2023; Rudi, Carratino and Rosasco, "FALKON: an optimal large scale
    kernel method", NIPS 2017.
    """

    def __init__(self, rows: KernelRows, roots: Array) -> None:
        n = len(rows)
        m = min(N_LANDMARKS, n)
        places = np.linspace(0, n - 1, m).round().astype(np.intp)
        landmarks = Landmarks(rows, rows.some(places))
        factor = landmarks.factor()
        self.C = np.empty((m, n), landmarks.dtype)
        self._gram = TiledMatrix(m, np.dtype(np.float64), SIDE)
        own_roots = roots.astype(landmarks.dtype)
        for some in gen_batches(n, ROWS_AT_ONCE):
            part = landmarks.coordinates(factor, some)
            part *= own_roots[some]
            self.C[:, some] = part
            self._gram.add_product(part.astype(np.float64))

    def plus(self, alpha: float) -> Shifted:
        """Return the matrix with α on its diagonal."""
        matrix = self._gram.astype(self._gram.dtype)
        matrix.add_to_diagonal(alpha)
        return Shifted(self.C, alpha, Factor(matrix))


@dataclass(frozen=True)
class Shifted:
    r"""The matrix :math:`C^TC + \alpha I`, with the factor of :math:`CC^T + \alpha I`.

    Its inverse is :math:`(I - C^T(CC^T + \alpha I)^{-1}C)/\alpha`.
    """

    C: Array
    alpha: float
    inner: Factor

    def solve(self, right: Array) -> Array:
        """Return the product of the inverse with B (n, k), in float64."""
        parts = list(gen_batches(len(right), ROWS_OF_A_THREAD))
        products: list[Array] = [right] * len(parts)
        out = np.empty(right.shape)

        def gather(place: int) -> None:
            some = parts[place]
            products[place] = self.C[:, some].astype(np.float64) @ right[some]

        def finish(place: int) -> None:
            some = parts[place]
            near = self.C[:, some].T.astype(np.float64) @ solved
            out[some] = (right[some] - near) / self.alpha

        with crew(n_threads(None)) as run:
            run(gather, range(len(parts)))
            total = products[0].copy()
            for each in products[1:]:
                total += each
            solved = self.inner.solve(total)
            run(finish, range(len(parts)))
        return out
