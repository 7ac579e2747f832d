"""A fit that fails leaves its classifier as it was: unfitted, or with what it had learned."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

Fit = TypeVar("Fit", bound=Callable[..., Any])


def all_or_nothing(fit: Fit) -> Fit:
    """Return a method that puts all attributes back to what they were, if it raises.

    What was learned before must be replaced by a fit, and not be changed in place.

    Examples
    --------
    >>> from models import LinearClassifier
    >>> net = LinearClassifier(loss="squared").fit([[0.0], [1.0]], [0, 1])
    >>> net.fit([[0.0, 1.0], [1.0, 0.0]], [0, 0])
    Traceback (most recent call last):
    ...
    models.errors.ModelError: a classifier needs two classes or more, got 1 class
    >>> net.n_features_in_, net.predict([[0.9]])
    (1, array([1]))
    """

    @wraps(fit)
    def fitted(classifier: Any, *given: Any, **named: Any) -> Any:
        before = dict(vars(classifier))
        try:
            return fit(classifier, *given, **named)
        except BaseException:
            now = vars(classifier)
            for name in now.keys() - before.keys():
                del now[name]
            now.update(before)
            raise

    return cast(Fit, fitted)
