"""A student learns its teacher's answers, sees its own columns only, and predicts alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier

from models import LinearClassifier, MLPClassifier, ModelError, TaughtClassifier, ViewsClassifier
from models.layers.layer import Array
from models.taught_classifier import softened
from pipelines.comparison.making import made_classifiers
from pipelines.comparison.tables.entries import Classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def samples() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    codes = np.arange(120) % 3
    X = (rng.normal(size=(120, 6)) + codes[:, None]).astype(np.float32)
    return X, np.array(["a", "b", "c"])[codes]


def student(**given: Any) -> MLPClassifier:
    return MLPClassifier((8,), **{"max_iter": 4, "random_state": 0, "batch_size": 32, **given})


def test_the_student_learns_the_answers_from_its_own_columns() -> None:
    X, y = samples()
    taught = TaughtClassifier(student(), LinearClassifier(), n_columns=2, temperature=2.0)
    taught.fit(X, y)
    answers = LinearClassifier().fit(X, y).predict_proba(X) ** 0.5
    answers /= answers.sum(axis=1, keepdims=True)
    alone = student().fit(X[:, :2], y, soft_targets=answers)
    assert_allclose(taught.predict_proba(X), alone.predict_proba(X[:, :2]), rtol=1e-4)
    changed = X.copy()
    changed[:, 2:] = 0
    assert_array_equal(taught.predict(changed), taught.predict(X))
    assert not np.array_equal(
        taught.predict_proba(X), student().fit(X[:, :2], y).predict_proba(X[:, :2])
    )
    assert_array_equal(clone(taught).fit(X, y).predict_proba(X), taught.predict_proba(X))


def test_what_is_held_out_is_judged_by_its_labels() -> None:
    X, y = samples()
    wrong = np.eye(3)[(np.arange(120) + 1) % 3]
    net = student(early_stopping=True, max_iter=30, learning_rate_init=0.05).fit(
        X, y, soft_targets=wrong
    )
    assert net.best_validation_score_ < 0.6
    told = student(early_stopping=True, max_iter=30, learning_rate_init=0.05).fit(
        X, y, soft_targets=np.eye(3)[np.arange(120) % 3]
    )
    assert told.best_validation_score_ > 0.6


def test_without_a_share_there_are_the_labels() -> None:
    X, y = samples()
    taught = TaughtClassifier(student(), LinearClassifier(), share=0.0).fit(X, y)
    assert_array_equal(taught.predict_proba(X), student().fit(X, y).predict_proba(X))
    # Two classes have one output.
    two = y != "c"
    taught.fit(X[two], y[two])
    assert_array_equal(taught.predict_proba(X), student().fit(X[two], y[two]).predict_proba(X))


def test_views_reach_the_student() -> None:
    X, y = samples()
    rows = np.repeat(X[:, :, None], 2, axis=2).reshape(120, -1)
    inner = TaughtClassifier(student(draw_views=True), LinearClassifier(), n_columns=3)
    views = ViewsClassifier(inner, n_views=2).fit(rows, y)
    assert views.classifier_.estimator_.t_ == 4 * 120
    assert views.predict(rows).shape == (120,)


def test_answers_become_softer() -> None:
    p = np.array([[1.0, 0.0, 0.0], [0.5, 0.3, 0.2]])
    assert softened(p, 1.0) is p
    soft = softened(p, 3.0)
    assert_allclose(soft.sum(axis=1), 1)
    assert_array_equal(soft[0], p[0])
    assert 1 / 3 < soft[1, 0] < 0.5
    assert_allclose(softened(np.array([[1e-300, 1e-320]]), 2.0).sum(), 1)


@pytest.mark.parametrize(
    ("taught", "says"),
    [
        (TaughtClassifier(LinearClassifier(), LinearClassifier()), "takes no soft_targets"),
        (TaughtClassifier(student(), LinearClassifier(loss="hinge")), "has no predict_proba"),
        (TaughtClassifier(student(), LinearClassifier(), n_columns=7), "n_columns is 7"),
        (TaughtClassifier(student(), "linear"), "teacher must be a classifier"),
    ],
)
def test_what_cannot_be_taught(taught: TaughtClassifier, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        taught.fit(*samples())


@pytest.mark.parametrize(
    ("soft", "says"),
    [
        (np.ones((120, 2)) / 2, r"shape \(120, 3\)"),
        (np.ones((120, 3)), "1 in each row"),
        (np.full((120, 3), np.nan), "1 in each row"),
        (np.tile([1.5, -0.5, 0], (120, 1)), "from 0 up"),
        ([["a"]], "must be probabilities"),
    ],
)
def test_soft_targets_are_probabilities(soft: Any, says: str) -> None:
    X, y = samples()
    with pytest.raises(ModelError, match=says):
        student().fit(X, y, soft_targets=soft)


def test_a_spec_names_both() -> None:
    models = {
        "network": Classifier.model_validate(
            {"classifier": "MLPClassifier", "hidden_layer_sizes": [8], "alone": False}
        ),
        "near": Classifier.model_validate({"classifier": "KNeighborsClassifier", "alone": False}),
        "taught": Classifier.model_validate(
            {
                "classifier": "TaughtClassifier",
                "estimator": "network",
                "teacher": "near",
                "n_columns": 3,
            }
        ),
    }
    ((_, made),) = made_classifiers(models, "taught", "raw+hog", None)
    assert isinstance(made, TaughtClassifier)
    assert isinstance(made.estimator, MLPClassifier)
    assert isinstance(made.teacher, KNeighborsClassifier)
    assert made.fit(*samples()).estimator_.n_features_in_ == 3
