"""A classifier around another offers what that offers, fits a clone, and hands on what it takes.

In a pipeline, it is the last step that takes it.
"""

from __future__ import annotations

import sys
from typing import Any

from sklearn import get_config
from sklearn.base import clone
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import has_fit_parameter

from data.parameters.rules import made_by
from models.errors import ModelError


def _is_classifier(value: Any) -> bool:
    names = ("fit", "predict", "get_params")
    return not isinstance(value, type) and all(hasattr(value, name) for name in names)


CLASSIFIER = made_by(_is_classifier, "a classifier with fit, predict and get_params")
"""The rule for a classifier inside another."""


def inner_has(name: str) -> Any:
    """Return the test whether the classifier inside, fitted or not, has a method."""

    def has(around: Any) -> bool:
        inner = vars(around).get("classifier_", around.classifier)
        if not hasattr(inner, name):
            raise AttributeError(f"{type(inner).__name__} has no {name}")
        return True

    return available_if(has)


def _scores_classes(around: Any) -> bool:
    inner = vars(around).get("classifier_", around.classifier)
    decides = "classifier_" in vars(around) and not hasattr(inner, "predict_proba")
    return hasattr(inner, "decision_function") and not (decides and scores_pairs(inner))


inner_scores_classes = available_if(_scores_classes)
"""The test whether the classifier inside has scores or probabilities of classes."""


def scores_pairs(classifier: Any) -> bool:
    """Return whether a fitted classifier scores pairs of classes, and there are several pairs.

    It is known of scikit-learn's SVC and NuSVC, also at the end of a pipeline or of a search.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> X = [[0.0], [1.0], [2.0]]
    >>> [scores_pairs(SVC(decision_function_shape=d).fit(X, [0, 1, 2])) for d in ("ovo", "ovr")]
    [True, False]
    """
    last = classifier
    while _is_pipeline(last) or hasattr(last, "best_estimator_"):
        last = last.steps[-1][1] if _is_pipeline(last) else last.best_estimator_
    pairs = getattr(last, "decision_function_shape", None) == "ovo"
    return bool(pairs and len(classifier.classes_) > 2)


def keyword_of(classifier: Any, name: str) -> str | None:
    """Return the keyword by which a classifier's `fit` takes a parameter; None if it does not.

    Examples
    --------
    >>> from models import LinearClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> keyword_of(make_pipeline(None, LinearClassifier()), "held_out")
    'linearclassifier__held_out'
    """
    if not _is_pipeline(classifier):
        takes = hasattr(classifier, "fit") and has_fit_parameter(classifier, name)
        return name if takes else None
    step, last = classifier.steps[-1]
    inside = keyword_of(last, name)
    return None if inside is None else f"{step}__{inside}"


def check_taken(classifier: Any, name: str) -> None:
    """Raise ModelError if a classifier's `fit` does not take a parameter."""
    if keyword_of(classifier, name) is None:
        raise ModelError(f"{type(classifier).__name__}.fit takes no {name}")


def fitted_clone(classifier: Any, method: str, X: Any, y: Any, **given: Any) -> Any:
    """Return a clone of a classifier, fitted by one of its methods."""
    fitted = clone(classifier)
    if _is_pipeline(fitted):
        given = dict(_through(fitted, name, value) for name, value in given.items())
    getattr(fitted, method)(X, y, **given)
    return fitted


def _through(pipeline: Any, name: str, value: Any) -> tuple[str, Any]:
    """Return a parameter under the name by which it goes through a pipeline."""
    keyword = keyword_of(pipeline, name)
    if keyword is None:
        return name, value  # the pipeline says what it thinks of it
    if not get_config()["enable_metadata_routing"]:
        return keyword, value
    last = pipeline
    while _is_pipeline(last):
        last = last.steps[-1][1]
    last.set_fit_request(**{name: True})
    return name, value


def _is_pipeline(classifier: Any) -> bool:
    """Return whether it is a pipeline; before their module is imported, nothing is one."""
    module = sys.modules.get("sklearn.pipeline")
    return module is not None and isinstance(classifier, module.Pipeline)
