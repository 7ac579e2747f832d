"""The linear classifier: one template a class, compared with a sample by a dot product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from data.parameters.rules import (
    FLAG,
    all_of,
    either,
    is_several,
    number,
    one_of,
    optional,
    several,
    whole,
)
from models.convex.names import LINEAR_LOSSES, entry_of
from models.convex.one_pass import pass_over
from models.convex.ridge.gram import Sums
from models.convex.scores import LinearScores
from models.convex.solving import Problem, Solution, descend, prepare, solve
from models.errors import ModelError
from models.fitting.all_or_nothing import all_or_nothing
from models.layers.layer import Array
from models.parameters.fitted_with import remember
from models.parameters.rules import CLASS_WEIGHT, check
from models.samples.checked_rows import checked_rows
from models.samples.held_out import held_out_mask
from models.samples.labels import check_labels, classes_in_parts, classes_of
from models.samples.sample_weights import combined_weights, shares
from models.samples.too_large import check_squares
from models.samples.view_rows import check_views

RULES = {
    "loss": one_of(LINEAR_LOSSES),
    "alpha": either(number(0), several(number(0), "several such", least=1)),
    "standardize": FLAG,
    "class_weight": optional(CLASS_WEIGHT),
    "max_iter": whole(1),
    "tol": number(0),
}


def _chooses(net: Any) -> bool:
    entry = entry_of(net.loss)
    if entry is None or not entry.closed_form or not is_several(net.alpha):
        raise AttributeError("nothing is chosen but for loss='squared' with several alpha")
    return True


def _descends(net: Any) -> bool:
    entry = entry_of(net.loss)
    if entry is None or entry.closed_form:
        raise AttributeError(f"loss={net.loss!r} shares no work; one fit takes several alpha")
    return True


def _sums(net: Any) -> bool:
    entry = entry_of(net.loss)
    if entry is None or not entry.closed_form:
        raise AttributeError(f"loss={net.loss!r} is not solved from sums over rows")
    return True


def _takes_parts(net: Any) -> bool:
    if net.standardize or isinstance(net.class_weight, str) or is_several(net.alpha):
        raise AttributeError(
            "partial_fit takes no standardize=True, class_weight='balanced' or several alpha: some "
            "of the rows do not tell the means, how rare a class is, or what is best"
        )
    return True


class LinearClassifier(LinearScores):
    r"""A classifier whose scores are :math:`xW + b`; the largest names the class.

    .. math:: \min_{W, b}\ \frac1n\sum_i \ell(x_i W + b,\, y_i) + \frac{\alpha}{2}\|W\|^2

    Parameters
    ----------
    loss : {"softmax", "hinge", "squared"}, default "softmax"
        Cross-entropy of the softmax; Weston and Watkins's multiclass hinge with margin 1; half
        the squared distance from the one-hot target.
    alpha : float or sequence of float, default 1e-3
        Strength α of the penalty, from 0 up. The bias is not penalised. Of several, "squared"
        takes the one that is best on held-out samples (see `fit`).
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
        The accuracy on the held-out samples, where there were any, after a fit without them; the
        means and deviations of the columns are those without them, too.

    Notes
    -----
    All three losses are convex, so every start ends in the same value. The bias is free of penalty,
    so it does not matter where the columns stand: they are centred inside. Softmax is minimised by
    L-BFGS. The hinge has corners, where L-BFGS stumbles: they are rounded, less and less, and each
    solution is the start of the next. Squared error is solved in closed form, in tiles of the
    normal equations, for as many columns as there is disk for X. Where there are two columns or
    more for each sample, softmax and hinge are minimised in the span of the samples. On small
    float64 data Newton's method then makes the solution exact. Products are in the dtype of X, sums
    over tiles of rows in float64. At the end the gradient of softmax or hinge is taken in float64;
    where it is not small, there is a ConvergenceWarning.

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
            A label for each row: an integer, a boolean or a text. There are two classes or more.
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
        return self._fit(X, y, sample_weight, held_out, n_views, {})

    @available_if(_descends)
    def fit_sharing(self, X: Any, y: Any, shared: dict[Any, Any]) -> Self:
        """Find the same weights as `fit`, and share work with other fits to the same rows.

        The other classifiers may have another ``alpha``, ``loss``, ``max_iter`` or ``tol``. What
        comes out does not depend on them, to the last bit. There is no such method with loss
        "squared", which takes several ``alpha`` at once.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows, as in `fit`.
        y : array-like (n,)
            Their labels.
        shared : dict
            What fits to these rows have in common; empty at first. They write it and read it.

        Returns
        -------
        Self
            The fitted classifier itself.
        """
        return self._fit(X, y, None, None, 1, shared)

    @all_or_nothing
    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        held_out: Any,
        n_views: int,
        shared: dict[Any, Any],
    ) -> Self:
        given = check(
            {**self.get_params(deep=False), "n_views": n_views}, {**RULES, "n_views": whole(1)}
        )
        entry = LINEAR_LOSSES[self.loss]
        if not entry.closed_form and (is_several(self.alpha) or held_out is not None):
            raise ModelError(
                "several alpha, and held_out, are for loss='squared', which solves for all of "
                f"them at once; got loss={self.loss!r}"
            )
        X, y = checked_rows(self, X, y, order="C")
        classes, labels = classes_of(y)
        mask = None if held_out is None else held_out_mask(held_out, len(X))
        weights = shares(X, y, sample_weight, self.class_weight)
        check_views(given["n_views"], labels, weights, mask)
        problem = Problem(X, labels, weights, given["standardize"])
        alphas = all_of(given["alpha"])
        if entry.closed_form:
            found = solve(problem, alphas, mask, given["n_views"], shared.get(Sums))
        else:
            key = LinearClassifier, given["standardize"], repr(self.class_weight)
            prepared = shared.get(key)
            if prepared is None:
                prepared = shared[key] = prepare(problem)
            found = descend(prepared, entry, alphas[0], given["max_iter"], given["tol"])
        self._show(classes, found)
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

    @available_if(_sums)
    def fit_summed(self, X: Any, y: Any, sums: Sums, held_out: Any = None) -> Self:
        """Find the same weights as `fit`, from sums of products that were made before.

        Several processes can share them: `models.convex.ridge.gram` cuts them into parts. Only with
        loss "squared" is there such a method.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows, as in `fit`, no fewer than columns.
        y : array-like (n,)
            Their labels.
        sums : Sums
            What was summed over these rows and, if there are any, over those held out.
        held_out : array-like or None, default None
            As in `fit`.

        Returns
        -------
        Self
            The fitted classifier itself.
        """
        return self._fit(X, y, None, held_out, 1, {Sums: sums})

    @available_if(_takes_parts)
    @all_or_nothing
    def partial_fit(
        self, X: Any, y: Any, *, sample_weight: Any = None, classes: Any = None
    ) -> Self:
        """Go once over some more rows, a step of Adam for every 32 of them.

        For rows that do not fit into memory together. After many passes it comes near to what `fit`
        finds for all of them at once. It goes on from a `fit`, too. There is no such method with
        ``standardize=True``, ``class_weight="balanced"`` or several ``alpha``: some of the rows do
        not tell the means of columns, how rare a class is, or which α is best.

        A part in which nothing weighs changes nothing; the first one still says which classes there
        are.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows, as in `fit`, in a random order.
        y : array-like (n,)
            Their labels.
        sample_weight : array-like (n,) or None, default None
            How much each row counts, from 0 up; None for all alike.
        classes : array-like (n_classes,) or None, default None
            All labels that will ever be seen. The first call needs them.

        Returns
        -------
        Self
            The fitted classifier itself.

        Raises
        ------
        ModelError
            If a parameter is not allowed, or `classes` are missing in the first call or others than
            in an earlier one.
        """
        check(self.get_params(deep=False), RULES)
        is_first = not hasattr(self, "coef_")
        named = classes_in_parts(getattr(self, "classes_", None), classes)
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32), order="C", reset=is_first)
        check_squares(X)
        check_labels(y)
        if not np.isin(y, named).all():
            raise ModelError(f"labels must be among classes, {named!r}")
        weights = combined_weights(X, y, sample_weight, self.class_weight, named, part=True)
        if not weights.any():
            self.classes_ = named  # the next part need not name them
            return self
        targets = (y[:, None] == named).astype(X.dtype)
        coef, intercept = np.zeros((len(named), X.shape[1]), X.dtype), np.zeros(len(named), X.dtype)
        if not is_first:
            coef, intercept = self.coef_, self.intercept_
        coef, intercept, value, memory = pass_over(
            X,
            targets,
            weights,
            coef,
            intercept,
            LINEAR_LOSSES[self.loss].in_turn[-1],
            float(all_of(self.alpha)[0]),
            vars(self).get("_memory"),
        )
        self._show(named, Solution(coef, intercept, value, memory.n_passes))
        self._memory = memory
        return self

    def _show(self, classes: Array, found: Solution) -> None:
        """Set all that was learned: the one place where a fit changes the estimator."""
        self.__dict__.pop("_memory", None)
        self.classes_ = classes
        self.coef_, self.intercept_ = found.coef, found.intercept
        self.loss_, self.n_iter_ = found.value, found.n_iter
        remember(self, "loss")
        chosen = {"alpha": found.alpha} if is_several(self.alpha) else None
        for name, value in (
            ("alpha_", found.alpha),
            ("chosen_params_", chosen),
            ("validation_score_", found.accuracy),
        ):
            self.__dict__.pop(name, None)
            if value is not None:
                setattr(self, name, value)
