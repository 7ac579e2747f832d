"""Scikit-learn's classifiers that predict by array arithmetic: linear, Bayes, discriminants, means.

What they have learned are arrays of known shapes. NumPy checks every access to them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.errors import PackingError
from pipelines.keeping.fitted.checks import (
    Array,
    Learned,
    array_in,
    check_keys,
    classes_in,
    count_in,
    heads_of,
)

# The axes of each array: k classes, d columns; r rows of a linear model, of which two classes have
# one.
_LINEAR = {"coef_": "rd", "intercept_": "r"}
_BAYES = {"feature_log_prob_": "kd", "class_log_prior_": "k"}
LEARNED: dict[str, dict[str, str]] = {
    "linear_model.LogisticRegression": _LINEAR,
    "linear_model.LogisticRegressionCV": _LINEAR,
    "linear_model.PassiveAggressiveClassifier": _LINEAR,
    "linear_model.Perceptron": _LINEAR,
    "linear_model.RidgeClassifier": _LINEAR,
    "linear_model.RidgeClassifierCV": _LINEAR,
    "linear_model.SGDClassifier": _LINEAR,
    "svm.LinearSVC": _LINEAR,
    "discriminant_analysis.LinearDiscriminantAnalysis": _LINEAR,
    "naive_bayes.GaussianNB": {"theta_": "kd", "var_": "kd", "class_prior_": "k"},
    "naive_bayes.MultinomialNB": _BAYES,
    "naive_bayes.ComplementNB": _BAYES,
    "naive_bayes.BernoulliNB": _BAYES,
    "neighbors.NearestCentroid": {
        "centroids_": "kd",
        "class_prior_": "k",
        "within_class_std_dev_": "d",
    },
}
"""Class, below `sklearn` → what it has learned."""

_OF_RIDGE = frozenset({"RidgeClassifier", "RidgeClassifierCV"})
_POSITIVE = frozenset({"var_", "class_prior_", "priors_"})


def taken(classifier: Any, axes: dict[str, str]) -> Learned:
    """Return the arrays of a fitted classifier."""
    learned = heads_of(classifier)
    for name in axes:
        array = np.asarray(getattr(classifier, name))
        if name == "intercept_":  # without one, it is a single zero
            coef = np.atleast_2d(classifier.coef_)
            array = array if array.ndim else np.full(len(coef), array, coef.dtype)
        learned[name] = np.atleast_2d(array) if name == "coef_" else array
    _check(learned, axes)
    return learned


def give(classifier: Any, learned: Learned, axes: dict[str, str]) -> None:
    """Check the arrays, and make a classifier fitted by them."""
    _check(learned, axes)
    vars(classifier).update(learned)
    if type(classifier).__name__ in _OF_RIDGE:
        from sklearn.preprocessing import LabelBinarizer

        classes = learned["classes_"]
        classifier._label_binarizer = LabelBinarizer(pos_label=1, neg_label=-1).fit(classes)
        if hasattr(type(classifier), "classes_"):  # with some versions, it is a property
            del vars(classifier)["classes_"]


def taken_quadratic(classifier: Any) -> Learned:
    """Return the arrays of a quadratic discriminant analysis, those of all classes together."""
    learned = heads_of(classifier) | {
        "means_": classifier.means_,
        "priors_": np.asarray(classifier.priors_),
        "rotations": [np.ascontiguousarray(each) for each in classifier.rotations_],
        "scalings": [np.ascontiguousarray(each) for each in classifier.scalings_],
    }
    _check_quadratic(learned)
    return learned


def give_quadratic(classifier: Any, learned: Learned) -> None:
    """Check the arrays, and make a quadratic discriminant analysis fitted by them."""
    _check_quadratic(learned)
    classifier.rotations_, classifier.scalings_ = learned.pop("rotations"), learned.pop("scalings")
    vars(classifier).update(learned)


def _check(learned: Learned, axes: dict[str, str]) -> tuple[int, int]:
    """Return the number of classes and of columns."""
    check_keys(learned, {"classes_", "n_features_in_", *axes})
    n_classes, n_columns = classes_in(learned), count_in(learned, "n_features_in_")
    sizes = {"k": n_classes, "d": n_columns, "r": 1 if n_classes == 2 else n_classes}
    for name, each in axes.items():
        array = array_in(learned, name, tuple(sizes[axis] for axis in each))
        if name in _POSITIVE and not (array > 0).all():
            raise PackingError(f"{name} must be positive")
    return n_classes, n_columns


def _check_quadratic(learned: Learned) -> None:
    rest = {key: value for key, value in learned.items() if key not in ("rotations", "scalings")}
    n_classes, n_columns = _check(rest, {"means_": "kd", "priors_": "k"})
    check_keys(learned, {*rest, "rotations", "scalings"})
    pairs: list[tuple[Array, Array]] = []
    for name in ("rotations", "scalings"):
        if not isinstance(learned[name], list) or len(learned[name]) != n_classes:
            raise PackingError(f"{name} must be a list of {n_classes} arrays")
    pairs = list(zip(learned["rotations"], learned["scalings"], strict=True))
    for rotation, scaling in pairs:
        scale = array_in({"scalings": scaling}, "scalings", (None,))
        array_in({"rotations": rotation}, "rotations", (n_columns, len(scale)))
        if not (scale > 0).all():
            raise PackingError("scalings must be positive")
