"""A classifier that scores the classes, and names the one with the largest score."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from models.layers.layer import Array


class LargestScore(ClassifierMixin, BaseEstimator):
    """Score and label rows with scikit-learn's methods, given a score for each class.

    Examples
    --------
    >>> from models import LinearClassifier
    >>> net = LinearClassifier(loss="squared").fit([[0.0], [1.0], [2.0], [3.0]], list("aabb"))
    >>> isinstance(net, LargestScore), net.decision_function([[1.5]]).round(3)
    (True, array([0.]))
    """

    classes_: Array

    @abstractmethod
    def _scores(self, X: Any) -> Array:
        """Return a score for each class, (n, n_classes)."""

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
        found = self._scores(X)
        return found if len(self.classes_) > 2 else found[:, 1] - found[:, 0]

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
        found = self._scores(X)
        return np.asarray(self.classes_[found.argmax(axis=1)])
