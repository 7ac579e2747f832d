"""Labels by several numbers of neighbours are those of each classifier alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from pipelines.running.cells.neighbours import labels_for_choosing
from pipelines.running.cells.predicting import labels_of

rng = np.random.default_rng(0)
X = rng.standard_normal((700, 8)).astype(np.float32)
y = rng.integers(0, 4, 700) * 2
TEST = rng.standard_normal((600, 8)).astype(np.float32)


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_they_are_those_of_each_alone(weights: str, coarse: bool) -> None:
    train, test = (np.round(X), np.round(TEST)) if coarse else (X.copy(), TEST)
    # Rows that stand twice are equally far from everything.
    train[-50:] = train[:50]
    shared: dict[Any, Any] = {}
    with threadpool_limits(1):
        for k in (1, 5, 15, 3):
            net = KNeighborsClassifier(k, weights=weights, algorithm="brute").fit(train, y)
            found = labels_for_choosing(net, test, 15, shared)
            np.testing.assert_array_equal(found, labels_of(net, test))
    assert len(shared) == (weights == "uniform")


def test_distances_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = KNeighborsClassifier.kneighbors

    def heard(self: Any, rows: Any, *given: Any, **named: Any) -> Any:
        asked.append((len(rows), *given))
        return real(self, rows, *given, **named)

    shared: dict[Any, Any] = {}
    monkeypatch.setattr(KNeighborsClassifier, "kneighbors", heard)
    for k in (1, 3, 5):
        net = KNeighborsClassifier(k, algorithm="brute").fit(X, y)
        labels_for_choosing(net, TEST[:100], 9, shared)
    assert asked == [(100, 10)]


def test_other_classifiers_and_too_few_samples_share_nothing() -> None:
    shared: dict[Any, Any] = {}
    few = KNeighborsClassifier(2, algorithm="brute").fit(X[:6], y[:6])
    for net in (few, LogisticRegression().fit(X, y)):
        np.testing.assert_array_equal(labels_for_choosing(net, TEST, 15, shared), net.predict(TEST))
    assert not shared
