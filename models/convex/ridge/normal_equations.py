"""Ridge regression in closed form, for many columns or many samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from models.convex.ridge.gram import Sums
from models.convex.ridge.left_out import LeftOut, left_out
from models.convex.ridge.scaled_rows import ScaledRows
from models.convex.ridge.systems import Dual, Primal
from models.errors import ModelError
from models.layers.layer import Array
from models.layers.standardize import column_moments


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
    targets : ndarray (n, k)
        The targets T.
    standardize : bool
        Whether S are the inverse deviations of the columns; else it is the identity.
    sums : Sums or None, default None
        What was summed over the rows already, where there is one equation a column.
    """

    X: Array
    weights: Array
    targets: Array
    standardize: bool
    sums: Sums | None = None

    def fit(
        self, alphas: Sequence[float], labels: Array, held_out: Array | None, n_views: int = 1
    ) -> tuple[RidgeSolution, ScaledRows]:
        """Solve for the best α, with all samples; return the rows that the solution is for, too.

        The best is the one that is right most often on the held-out samples (a mask (n,)) when it
        is fitted without them, means and deviations of the columns included; of equals the
        largest. One that is too small to be solved is not taken where others are not. Of
        ``n_views`` samples in a row, which are held out together, the mean is judged. The system
        of equations is set up once, for all samples, and what is held out is taken off it. With
        more than `SIDE` equations, one for each sample, the penalty of a column is then exact to
        `CLOSE`.
        """
        sums = self.sums
        if sums is None:
            mean, variance = column_moments(self.X, self.weights)
        else:
            mean, variance = sums.mean, sums.variance
        rows = self._rows(self.weights, mean, variance)
        left = None
        if held_out is not None:
            self._check_weights(held_out)
            left = left_out(rows, held_out, mean, variance, standardized=self.standardize)
        targets, t_mean = self._centred(self.weights)
        several, taken_off = [targets], None
        if left is not None:
            kept, kept_mean = self._centred(np.where(left.held_out, 0.0, self.weights))
            several.append(kept)
            taken_off = left.held_out if left.by_difference else None
        wide = self.X.shape[1] > len(self.X)
        system = Dual(rows, several) if wide else Primal(rows, several, taken_off, sums)
        scores = {}
        if left is not None:
            scores_of = self._held_out_scores(system, left, kept, kept_mean)
            for alpha in alphas:
                with suppress(ModelError):  # Too small to be solved.
                    found = scores_of(alpha)
                    scores[alpha] = self._accuracy(found, labels, left.held_out, n_views)
        alpha = max(alphas, key=lambda each: (scores.get(each, 0.0), each))
        W, explained = system.weights(alpha, system.right[0])
        value = 0.5 * (float(np.vdot(targets, targets)) - explained)
        return RidgeSolution(W, t_mean, value, alpha, scores.get(alpha)), rows

    def _held_out_scores(
        self, system: Primal | Dual, left: LeftOut, targets: Array, t_mean: Array
    ) -> Callable[[float], Array]:
        """Return what finds the scores of the held-out samples, fitted without them, for an α."""
        if left.by_difference:
            right = system.right[1]
            roots = np.sqrt(self.weights[left.held_out])[:, None]

            def of_difference(alpha: float) -> Array:
                found = system.held_out_scores(alpha, right, left)
                # A sample that weighs nothing is judged by nobody.
                return np.divide(found, roots, out=found, where=roots > 0) + t_mean

            return of_difference
        # Nearly all variance of a column is in what is held out: nothing is left of a difference.
        weights = np.where(left.held_out, 0.0, self.weights) / left.share
        rows = self._rows(weights, *column_moments(self.X, weights))
        targets = targets / np.sqrt(left.share)
        unweighted = replace(rows, weights=np.ones(len(weights)))

        def of_the_rest(alpha: float) -> Array:
            anew = type(system)(rows, [targets])
            W = anew.weights(alpha, anew.right[0])[0].astype(self.X.dtype)
            del anew
            found = np.concatenate([z @ W for _, z in unweighted.blocks(left.held_out)])
            return np.asarray(found + t_mean)

        return of_the_rest

    def _accuracy(self, scores: Array, labels: Array, held_out: Array, n_views: int) -> float:
        """Return the accuracy of the mean scores over views, each sample by its weight."""
        hit = scores.reshape(-1, n_views, scores.shape[1]).mean(axis=1).argmax(axis=1)
        weights = self.weights[held_out][::n_views]
        return float(np.average(hit == labels[held_out][::n_views], weights=weights))

    def _check_weights(self, held_out: Array) -> None:
        for part, what in ((held_out, "held-out samples"), (~held_out, "samples that are kept")):
            if not self.weights[part].sum() > 0:
                raise ModelError(f"the {what} all weigh nothing: there is nothing to choose by")

    def _rows(self, weights: Array, mean: Array, variance: Array) -> ScaledRows:
        return ScaledRows.of(self.X, weights, mean, variance, self.standardize)

    def _centred(self, weights: Array) -> tuple[Array, Array]:
        """Return targets less their weighted mean, times roots of the weights; and that mean."""
        t_mean = weights @ self.targets / weights.sum()
        return np.sqrt(weights)[:, None] * (self.targets - t_mean), t_mean
