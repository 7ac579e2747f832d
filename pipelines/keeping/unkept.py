"""What cannot be kept in a file, and why: a sentence for whoever wanted to."""

from __future__ import annotations

from typing import Any

from pipelines.comparison.named.sklearn_names import sklearn_classifiers
from pipelines.keeping.estimators import kept_name
from pipelines.keeping.fitted.scaled import is_scaled

_LIBSVM = "it is libsvm's state, which compiled code takes unchecked"
_OTHERS = "what it has learned cannot be checked before it is used"
_REASONS = {"SVC": _LIBSVM, "NuSVC": _LIBSVM}
_MODELS_INSIDE = "only single models are kept, and this one holds others"


def why_not_kept(classifier: Any) -> str:
    """Return why a classifier of scikit-learn, fitted or not, is not kept; empty if it is.

    Those of a user's own are kept as what they consist of, and read if their classes are trusted.

    Examples
    --------
    >>> from sklearn.svm import SVC, LinearSVC
    >>> why_not_kept(LinearSVC())
    ''
    >>> why_not_kept(SVC())
    "SVC: it is libsvm's state, which compiled code takes unchecked"
    """
    if is_scaled(classifier):
        return why_not_kept(classifier.steps[1][1])
    if type(classifier).__name__ == "ViewsClassifier":
        return why_not_kept(classifier.classifier)
    name = type(classifier).__name__
    if not type(classifier).__module__.startswith("sklearn.") or name not in sklearn_classifiers():
        return ""
    if kept_name(classifier) is not None:
        return ""
    holds = any(hasattr(classifier, each) for each in ("estimator", "estimators"))
    return f"{name}: {_REASONS.get(name, _MODELS_INSIDE if holds else _OTHERS)}"
