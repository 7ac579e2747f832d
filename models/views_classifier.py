"""A classifier that sees an object more than once: each view a sample, their mean the answer."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from models.layers.layer import Array


class ViewsClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """A classifier of single views, fitted on all views of a sample and asked about all of them.

    A row holds the features of ``n_views`` views, one after the other, as `features.Views` makes
    them. Rows stay samples, so that splitting them never parts the views of one.

    Parameters
    ----------
    classifier : classifier
        Fitted on a copy of its own, with n · n_views rows.
    n_views : int

    Attributes
    ----------
    classifier_ : classifier
        The fitted one. What it has learned is found here, too, as ``history_`` or ``alpha_``.
    classes_ : ndarray (n_classes,)

    Examples
    --------
    >>> from models import LinearClassifier
    >>> X = np.array([[0.0, 0.2], [0.1, 0.3], [0.9, 0.7], [0.6, 1.0]])
    >>> two = ViewsClassifier(LinearClassifier(loss="squared"), n_views=2).fit(X, list("aabb"))
    >>> two.predict([[0.4, 0.9], [0.4, 0.3]])
    array(['b', 'a'], dtype='<U1')
    """

    def __init__(self, classifier: Any, *, n_views: Any) -> None:
        self.classifier = classifier
        self.n_views = n_views

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **more: Any) -> ViewsClassifier:
        """Fit the classifier on the views in X (n, n_views · d) and labels y (n,).

        Parameters
        ----------
        X, y, sample_weight
            One a sample; its views share them.
        more
            Of the classifier's own ``fit``, as ``X_val`` and ``y_val`` or ``held_out``: of
            samples, too.
        """
        if not isinstance(self.n_views, int) or self.n_views < 1:
            raise ValueError(f"n_views must be a whole number from 1 up, got {self.n_views!r}")
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32), order="C")
        self._check_width(X)
        if sample_weight is not None:
            more["sample_weight"] = np.repeat(sample_weight, self.n_views)
        if more.get("X_val") is not None:
            X_val = validate_data(self, more["X_val"], dtype=X.dtype, order="C", reset=False)
            more |= {"X_val": self._apart(X_val), "y_val": np.repeat(more["y_val"], self.n_views)}
        if more.get("held_out") is not None:
            first = np.asarray(more["held_out"]) * self.n_views
            more["held_out"] = np.add.outer(first, np.arange(self.n_views)).ravel()
        if "n_views" in signature(self.classifier.fit).parameters:
            more["n_views"] = self.n_views
        self.classifier_ = clone(self.classifier)
        self.classifier_.fit(self._apart(X), np.repeat(y, self.n_views), **more)
        self.classes_ = self.classifier_.classes_
        return self

    @property
    def validates_itself(self) -> bool:
        """Whether the classifier chooses among values of its own, as `LinearClassifier` does."""
        return bool(getattr(self.classifier, "validates_itself", False))

    @available_if(lambda self: hasattr(self._asked(), "predict_proba"))
    def predict_proba(self, X: Any) -> Array:
        """Mean probabilities of the views (n, n_classes)."""
        return self._mean(self.classifier_.predict_proba, X)

    @available_if(lambda self: hasattr(self._asked(), "decision_function"))
    def decision_function(self, X: Any) -> Array:
        """Mean scores of the views: (n, n_classes), or (n,) for two classes."""
        return self._mean(self.classifier_.decision_function, X)

    def predict(self, X: Any) -> Array:
        """Labels (n,): by probabilities, else by scores, else by the votes of the views."""
        check_is_fitted(self)
        if hasattr(self, "predict_proba"):
            scores = self.predict_proba(X)
        elif hasattr(self, "decision_function"):
            scores = self.decision_function(X)
        else:
            scores = self._mean(lambda apart: self._votes(self.classifier_.predict(apart)), X)
        best = scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(np.intp)
        return np.asarray(self.classes_[best])

    def __getattr__(self, name: str) -> Any:
        """What the classifier has learned."""
        learned = self.__dict__.get("classifier_")
        if learned is None or not name.endswith("_") or name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        return getattr(learned, name)

    def _asked(self) -> Any:
        return self.__dict__.get("classifier_", self.classifier)

    def _apart(self, X: Array) -> Array:
        """Views (n · n_views, d), without copying."""
        return X.reshape(len(X) * self.n_views, -1)

    def _mean(self, outputs: Any, X: Any) -> Array:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=(np.float64, np.float32), order="C", reset=False)
        found = np.asarray(outputs(self._apart(X)))
        return np.asarray(found.reshape(len(X), self.n_views, *found.shape[1:]).mean(axis=1))

    def _votes(self, predicted: Array) -> Array:
        return np.asarray(np.asarray(predicted)[:, None] == self.classes_, dtype=np.float64)

    def _check_width(self, X: Array) -> None:
        if X.shape[1] % self.n_views:
            raise ValueError(
                f"X has {X.shape[1]} columns, which are not those of {self.n_views} views alike"
            )
