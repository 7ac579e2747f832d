"""Ridge regression in closed form, for many columns or many samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lstsq

from models.convex.tiled_matrix import SIDE, TiledMatrix
from models.errors import ModelError
from models.layers.layer import Array


@dataclass(frozen=True)
class RidgeSolution:
    """The solution of a ridge regression.

    Attributes
    ----------
    W, b : ndarray (d, k), ndarray (k,)
        The weights and the biases.
    value : float
        The objective there.
    alpha : float
        The α that was taken.
    accuracy : float or None
        The accuracy on the held-out samples; None where there were none.
    """

    W: Array
    b: Array
    value: float
    alpha: float
    accuracy: float | None


@dataclass(frozen=True)
class Ridge:
    r"""The minimum of :math:`\frac12\sum_i w_i\|(x_i-\mu)S\,W + b - t_i\|^2 + \frac\alpha2\|W\|^2`.

    With :math:`Z` the rows :math:`\sqrt{w_i}(x_i-\mu)S` and T alike, either
    :math:`(Z^TZ + \alpha I)W = Z^TT` with one equation a column, or, where there are more columns
    than samples, :math:`(ZZ^T + \alpha I)A = T,\ W = Z^TA` with one a sample. Z is never held: X
    is read in blocks, rows for the first and columns for the second, and may be mapped from a
    file. (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd ed.,
    section 3.4.1 and exercise 18.4; Murphy, Machine Learning, section 14.4.3.)

    Parameters
    ----------
    X : ndarray (n, d)
        Samples.
    weights : ndarray (n,)
        How much each counts; they sum to one.
    mean, scale : ndarray (d,)
        The weighted mean μ of the columns, and the diagonal of S.
    targets : ndarray (n, k)
        The targets T.
    """

    X: Array
    weights: Array
    mean: Array
    scale: Array
    targets: Array

    def fit(
        self, alphas: Sequence[float], labels: Array, held_out: Array | None, n_views: int = 1
    ) -> RidgeSolution:
        """Solve for the best α, with all samples.

        The best is the one that is right most often on the held-out samples (a mask (n,)) when it
        is fitted without them; of equals the largest. Of ``n_views`` samples in a row, which are
        held out together, the mean is judged. The means of the columns and the system of equations
        are those of all samples, and are set up once.
        """
        wide = self.X.shape[1] > len(self.X)
        system = _Dual(self) if wide else _Primal(self, held_out)
        scores = {}
        if held_out is not None:
            targets, t_mean = self._centred(np.where(held_out, 0.0, self.weights))
            right, share = system.right_side(targets), float(self.weights[~held_out].sum())
            weights = self.weights[held_out]
            for alpha in alphas:
                found = system.held_out_scores(alpha * share, right, held_out)
                found += np.sqrt(weights)[:, None] * t_mean
                hit = found.reshape(-1, n_views, found.shape[1]).mean(axis=1).argmax(axis=1)
                right_ones = hit == labels[held_out][::n_views]
                scores[alpha] = float(np.average(right_ones, weights=weights[::n_views]))
        alpha = max(alphas, key=lambda each: (scores.get(each, 0.0), each))
        targets, t_mean = self._centred(self.weights)
        W, explained = system.weights(alpha, system.right_side(targets))
        value = 0.5 * (float(np.vdot(targets, targets)) - explained)
        return RidgeSolution(W, t_mean, value, alpha, scores.get(alpha))

    def _centred(self, weights: Array) -> tuple[Array, Array]:
        """Return targets less their weighted mean, times roots of the weights; and that mean."""
        t_mean = weights @ self.targets / weights.sum()
        return np.sqrt(weights)[:, None] * (self.targets - t_mean), t_mean

    def row_blocks(self, chosen: Array | None = None) -> Iterator[tuple[Array, Array]]:
        """Yield rows of Z, at most `SIDE` at a time, with their indices."""
        rows = np.arange(len(self.X)) if chosen is None else np.flatnonzero(chosen)
        root = np.sqrt(self.weights).astype(self.X.dtype)
        for start in range(0, len(rows), SIDE):
            index = rows[start : start + SIDE]
            block = self.X[index[0] : index[-1] + 1] if chosen is None else self.X[index]
            z = np.subtract(block, self.mean)
            z *= self.scale
            z *= root[index, None]
            yield index, z

    def column_blocks(self) -> Iterator[tuple[slice, Array]]:
        """Yield columns of Z, at most `SIDE` at a time."""
        root = np.sqrt(self.weights).astype(self.X.dtype)[:, None]
        for start in range(0, self.X.shape[1], SIDE):
            columns = slice(start, start + SIDE)
            z = np.subtract(self.X[:, columns], self.mean[columns])
            z *= self.scale[columns]
            z *= root
            yield columns, z

    def dtype(self, n_equations: int) -> np.dtype[np.floating]:
        """Return float64 where that costs little."""
        return np.dtype(np.float64) if n_equations <= SIDE else self.X.dtype


class _Primal:
    """The system of one equation for each column."""

    def __init__(self, ridge: Ridge, held_out: Array | None) -> None:
        self.ridge = ridge
        d = ridge.X.shape[1]
        self.gram = TiledMatrix(d, ridge.dtype(d))
        for _, z in ridge.row_blocks():
            self.gram.add_product(z.T)
        if held_out is not None:
            self.gram_held_out = TiledMatrix(d, ridge.dtype(d))
            for _, z in ridge.row_blocks(held_out):
                self.gram_held_out.add_product(z.T)

    def right_side(self, targets: Array) -> Array:
        """Return Zᵀ T."""
        out = np.zeros((self.gram.n, targets.shape[1]))
        for index, z in self.ridge.row_blocks():
            out += z.T @ targets[index].astype(z.dtype)
        return out

    def weights(self, alpha: float, right: Array) -> tuple[Array, float]:
        """Return W, and twice the fall of the objective, tr(TᵀZW). The system is used up."""
        W = _solved(self.gram, alpha, right)
        return W, float(np.vdot(right, W))

    def held_out_scores(self, alpha: float, right: Array, held_out: Array) -> Array:
        """Return rows of ZW for the held-out samples, fitted without them."""
        W = _solved(self.gram.without(self.gram_held_out), alpha, right)
        W = W.astype(self.ridge.X.dtype)
        return np.concatenate([z @ W for _, z in self.ridge.row_blocks(held_out)])


class _Dual:
    """The system of one equation for each sample."""

    def __init__(self, ridge: Ridge) -> None:
        self.ridge = ridge
        n = len(ridge.X)
        self.kernel = TiledMatrix(n, ridge.dtype(n))
        for _, z in ridge.column_blocks():
            self.kernel.add_product(z)

    def right_side(self, targets: Array) -> Array:
        """Return T."""
        return targets

    def weights(self, alpha: float, right: Array) -> tuple[Array, float]:
        """Return W, and twice the fall of the objective, tr(TᵀZW) = tr(Tᵀ(T − αA)).

        The system is used up.
        """
        A = _solved(self.kernel, alpha, right).astype(self.ridge.X.dtype)
        W = np.concatenate([z.T @ A for _, z in self.ridge.column_blocks()])
        return W, float(np.vdot(right, right - alpha * A))

    def held_out_scores(self, alpha: float, right: Array, held_out: Array) -> Array:
        """Return rows of ZW for the held-out samples, fitted without them."""
        A = _solved(self.kernel.with_zeros(held_out), alpha, right)
        return self.kernel.product(A)[held_out]


def _solved(matrix: TiledMatrix, alpha: float, right: Array) -> Array:
    """Solve (M + αI) X = B; with least squares where that is singular, and small."""
    matrix.add_to_diagonal(alpha)
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
            f"alpha={alpha:g} is too small for {matrix.n} equations in "
            f"{matrix.tiles[0, 0].dtype}: raise alpha, or standardize the columns"
        )
    return np.asarray(lstsq(whole, right)[0])
