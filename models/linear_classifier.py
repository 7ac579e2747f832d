"""The linear classifier: one template a class, compared with a sample by a dot product."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from models.convex.normal_equations import Ridge
from models.convex.objective import LinearObjective
from models.layers.layer import Array
from models.layers.standardize import column_statistics
from models.losses import Loss, MulticlassHinge, SoftmaxCrossEntropy
from models.sample_weights import combined_weights

SMALL = 100_000
"""Multiplications of a product with X up to which an exact solution costs next to nothing."""


class LinearClassifier(ClassifierMixin, BaseEstimator):
    r"""Scores :math:`xW + b`, of which the largest names the class.

    .. math:: \min_{W, b}\ \frac1n\sum_i \ell(x_i W + b,\, y_i) + \frac{\alpha}{2}\|W\|^2

    All three losses are convex, so every start ends in the same value. Softmax is minimised by
    L-BFGS. The hinge has corners, where L-BFGS stumbles: they are rounded, less and less, each
    solution the start of the next. Squared error is solved in closed form, in tiles of the
    normal equations, for as many columns as there is disk for X. On small float64 data
    Newton's method then makes the solution exact. Products are in the dtype of X, sums over
    tiles of rows in float64.

    Parameters
    ----------
    loss : {"softmax", "hinge", "squared"}
        Cross-entropy of the softmax; Weston and Watkins's multiclass hinge with margin 1; half
        the squared distance from the one-hot target.
    alpha : float, or a sequence of these
        α, from 0 up. The bias is not penalised. Of several, "squared" takes the one that is best
        on held-out samples (see `fit`).
    standardize : bool
        Give the columns mean 0 and variance 1 first. ``coef_`` and ``intercept_`` are for the
        columns as they came; the penalty is on the weights of the standardised ones.
    class_weight : dict, "balanced" or None
        Weight of each class's samples; "balanced" is inverse to how often it occurs.
    max_iter : int
        At most so many steps of L-BFGS (at each rounding of the hinge).
    tol : float
        L-BFGS stops when no entry of the gradient is larger.

    Attributes
    ----------
    classes_ : ndarray (n_classes,)
    coef_ : ndarray (n_classes, n_features)
        The templates, one row a class, also for two classes.
    intercept_ : ndarray (n_classes,)
    loss_ : float
        The value of the objective, the penalty included.
    n_iter_ : int
    alpha_, validation_score_ : float
        Of "squared": the α taken; the accuracy on the held-out samples, where there were any.

    Examples
    --------
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> LinearClassifier(loss="squared", alpha=0.1).fit(X, list("aabb")).predict([[0.2], [2.9]])
    array(['a', 'b'], dtype='<U1')
    """

    def __init__(
        self,
        *,
        loss: Literal["softmax", "hinge", "squared"] = "softmax",
        alpha: float | Sequence[float] = 1e-3,
        standardize: bool = False,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        max_iter: int = 500,
        tol: float = 1e-4,
    ) -> None:
        self.loss = loss
        self.alpha = alpha
        self.standardize = standardize
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.tol = tol

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        held_out: Any = None,
        n_views: int = 1,
    ) -> LinearClassifier:
        """Find the weights for samples X (n, d), float, and labels y (n,) of any type.

        Several ``alpha`` are judged on the samples whose indices are ``held_out``, by default
        every tenth of each class; the best is then fitted to all samples. Where so many samples
        in a row, ``n_views``, are views of one thing, their mean score is judged.
        """
        if self.loss not in ("softmax", "hinge", "squared"):
            raise ValueError(f"loss must be 'softmax', 'hinge' or 'squared', got {self.loss!r}")
        if self.loss != "squared" and (self.validates_itself or held_out is not None):
            raise ValueError(
                "several alpha, and held_out, are for loss='squared', which solves for all of "
                f"them at once; got loss={self.loss!r}"
            )
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32), order="C")
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"a classifier needs two classes or more, got {len(self.classes_)} class"
            )
        w = combined_weights(X, y, sample_weight, self.class_weight)
        w /= w.sum()

        mean, scale = np.zeros(X.shape[1], X.dtype), np.ones(X.shape[1], X.dtype)
        if self.standardize:
            mean, scale = column_statistics(X, w)
        if self.loss == "squared":
            W, b = self._solve(X, labels, w, mean, scale, held_out, n_views)
        else:
            if self.standardize:
                X = X - mean
                X *= scale
            W, b = self._descend(X, labels, w)
        W *= scale[:, None]
        self.coef_ = np.ascontiguousarray(W.T.astype(X.dtype))
        self.intercept_ = (b - mean @ W).astype(X.dtype)
        return self

    def _descend(self, X: Array, labels: Array, w: Array) -> tuple[Array, Array]:
        """Minimise by L-BFGS."""
        (alpha,) = self._alphas()
        objective = LinearObjective(X, labels, w, len(self.classes_), alpha)
        losses: list[Loss] = [SoftmaxCrossEntropy()]
        if self.loss == "hinge":
            losses = [MulticlassHinge(smoothing) for smoothing in (1.0, 0.1, 0.01, 0.002)]
        theta, self.loss_, self.n_iter_, converged = objective.minimize(
            losses, self.max_iter, self.tol
        )
        if not converged:
            warnings.warn(
                f"L-BFGS did not converge in max_iter={self.max_iter} steps; "
                "standardize the columns, or raise alpha, tol or max_iter",
                ConvergenceWarning,
                stacklevel=3,
            )
        if X.dtype == np.float64 and X.size * len(self.classes_) <= SMALL:
            theta = objective.polish(theta, losses[-1])
            self.loss_ = objective.value_and_gradient(theta, losses[-1])[0]
        return objective.split(theta)

    def _solve(
        self,
        X: Array,
        labels: Array,
        w: Array,
        mean: Array,
        scale: Array,
        held_out: Array | None,
        n_views: int,
    ) -> tuple[Array, Array]:
        """Solve the normal equations, for the best α where there are several."""
        targets = np.eye(len(self.classes_))[labels]
        shift = mean if self.standardize else column_statistics(X, w)[0]
        alphas = self._alphas()
        if held_out is not None:
            held_out = _mask(held_out, len(X))
        elif len(alphas) > 1:
            held_out = np.repeat(_tenth_of_each(labels[::n_views]), n_views)
        ridge = Ridge(X, w, shift, scale, targets)
        found = ridge.fit(alphas, labels, held_out, n_views)
        self.alpha_, self.loss_, self.n_iter_ = found.alpha, found.value, 1
        if found.accuracy is not None:
            self.validation_score_ = found.accuracy
        return found.W, found.b - ((shift - mean) * scale) @ found.W

    @property
    def validates_itself(self) -> bool:
        """Whether `fit` chooses among several ``alpha``, and wants to know which samples by."""
        return len(self._alphas()) > 1

    def _alphas(self) -> list[float]:
        given: Any = self.alpha
        alphas = list(given) if isinstance(given, Sequence | np.ndarray) else [given]
        if not alphas or not all(each >= 0 for each in alphas):
            raise ValueError(f"alpha must be 0 or more, or several such, got {given!r}")
        return alphas

    def _scores(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        return np.asarray(X @ self.coef_.T.astype(X.dtype) + self.intercept_.astype(X.dtype))

    def decision_function(self, X: Any) -> Array:
        """Scores (n, n_classes); for two classes their difference (n,), positive for the second."""
        scores = self._scores(X)
        return scores if len(self.classes_) > 2 else scores[:, 1] - scores[:, 0]

    def predict(self, X: Any) -> Array:
        """Labels (n,), those of the largest scores."""
        scores = self._scores(X)
        return np.asarray(self.classes_[scores.argmax(axis=1)])

    def _models_probabilities(self) -> bool:
        if self.loss != "softmax":
            raise AttributeError(f"loss={self.loss!r} models no probabilities; 'softmax' does")
        return True

    @available_if(_models_probabilities)
    def predict_proba(self, X: Any) -> Array:
        """Probabilities (n, n_classes); only where loss is "softmax"."""
        return SoftmaxCrossEntropy().probabilities(self._scores(X))


def _tenth_of_each(labels: Array) -> Array:
    """A mask of every tenth sample of each class."""
    mask = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        mask[np.flatnonzero(labels == label)[9::10]] = True
    if not mask.any():
        raise ValueError(
            "choosing among several alpha needs ten samples of a class, or held_out samples"
        )
    return mask


def _mask(held_out: Any, n: int) -> Array:
    """Indices as a mask (n,)."""
    mask = np.zeros(n, dtype=bool)
    mask[np.asarray(held_out)] = True
    if mask.all() or not mask.any():
        raise ValueError(
            f"held_out must name some of the {n} samples and not all, got {mask.sum()}"
        )
    return mask
