"""Neighbours found in single precision first: scikit-learn's votes, copies included."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from pipelines.predicting import nearest
from pipelines.predicting.nearest import is_election, shares_of_votes
from pipelines.running.environment import pinned_threads


def fitted(k: int, scale: float = 1.0) -> KNeighborsClassifier:
    rng = np.random.default_rng(0)
    rows = (scale + rng.standard_normal((300, 20))).astype(np.float32)
    rows[50:100] = rows[:50]  # the same, with other labels
    rows[100:120] = np.nextafter(rows[:20], np.float32(np.inf))
    labels = rng.integers(0, 4, 300)
    return KNeighborsClassifier(k, algorithm="brute").fit(rows, labels)


@pytest.mark.parametrize(
    ("k", "scale"), [(1, 1e3), (2, 1.0), (5, 1.0), (5, 1e3), (299, 1.0), (300, 1e3)]
)
def test_votes_are_scikit_learns(k: int, scale: float) -> None:
    classifier = fitted(k, scale)
    assert is_election(classifier)
    noise = np.random.default_rng(1).standard_normal((40, 20)).astype(np.float32)
    rows = np.concatenate([classifier._fit_X[:60], scale + noise])
    shares = np.concatenate([shares_of_votes(classifier, row[None]) for row in rows])
    with pinned_threads():  # of equal distances, other threads take other ones
        expected = np.concatenate([classifier.predict_proba(row[None]) for row in rows])
    np.testing.assert_array_equal(shares, expected)


def test_one_pass_is_enough_where_no_two_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = fitted(5)
    row = np.random.default_rng(2).standard_normal((1, 20)).astype(np.float32)
    expected = classifier.predict_proba(row)
    monkeypatch.setattr(nearest, "by_rows", None)
    np.testing.assert_array_equal(shares_of_votes(classifier, row), expected)
    with pytest.raises(TypeError):  # two copies, of which the first place has one
        shares_of_votes(fitted(1), classifier._fit_X[:1])


@pytest.mark.parametrize("other", [{"weights": "distance"}, {"p": 1}, {"algorithm": "kd_tree"}])
def test_other_neighbours_are_asked_themselves(other: dict[str, object]) -> None:
    rows = np.eye(4, dtype=np.float32)
    assert not is_election(KNeighborsClassifier(1, **other).fit(rows, [0, 1, 0, 1]))
    assert not is_election(KNeighborsClassifier(1).fit(rows.astype(float), [0, 1, 0, 1]))
