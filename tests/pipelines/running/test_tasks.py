from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from models import LinearClassifier
from pipelines.keeping.cache import RunCache
from pipelines.running.matrices import Extraction
from pipelines.running.tasks import fit_again, run_cell, validation_split


def features(train: Any, test: Any, key: str | None = None) -> Extraction:
    train, test = (np.asarray(part, dtype=np.float32) for part in (train, test))
    return Extraction(train, test, 0.0, 0.0, 0.0, key=key)


rng = np.random.default_rng(0)
LABELS = rng.integers(0, 3, 200)
TRAIN = rng.normal(size=(200, 4)) + LABELS[:, None]
TEST = rng.normal(size=(50, 4)) + 1


@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=6),
    st.integers(0, 2**32 - 1),
)
def test_the_split_is_stratified_and_complete(counts: list[int], seed: int) -> None:
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(counts)), counts))
    fit_on, choose_by = validation_split(labels, seed)
    assert sorted([*fit_on, *choose_by]) == list(range(len(labels)))
    for label, n in enumerate(counts):
        n_validation = int((labels[choose_by] == label).sum())
        assert n_validation < n
        assert n_validation == (0 if n == 1 else max(1, round(n / 10)))


def test_the_split_follows_the_seed() -> None:
    one, again, other = (validation_split(LABELS, seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert len(one) == sum(round(n / 10) for n in np.bincount(LABELS))


def test_the_best_on_the_validation_part_is_fitted_again_on_all() -> None:
    candidates = [({"k": k}, KNeighborsClassifier(k)) for k in (100, 7, 150)]
    outcome = run_cell(features(TRAIN, TEST), LABELS, 3, candidates, 5, cache=None)
    fit_on, choose_by = validation_split(LABELS, 5)
    accuracy = [
        KNeighborsClassifier(k)
        .fit(TRAIN[fit_on], LABELS[fit_on])
        .score(TRAIN[choose_by], LABELS[choose_by])
        for k in (100, 7, 150)
    ]
    assert outcome.chosen == {"k": (100, 7, 150)[int(np.argmax(accuracy))]}
    assert outcome.validation_accuracy == pytest.approx(max(accuracy))
    by_hand = KNeighborsClassifier(outcome.chosen["k"]).fit(TRAIN.astype(np.float32), LABELS)
    assert np.array_equal(outcome.predicted, by_hand.predict(TEST.astype(np.float32)))
    assert outcome.has_probabilities
    assert outcome.scores is not None
    assert np.allclose(outcome.scores, by_hand.predict_proba(TEST.astype(np.float32)))


def test_a_classifier_that_validates_itself_is_told_by_which_images_and_fitted_once() -> None:
    rng = np.random.default_rng(0)
    train, test = (rng.standard_normal((n, 30)).astype(np.float32) for n in (120, 40))
    labels = (train[:, 0] > 0).astype(np.int64)
    alphas = (1e-3, 1e-1, 1e1)
    candidate = LinearClassifier(loss="squared", alpha=alphas)
    outcome = run_cell(features(train, test), labels, 2, [({}, candidate)], 3, cache=None)

    _, choose_by = validation_split(labels, 3)
    direct = clone(candidate).fit(train, labels, held_out=choose_by)
    assert outcome.chosen == {"alpha": direct.alpha_}
    assert outcome.validation_accuracy == direct.validation_score_
    np.testing.assert_array_equal(outcome.predicted, direct.predict(test))
    again = fit_again(features(train, test), labels, [({}, candidate)], outcome.chosen, {})
    np.testing.assert_array_equal(again.coef_, direct.coef_)


def test_of_equals_the_first_is_chosen() -> None:
    candidates = [({"n": n}, KNeighborsClassifier(5)) for n in (3, 1, 2)]
    assert run_cell(features(TRAIN, TEST), LABELS, 3, candidates, 0, cache=None).chosen == {"n": 3}


def test_without_probabilities_there_are_decisions_and_without_those_nothing() -> None:
    ridge = run_cell(features(TRAIN, TEST), LABELS, 3, [({}, RidgeClassifier())], 0, cache=None)
    assert ridge.scores is not None
    assert not ridge.has_probabilities
    assert np.array_equal(ridge.scores.argmax(axis=1), ridge.predicted)

    silent = run_cell(features(TRAIN, TEST), LABELS, 3, [({}, Constant(1))], 0, cache=None)
    assert silent.scores is None


def test_classes_without_training_images_get_a_column() -> None:
    two = np.where(LABELS == 1, 3, 0)
    outcome = run_cell(features(TRAIN, TEST), two, 5, [({}, LogisticRegression())], 0, cache=None)
    assert outcome.scores is not None
    assert outcome.scores.shape == (50, 5)
    assert set(np.flatnonzero(outcome.scores.sum(axis=0))) == {0, 3}
    ridge = run_cell(features(TRAIN, TEST), two, 5, [({}, RidgeClassifier())], 0, cache=None)
    assert ridge.scores is not None
    assert np.array_equal(ridge.scores.argmax(axis=1), ridge.predicted)
    assert np.isfinite(ridge.scores).all()


class Constant(ClassifierMixin, BaseEstimator):
    """Says the same of every image."""

    def __init__(self, said: Any) -> None:
        self.said = said

    def fit(self, X: Any, y: Any) -> Constant:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.said)


@pytest.mark.parametrize("said", [3, -1, 0.5, "cat"])
def test_predictions_that_are_no_labels_are_refused(said: Any) -> None:
    with pytest.raises(ValueError, match="predictions must"):
        run_cell(features(TRAIN, TEST), LABELS, 3, [({}, Constant(said))], 0, cache=None)


def test_choosing_needs_something_to_choose_by() -> None:
    labels = np.arange(4)
    with pytest.raises(ValueError, match="two training images or more"):
        run_cell(features(TRAIN[:4], TEST), labels, 4, [({}, Constant(1))], 0, cache=None)


def test_a_cell_is_kept_under_all_that_decides_it() -> None:
    cache = RunCache()
    given = features(TRAIN, TEST, key="abc")

    def cached(k: int = 3, seed: int = 0, of: Extraction = given) -> bool:
        classifier = KNeighborsClassifier(k)
        return run_cell(of, LABELS, 3, [({}, classifier)], seed, cache=cache).cached

    assert not cached()
    assert cached()
    assert not cached(k=4)
    assert not cached(seed=1)
    assert not cached(of=features(TRAIN, TEST, key="def"))
    assert not cached(of=features(TRAIN, TEST, key=None))
    assert not cached(of=features(TRAIN, TEST, key=None))


def test_a_kept_cell_equals_a_fresh_one() -> None:
    cache, given = RunCache(), features(TRAIN, TEST, key="abc")
    candidates = [({"C": c}, LogisticRegression(C=c)) for c in (0.1, 1.0)]
    fresh, kept = (run_cell(given, LABELS, 3, candidates, 0, cache=cache) for _ in range(2))
    assert kept.cached
    assert np.array_equal(fresh.predicted, kept.predicted)
    assert fresh.scores is not None
    assert kept.scores is not None
    assert np.array_equal(fresh.scores, kept.scores)
    assert (fresh.chosen, fresh.refit, fresh.validation_accuracy) == (
        kept.chosen,
        kept.refit,
        kept.validation_accuracy,
    )
    again = fit_again(given, LABELS, candidates, kept.chosen, kept.refit)
    assert np.array_equal(again.predict(given.test), fresh.predicted)
