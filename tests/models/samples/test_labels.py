"""Labels are integers, booleans or texts; of others every classifier says what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from models import (
    KernelClassifier,
    LinearClassifier,
    MLPClassifier,
    ModelError,
    TaughtClassifier,
    ViewsClassifier,
)

RNG = np.random.default_rng(0)
CODES = np.arange(60) % 2
X = RNG.normal(size=(60, 4)) + CODES[:, None]
NET = MLPClassifier((4,), max_iter=2, learning_rate="cosine", random_state=0)
CLASSIFIERS = [
    LinearClassifier(),
    KernelClassifier(),
    NET,
    TaughtClassifier(NET, LinearClassifier()),
    ViewsClassifier(LinearClassifier(), n_views=2),
]


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=str)
@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (np.array([0, 1], dtype=object), "objects such as 0"),
        (np.array([True, False], dtype=object), "objects such as True"),
        (np.array(["a", 1], dtype=object), "objects such as 1"),
        (np.array([b"a", b"b"]), "bytes such as b'a'"),
        (np.array([1, 0.5]), r"continuous numbers such as 0\.5"),
    ],
    ids=str,
)
def test_what_is_no_label_is_refused(classifier: Any, labels: Any, says: str) -> None:
    y = labels[CODES]
    wanted = rf"Unknown label type: {says}\. Labels are .*: give y\.astype\(int\) or y\.astype"
    model = clone(classifier)
    with pytest.raises(ModelError, match=wanted):
        model.fit(X, y)
    if hasattr(model, "partial_fit"):
        with pytest.raises(ModelError, match=wanted):
            model.partial_fit(X, y, classes=["a", "b"])


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=str)
@pytest.mark.parametrize(
    "labels",
    [np.array(["a", "b"], dtype=object), np.array([False, True]), np.array([1.0, 2.0])],
    ids=str,
)
def test_other_labels_come_back_as_they_are(classifier: Any, labels: Any) -> None:
    predicted = clone(classifier).fit(X, labels[CODES]).predict(X)
    assert predicted.dtype == labels.dtype
    assert set(predicted.tolist()) <= set(labels.tolist())


@pytest.mark.parametrize("classifier", [LinearClassifier(), NET], ids=str)
def test_of_parts_there_are_two_classes_or_more(classifier: Any) -> None:
    with pytest.raises(ModelError, match="needs two classes or more, got 1 class"):
        clone(classifier).partial_fit(X, np.zeros(60), classes=[0])


@pytest.mark.parametrize("classifier", [LinearClassifier(), NET], ids=str)
def test_a_part_may_have_a_sample_or_two_of_each_class(classifier: Any) -> None:
    # Of all samples, scikit-learn would warn that they are hardly those of classes.
    clone(classifier).partial_fit(X, np.arange(60), classes=np.arange(60))
