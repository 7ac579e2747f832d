"""What a classifier of single views says of several: the mean over them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils.validation import check_is_fitted

from models.errors import ModelError
from models.fitting.inner_fit import inner_has, inner_scores_classes
from models.layers.layer import Array
from models.parameters.fitted_with import check_fitted
from models.samples.view_rows import as_samples, checked_views


class MeanOfViews(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Predicts of samples by the mean over their views; `ViewsClassifier` is fitted to them.

    Attributes
    ----------
    classifier_ : classifier
        What was fitted to single views.
    classes_ : ndarray (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Values of a row, all views together.

    Examples
    --------
    >>> from models import LinearClassifier, ViewsClassifier
    >>> isinstance(ViewsClassifier(LinearClassifier(), n_views=2), MeanOfViews)
    True
    """

    classifier: Any
    n_views: int
    classifier_: Any
    classes_: Array
    n_features_in_: int

    @inner_has("predict_proba")
    def predict_proba(self, X: Any) -> Array:
        """Predict the probability of each class: the mean over the views.

        Parameters
        ----------
        X : array-like (n, d · n_views) or ndarray (n, n_views, d)
            Samples like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes)
            In the order of ``classes_``.
        """
        return self._mean("predict_proba", X)

    @inner_has("predict_proba")
    def predict_log_proba(self, X: Any) -> Array:
        """Predict the logarithm of each mean probability.

        Parameters
        ----------
        X : array-like (n, d · n_views) or ndarray (n, n_views, d)
            Samples like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes)
            In the order of ``classes_``; −∞ for a probability of 0.
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    @inner_scores_classes
    def decision_function(self, X: Any) -> Array:
        """Score the classes. The largest score is that of the class that `predict` names.

        Parameters
        ----------
        X : array-like (n, d · n_views) or ndarray (n, n_views, d)
            Samples like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes) or (n,)
            Mean probabilities of the views where the classifier has them, else their mean scores.
            For two classes one column, positive for the second: the difference of the two.

        Raises
        ------
        ModelError
            If the scores of the classifier are not one for each class. Where they are known to be
            those of pairs of classes, there is no such method.
        """
        if not hasattr(self, "predict_proba"):
            scores = self._mean("decision_function", X)
            if not _are_of_classes(scores, len(self.classes_)):
                raise ModelError(
                    f"{type(self.classifier_).__name__}.decision_function gives "
                    f"{np.prod(scores.shape[1:]):g} scores for {len(self.classes_)} classes: "
                    "predict counts the votes of the views"
                )
            return scores
        probabilities = self.predict_proba(X)
        if len(self.classes_) > 2:
            return np.asarray(probabilities)
        return np.asarray(probabilities[:, 1] - probabilities[:, 0])

    def predict(self, X: Any) -> Array:
        """Predict labels: by probabilities, else by scores, else by the votes of the views.

        Parameters
        ----------
        X : array-like (n, d · n_views) or ndarray (n, n_views, d)
            Samples like those that were fitted.

        Returns
        -------
        ndarray (n,)
            A label of ``classes_`` for each sample.
        """
        check_is_fitted(self)
        if hasattr(self, "predict_proba"):
            scores = self.predict_proba(X)
        elif hasattr(self, "decision_function"):
            scores = self._mean("decision_function", X)
            if not _are_of_classes(scores, len(self.classes_)):
                scores = self._mean("predict", X)
        else:
            scores = self._mean("predict", X)
        best = scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(np.intp)
        return np.asarray(self.classes_[best])

    @inner_has("forget")
    def forget(self) -> Self:
        """Drop what only a further fit needs, where the classifier keeps such a thing.

        Returns
        -------
        Self
            The classifier itself, which predicts as before.
        """
        check_is_fitted(self)
        self.classifier_.forget()
        return self

    def __getattr__(self, name: str) -> Any:
        """Return what the classifier of single views has learned."""
        learned = self.__dict__.get("classifier_")
        if learned is None or not name.endswith("_") or name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        return getattr(learned, name)

    @property
    def _n_views(self) -> int:
        return int(self.n_views)

    def _checked(self, X: Any, **options: Any) -> Array:
        return checked_views(self, X, self._n_views, **options)

    def _mean(self, method: str, X: Any) -> Array:
        """Return the mean over the views of what a method says of each."""
        check_fitted(self)
        X = self._checked(X)
        found = np.asarray(getattr(self.classifier_, method)(as_samples(X)))
        if method == "predict":
            found = np.asarray(found[:, None] == self.classes_, dtype=np.float64)
        return np.asarray(found.reshape(len(X), self._n_views, *found.shape[1:]).mean(axis=1))


def _are_of_classes(scores: Array, n_classes: int) -> bool:
    """Return whether there is a score for each class, or one for two classes."""
    return scores.shape[1:] == (n_classes,) or (scores.ndim == 1 and n_classes == 2)
