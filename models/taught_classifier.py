"""A classifier that learns from the answers of another, which sees more."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils.metaestimators import available_if

from data.parameters.rules import Rule, number, optional, whole
from models.errors import ModelError
from models.fitting.all_or_nothing import all_or_nothing
from models.fitting.inner_fit import CLASSIFIER, fitted_clone, keyword_of
from models.layers.layer import Array
from models.parameters.fitted_with import check_fitted, remember
from models.parameters.rules import check
from models.samples.checked_rows import checked_rows
from models.samples.labels import classes_of

RULES: dict[str, Rule] = {
    "estimator": CLASSIFIER,
    "teacher": CLASSIFIER,
    "n_columns": optional(whole(1)),
    "share": number(0, 1, closed_high=True),
    "temperature": number(0, open_low=True),
}
_SOFT = "soft_targets"


def _has_probabilities(taught: Any) -> bool:
    student = vars(taught).get("estimator_", taught.estimator)
    if not hasattr(student, "predict_proba"):
        raise AttributeError(f"{type(student).__name__} has no predict_proba")
    return True


class TaughtClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    r"""A classifier that learns what a teacher thinks of the samples, and not their labels alone.

    The teacher is fitted to all columns. What it then says of the samples that it has learned
    from, p, becomes softer, and is mixed with the labels t. This is what the student learns, which
    sees the first columns only:

    .. math:: q = (1 - s)\,t + s\,\frac{p^{1/T}}{\sum_j p_j^{1/T}}.

    The student alone predicts. Where rows hold pixels and then features, it needs no features.

    Parameters
    ----------
    estimator : classifier
        The student. Its `fit` takes ``soft_targets``, as that of `MLPClassifier` does.
    teacher : classifier
        What has `predict_proba`.
    n_columns : int or None, default None
        So many columns, the first, are what the student sees; None for all.
    share : float, default 1
        How much of a target is the teacher's answer, s in [0, 1]; the rest is the label.
    temperature : float, default 1
        What makes answers softer, T, above 0: with more than 1, they are less sure. A teacher is
        nearly sure of samples that it has learned from.

    Attributes
    ----------
    estimator_, teacher_ : classifier
        The fitted clones.
    classes_ : ndarray (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Columns of a row.

    References
    ----------
    Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from models import KernelClassifier, LinearClassifier, MLPClassifier
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> y = (X[:, 0] + X[:, 4] > 0).astype(int)
    >>> student = MLPClassifier((8,), max_iter=500, random_state=0)
    >>> taught = TaughtClassifier(student, LinearClassifier(), n_columns=2).fit(X, y)
    >>> taught.estimator_.n_features_in_
    2
    """

    def __init__(
        self,
        estimator: Any,
        teacher: Any,
        *,
        n_columns: int | None = None,
        share: float = 1.0,
        temperature: float = 1.0,
    ) -> None:
        self.estimator = estimator
        self.teacher = teacher
        self.n_columns = n_columns
        self.share = share
        self.temperature = temperature

    @all_or_nothing
    def fit(self, X: Any, y: Any, *, n_views: int = 1) -> Self:
        """Fit the teacher to labelled rows, and the student to its answers.

        Parameters
        ----------
        X : array-like (n, n_features)
            Finite rows, float32 or float64.
        y : array-like (n,)
            A label for each row: an integer, a boolean or a text. There are two classes or more.
        n_views : int, default 1
            So many rows that follow one another are views of one sample, where the two take that.

        Returns
        -------
        Self
            The fitted classifier itself.

        Raises
        ------
        ModelError
            If a parameter is not allowed, the student takes no soft targets, or the teacher has
            no probabilities.
        """
        given = check(vars(self), RULES)
        X, y = checked_rows(self, X, y)
        classes_of(y)
        n_columns, n_features = given["n_columns"], X.shape[1]
        if n_columns is not None and n_columns > n_features:
            raise ModelError(f"n_columns is {n_columns}, but X has only {n_features} columns")
        if keyword_of(self.estimator, _SOFT) is None:
            raise ModelError(f"estimator: {type(self.estimator).__name__}.fit takes no {_SOFT}")
        self.teacher_ = fitted_clone(self.teacher, "fit", X, y, **_views(self.teacher, n_views))
        if not hasattr(self.teacher_, "predict_proba"):
            raise ModelError(f"teacher: {type(self.teacher_).__name__} has no predict_proba")
        self.classes_ = np.asarray(self.teacher_.classes_)
        answers = softened(np.asarray(self.teacher_.predict_proba(X)), given["temperature"])
        targets = given["share"] * answers
        targets += (1 - given["share"]) * (np.asarray(y)[:, None] == self.classes_)
        more = {_SOFT: targets, **_views(self.estimator, n_views)}
        self.estimator_ = fitted_clone(self.estimator, "fit", X[:, :n_columns], y, **more)
        remember(self, "n_columns")
        return self

    def predict(self, X: Any) -> Array:
        """Predict the labels of rows, by the student.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n,)
            A label of ``classes_`` for each row.
        """
        return np.asarray(self._seen("predict", X))

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> Array:
        """Predict the probability of each class, by the student.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes)
            In the order of ``classes_``.
        """
        return np.asarray(self._seen("predict_proba", X))

    def _seen(self, method: str, X: Any) -> Any:
        check_fitted(self)
        X = checked_rows(self, X, reset=False)
        return getattr(self.estimator_, method)(X[:, : self.n_columns])


def softened(probabilities: Array, temperature: float) -> Array:
    """Return p^(1/T), each row divided by its sum.

    Examples
    --------
    >>> softened(np.array([[0.9, 0.1]]), 2.0)
    array([[0.75, 0.25]])
    """
    if temperature == 1:
        return probabilities
    # The largest is 1, so that no row is lost to rounding.
    softer = (probabilities / probabilities.max(axis=1, keepdims=True)) ** (1 / temperature)
    return np.asarray(softer / softer.sum(axis=1, keepdims=True))


def _views(classifier: Any, n_views: int) -> dict[str, int]:
    """Return the keyword for how many rows are views of one sample, where `fit` takes it."""
    takes = n_views > 1 and keyword_of(classifier, "n_views") is not None
    return {"n_views": n_views} if takes else {}
