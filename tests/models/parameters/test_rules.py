"""Rules: one dialect for all classifiers, in which an error says what was given and what may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data import PreconvError
from models import LinearClassifier, MLPClassifier, ModelError, ViewsClassifier

X, Y = np.eye(4), [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("classifier", "says"),
    [
        (LinearClassifier(max_iter=-5), "max_iter must be a whole number from 1 up, got -5"),
        (LinearClassifier(max_iter=True), "max_iter must be a whole number from 1 up, got True"),
        (LinearClassifier(max_iter=2.0), "max_iter must be"),  # type: ignore[arg-type]
        (LinearClassifier(tol=float("nan")), "tol must be a finite number from 0 up, got nan"),
        (LinearClassifier(alpha=float("inf")), "alpha must be a finite number .* got inf"),
        (LinearClassifier(loss="squared", alpha=[]), r"alpha must be .* got \[\]"),
        (LinearClassifier(loss="squared", alpha="12"), "alpha must be"),  # type: ignore[arg-type]
        (
            LinearClassifier(standardize="false"),  # type: ignore[arg-type]
            "standardize must be True or False, got 'false'",
        ),
        (LinearClassifier(class_weight="even"), "class_weight must be"),  # type: ignore[arg-type]
        (LinearClassifier(loss="log"), "loss must be one of 'softmax', 'hinge', 'squared', got"),  # type: ignore[arg-type]
        (MLPClassifier(max_iter=-5), "max_iter must be a whole number from 1 up, got -5"),
        (MLPClassifier(tol=float("nan")), "tol must be a finite number from 0 up, got nan"),
        (MLPClassifier(alpha=float("inf")), "alpha must be a finite number from 0 up, got inf"),
        (MLPClassifier(standardize="false"), "standardize must be True or False, got 'false'"),  # type: ignore[arg-type]
        (MLPClassifier(shuffle=1), "shuffle must be True or False, got 1"),  # type: ignore[arg-type]
        (MLPClassifier(hidden_layer_sizes="12"), "hidden_layer_sizes must be"),
        (MLPClassifier(random_state="seed"), "random_state must be"),
        (MLPClassifier(class_weight=3), "class_weight must be"),
        (LinearClassifier(class_weight={0: -1.0}), r"class_weight must be .* got \{0: -1.0\}"),
        (LinearClassifier(class_weight={0: np.nan}), r"class_weight must be .* got \{0: nan\}"),
        (MLPClassifier(class_weight={0: True}), r"class_weight must be .* got \{0: True\}"),
        (MLPClassifier(class_weight={0: "2"}), "class_weight must be"),
        (
            MLPClassifier(class_weight={"cat": 2, "dog": 1}),
            "class_weight: .* it names 'cat', 'dog'",
        ),
        (LinearClassifier(loss="squared", alpha=[0.1, float("nan")]), "alpha must be .* got"),
        (LinearClassifier(loss="squared", alpha=[0.1, True]), "alpha must be .* got"),
        (MLPClassifier(checkpoint=3), "checkpoint must be a path, or None, got 3"),
        (MLPClassifier(n_iter_no_change=-np.inf), "n_iter_no_change must be"),
        (MLPClassifier(learning_rate=[]), r"learning_rate must be .* got \[\]"),
        (ViewsClassifier(LinearClassifier(), n_views=0), "n_views must be a whole number from 1"),
        (ViewsClassifier(LinearClassifier(), n_views=True), "n_views must be .* got True"),
        (
            ViewsClassifier(LinearClassifier(), n_views=2.0),  # type: ignore[arg-type]
            "n_views must be .* got 2.0",
        ),
    ],
    ids=str,
)
def test_what_is_refused(classifier: Any, says: str) -> None:
    with pytest.raises(ModelError, match=says) as caught:
        classifier.fit(X, Y)
    assert isinstance(caught.value, PreconvError)
    assert isinstance(caught.value, ValueError)


def test_numbers_of_numpy_pass() -> None:
    given: dict[str, Any] = {
        "loss": "squared",
        "alpha": np.array([0.1, 1.0], np.float32),
        "max_iter": np.int32(3),
        "standardize": np.True_,
    }
    rows, labels = np.repeat(X, 10, axis=0), np.repeat(Y, 10)
    plain = {**given, "alpha": [np.float32(0.1), 1.0], "max_iter": 3, "standardize": True}
    ours = LinearClassifier(**given).fit(rows, labels)
    np.testing.assert_array_equal(ours.coef_, LinearClassifier(**plain).fit(rows, labels).coef_)
    words: dict[str, Any] = {
        "dropout": np.array([0.1, 0.2]),
        "learning_rate": np.array([1.0, 0.5]),
        "batch_size": np.int64(2),
        "max_iter": np.int8(2),
        "early_stopping": np.False_,
        "alpha": np.float32(0.1),
        "random_state": np.int64(0),
    }
    net = MLPClassifier(np.array([3, 2]), **words).fit(X, Y)
    assert [coef.shape for coef in net.coefs_] == [(4, 3), (3, 2), (2, 1)]
    assert net.history_[1]["learning_rate"] == pytest.approx(0.0005)
    two: Any = np.int64(2)
    assert ViewsClassifier(LinearClassifier(), n_views=two).fit(X, Y).n_features_in_ == 4
