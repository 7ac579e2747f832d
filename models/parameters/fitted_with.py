"""The parameters that a classifier was fitted with, so that it predicts with no others.

Weights that were learned for one kernel, loss or activation mean nothing to another.
"""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from data.parameters.unchanged import check_same, copied
from models.errors import ModelError


def remember(classifier: Any, *names: str) -> None:
    """Note the parameters that predictions read, as they are at the end of a fit."""
    classifier._fitted_with = {name: copied(getattr(classifier, name)) for name in names}


def check_fitted(classifier: Any) -> None:
    """Raise NotFittedError, or ModelError if a parameter was changed since the fit.

    A classifier of a model file remembers none: it has the parameters of that file.

    Examples
    --------
    >>> from models import KernelClassifier
    >>> net = KernelClassifier().fit([[0.0], [1.0], [2.0], [3.0]], list("abba"))
    >>> net.set_params(kernel="linear").predict([[1.4]])
    Traceback (most recent call last):
    ...
    models.errors.ModelError: kernel was 'rbf' when KernelClassifier was fitted and is 'linear'
    now; fit again
    """
    check_is_fitted(classifier)
    before = vars(classifier).get("_fitted_with", {})
    check_same(type(classifier).__name__, before, vars(classifier), ModelError)
