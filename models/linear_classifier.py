"""The linear classifier: one template a class, compared with a sample by a dot product."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from models.convex.names import LINEAR_LOSSES
from models.convex.normal_equations import Ridge
from models.convex.objective import LinearObjective
from models.errors import ModelError
from models.held_out import held_out_mask, tenth_of_each
from models.layers.layer import Array
from models.layers.standardize import column_statistics
from models.rules import (
    CLASS_WEIGHT,
    FLAG,
    check,
    either,
    is_sequence,
    number,
    one_of,
    optional,
    several,
    whole,
)
from models.sample_weights import combined_weights

SMALL = 100_000
"""Multiplications of a product with X up to which an exact solution costs next to nothing."""

RULES = {
    "loss": one_of(LINEAR_LOSSES),
    "alpha": either(number(0), several(number(0), "several such", least=1)),
    "standardize": FLAG,
    "class_weight": optional(CLASS_WEIGHT),
    "max_iter": whole(1),
    "tol": number(0),
}


def _chooses(net: Any) -> bool:
    entry = LINEAR_LOSSES.get(net.loss) if isinstance(net.loss, str) else None
    if entry is None or not entry.closed_form or not _several(net.alpha):
        raise AttributeError("nothing is chosen but for loss='squared' with several alpha")
    return True


def _models_probabilities(net: Any) -> bool:
    entry = LINEAR_LOSSES.get(net.loss) if isinstance(net.loss, str) else None
    if entry is None or not entry.models_probabilities:
        raise AttributeError(f"loss={net.loss!r} models no probabilities; 'softmax' does")
    return True


def _several(alpha: Any) -> bool:
    return is_sequence(alpha) and len(alpha) > 1


class LinearClassifier(ClassifierMixin, BaseEstimator):
    r"""A classifier whose scores are :math:`xW + b`; the largest names the class.

    .. math:: \min_{W, b}\ \frac1n\sum_i \ell(x_i W + b,\, y_i) + \frac{\alpha}{2}\|W\|^2

    Parameters
    ----------
    loss : {"softmax", "hinge", "squared"}, default "softmax"
        Cross-entropy of the softmax; Weston and Watkins's multiclass hinge with margin 1; half
        the squared distance from the one-hot target.
    alpha : float or sequence of float, default 1e-3
        α, from 0 up. The bias is not penalised. Of several, "squared" takes the one that is best
        on held-out samples (see `fit`).
    standardize : bool, default False
        Give the columns mean 0 and variance 1 first. ``coef_`` and ``intercept_`` are for the
        columns as they came; the penalty is on the weights of the standardised ones.
    class_weight : dict, "balanced" or None, default None
        Weight of each class's samples; "balanced" is inverse to how often it occurs.
    max_iter : int, default 500
        Steps of L-BFGS at most, from 1 up (for the hinge, at each rounding of its corners).
    tol : float, default 1e-4
        L-BFGS stops when no entry of the gradient is larger; from 0 up.

    Attributes
    ----------
    classes_ : ndarray (n_classes,)
        The labels, sorted.
    coef_ : ndarray (n_classes, n_features)
        The templates, one row a class, also for two classes.
    intercept_ : ndarray (n_classes,)
        The bias of each class.
    loss_ : float
        The value of the objective, the penalty included.
    n_iter_ : int
        Steps taken.
    n_features_in_ : int
        Columns of X.
    alpha_ : float
        The α taken, with "squared".
    chosen_params_ : dict
        ``{"alpha": alpha_}`` where it was chosen among several.
    validation_score_ : float
        The accuracy on the held-out samples, where there were any.

    Notes
    -----
    All three losses are convex, so every start ends in the same value. Softmax is minimised by
    L-BFGS. The hinge has corners, where L-BFGS stumbles: they are rounded, less and less, and each
    solution is the start of the next. Squared error is solved in closed form, in tiles of the
    normal equations, for as many columns as there is disk for X. On small float64 data Newton's
    method then makes the solution exact. Products are in the dtype of X, sums over tiles of rows
    in float64.

    References
    ----------
    Weston and Watkins, "Support vector machines for multi-class pattern recognition", ESANN 1999.

    Examples
    --------
    >>> import numpy as np
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
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
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
    ) -> Self:
        """Find the weights for labelled rows.

        Parameters
        ----------
        X : array-like (n, n_features)
            Finite rows, float32 or float64; other numbers become float64.
        y : array-like (n,)
            A label of any type for each row, of two classes or more.
        sample_weight : array-like (n,) or None, default None
            How much each row counts, from 0 up; None for all alike.
        held_out : array-like or None, default None
            Indices or a mask (n,) of the rows by which several ``alpha`` are judged. The best is
            then fitted to all rows. None stands for every tenth row of each class.
        n_views : int, default 1
            Where so many rows in a row are views of one thing, their mean score is judged.

        Returns
        -------
        Self
            The fitted classifier itself.

        Raises
        ------
        ModelError
            If a parameter is not allowed, or the samples are not what can be learned from.
        """
        given: dict[str, Any] = {**self.get_params(deep=False), "n_views": n_views}
        check(given, {**RULES, "n_views": whole(1)})
        entry = LINEAR_LOSSES[self.loss]
        if not entry.closed_form and (_several(self.alpha) or held_out is not None):
            raise ModelError(
                "several alpha, and held_out, are for loss='squared', which solves for all of "
                f"them at once; got loss={self.loss!r}"
            )
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32), order="C")
        check_classification_targets(y)
        classes, labels = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ModelError(f"a classifier needs two classes or more, got {len(classes)} class")
        w = combined_weights(X, y, sample_weight, self.class_weight)
        w /= w.sum()

        mean, scale = np.zeros(X.shape[1], X.dtype), np.ones(X.shape[1], X.dtype)
        if self.standardize:
            mean, scale = column_statistics(X, w)
        if entry.closed_form:
            W, b, learned = self._solve(X, labels, w, mean, scale, held_out, n_views)
        else:
            if self.standardize:
                X = X - mean
                X *= scale
            W, b, learned = self._descend(X, labels, w)
        W *= scale[:, None]
        for name in ("alpha_", "chosen_params_", "validation_score_"):
            self.__dict__.pop(name, None)
        self.classes_ = classes
        self.coef_ = np.ascontiguousarray(W.T.astype(X.dtype))
        self.intercept_ = (b - mean @ W).astype(X.dtype)
        for name, value in learned.items():
            setattr(self, name, value)
        return self

    @available_if(_chooses)
    def fit_choosing(self, X: Any, y: Any, held_out: Any, *, n_views: int = 1) -> Self:
        """Choose among several ``alpha`` by held-out rows, and fit the best to all rows.

        Only with loss "squared" and several ``alpha`` is there anything to choose. Afterwards
        ``chosen_params_`` has what was chosen, and ``validation_score_`` the accuracy.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows, as in `fit`.
        y : array-like (n,)
            Their labels.
        held_out : array-like
            Indices or a mask (n,) of some of the rows.
        n_views : int, default 1
            Where so many rows in a row are views of one thing, their mean score is judged.

        Returns
        -------
        Self
            The fitted classifier itself.
        """
        return self.fit(X, y, held_out=held_out, n_views=n_views)

    def decision_function(self, X: Any) -> Array:
        """Score the classes.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes) or (n,)
            A score for each class; for two classes their difference, positive for the second.
        """
        scores = self._scores(X)
        return scores if len(self.classes_) > 2 else scores[:, 1] - scores[:, 0]

    def predict(self, X: Any) -> Array:
        """Predict the labels of rows: those of the largest scores.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n,)
            A label of ``classes_`` for each row.
        """
        scores = self._scores(X)
        return np.asarray(self.classes_[scores.argmax(axis=1)])

    @available_if(_models_probabilities)
    def predict_proba(self, X: Any) -> Array:
        """Predict the probability of each class; only where loss is "softmax".

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes)
            In the order of ``classes_``. Each row sums to 1.
        """
        return LINEAR_LOSSES[self.loss].in_turn[-1]().probabilities(self._scores(X))

    def _scores(self, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        return np.asarray(X @ self.coef_.T.astype(X.dtype) + self.intercept_.astype(X.dtype))

    def _descend(self, X: Array, labels: Array, w: Array) -> tuple[Array, Array, dict[str, Any]]:
        """Minimise by L-BFGS."""
        alpha = self._alphas()[0]
        objective = LinearObjective(X, labels, w, int(labels.max()) + 1, alpha)
        losses = [make() for make in LINEAR_LOSSES[self.loss].in_turn]
        theta, value, n_iter, converged = objective.minimize(losses, self.max_iter, self.tol)
        if not converged:
            warnings.warn(
                f"L-BFGS did not converge in max_iter={self.max_iter} steps; "
                "standardize the columns, or raise alpha, tol or max_iter",
                ConvergenceWarning,
                stacklevel=3,
            )
        if X.dtype == np.float64 and X.size * objective.shape[1] <= SMALL:
            theta = objective.polish(theta, losses[-1])
            value = objective.value_and_gradient(theta, losses[-1])[0]
        return *objective.split(theta), {"loss_": value, "n_iter_": n_iter}

    def _solve(
        self,
        X: Array,
        labels: Array,
        w: Array,
        mean: Array,
        scale: Array,
        held_out: Array | None,
        n_views: int,
    ) -> tuple[Array, Array, dict[str, Any]]:
        """Solve the normal equations, for the best α where there are several."""
        targets = np.eye(int(labels.max()) + 1)[labels]
        shift = mean if self.standardize else column_statistics(X, w)[0]
        alphas = self._alphas()
        if held_out is not None:
            held_out = held_out_mask(held_out, len(X))
        elif len(alphas) > 1:
            held_out = np.repeat(tenth_of_each(labels[::n_views]), n_views)
        ridge = Ridge(X, w, shift, scale, targets)
        found = ridge.fit(alphas, labels, held_out, n_views)
        learned: dict[str, Any] = {"loss_": found.value, "n_iter_": 1, "alpha_": found.alpha}
        if len(alphas) > 1:
            learned["chosen_params_"] = {"alpha": found.alpha}
        if found.accuracy is not None:
            learned["validation_score_"] = found.accuracy
        return found.W, found.b - ((shift - mean) * scale) @ found.W, learned

    @property
    def validates_itself(self) -> bool:
        """Whether `fit` chooses among several ``alpha``, and wants to know which samples by."""
        return hasattr(self, "fit_choosing")

    def _alphas(self) -> list[float]:
        given: Any = self.alpha
        return list(given) if is_sequence(given) else [given]
