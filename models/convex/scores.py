"""What a fitted linear classifier says of rows: scores, labels, probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import log_softmax
from sklearn.utils.metaestimators import available_if

from data.system.threads import run_jobs
from models.convex.names import LINEAR_LOSSES, entry_of
from models.fitting.largest_score import LargestScore
from models.layers.layer import Array
from models.parameters.fitted_with import check_fitted
from models.samples.checked_rows import checked_rows

ROWS = 512
"""Rows of a tile: fixed, so that the scores of some rows are the same whatever the machine."""


def _models_probabilities(net: Any) -> bool:
    entry = entry_of(net.loss)
    if entry is None or not entry.models_probabilities:
        raise AttributeError(f"loss={net.loss!r} models no probabilities; 'softmax' does")
    return True


class LinearScores(LargestScore):
    """A classifier whose scores are :math:`xW + b`, with scikit-learn's methods that predict.

    Examples
    --------
    >>> from models import LinearClassifier
    >>> net = LinearClassifier(loss="squared").fit([[0.0], [1.0], [2.0], [3.0]], list("aabb"))
    >>> isinstance(net, LinearScores), net.decision_function([[1.5]]).round(3)
    (True, array([0.]))
    """

    loss: Any
    classes_: Array
    coef_: Array
    intercept_: Array

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

    @available_if(_models_probabilities)
    def predict_log_proba(self, X: Any) -> Array:
        """Predict the logarithm of each probability; only where loss is "softmax".

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes)
            In the order of ``classes_``.
        """
        return np.asarray(log_softmax(self._scores(X), axis=1))

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there are weights: parts that weigh nothing leave classes alone."""
        return hasattr(self, "coef_")

    def _scores(self, X: Any) -> Array:
        check_fitted(self)
        X = checked_rows(self, X, reset=False)
        W, b = self.coef_.T.astype(X.dtype), self.intercept_.astype(X.dtype)
        scores = np.empty((len(X), W.shape[1]), X.dtype)

        def score(first: int) -> None:
            rows = slice(first, first + ROWS)
            np.matmul(X[rows], W, out=scores[rows])
            scores[rows] += b

        run_jobs(score, range(0, len(X), ROWS), None)
        return scores
