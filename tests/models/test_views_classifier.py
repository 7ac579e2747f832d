"""A classifier of several views is its classifier on all of them, and the mean of what it says."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from models import LinearClassifier, MLPClassifier, ViewsClassifier

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 90)
X = (RNG.standard_normal((90, 4, 5)) + LABELS[:, None, None]).astype(np.float32).reshape(90, 20)
APART, REPEATED = X.reshape(360, 5), np.repeat(LABELS, 4)


def net(**given: Any) -> MLPClassifier:
    settings: dict[str, Any] = {"learning_rate": "cosine", "learning_rate_init": 0.02}
    return MLPClassifier((6,), max_iter=8, batch_size=20, random_state=0, **settings | given)


@pytest.mark.parametrize("classifier", [KNeighborsClassifier(7), net()])
def test_probabilities_are_the_mean_over_the_views(classifier: Any) -> None:
    ours = ViewsClassifier(classifier, n_views=4).fit(X, LABELS)
    direct = clone(classifier).fit(APART, REPEATED)
    expected = direct.predict_proba(APART).reshape(90, 4, 3).mean(axis=1)
    assert_allclose(ours.predict_proba(X), expected, atol=1e-6)
    assert_array_equal(ours.predict(X), expected.argmax(axis=1))
    assert ours.score(X, LABELS) > direct.score(APART, REPEATED)
    assert ours.n_features_in_ == 20


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_are_the_mean_over_the_views(n_classes: int) -> None:
    labels = LABELS % n_classes
    ours = ViewsClassifier(LinearSVC(random_state=0), n_views=4).fit(X, labels)
    direct = LinearSVC(random_state=0).fit(APART, np.repeat(labels, 4))
    found = direct.decision_function(APART)
    expected = found.reshape(90, 4, *found.shape[1:]).mean(axis=1)
    assert_allclose(ours.decision_function(X), expected, atol=1e-6)
    best = expected.argmax(axis=1) if n_classes == 3 else expected > 0
    assert_array_equal(ours.predict(X), best)
    assert not hasattr(ours, "predict_proba")


def test_without_scores_the_views_vote() -> None:
    class Silent(DecisionTreeClassifier):
        predict_proba = property()  # raises AttributeError

    names = np.array(["x", "y", "z"])
    ours = ViewsClassifier(Silent(max_depth=3, random_state=0), n_views=4).fit(X, names[LABELS])
    votes = ours.classifier_.predict(APART).reshape(90, 4)
    winners = [max("xyz", key=lambda name: (row == name).sum()) for row in votes]
    assert_array_equal(ours.predict(X), winners)


def test_held_out_samples_are_held_out_with_all_their_views_and_judged_by_their_mean() -> None:
    held_out, alphas = np.arange(0, 90, 3), (1e-3, 1.0, 30.0)
    ridge = LinearClassifier(loss="squared", alpha=alphas)
    ours = ViewsClassifier(ridge, n_views=4)
    assert ours.validates_itself
    ours.fit(X, LABELS, held_out=held_out)
    rest = np.setdiff1d(np.arange(90), held_out)
    scores = {
        alpha: ViewsClassifier(LinearClassifier(loss="squared", alpha=alpha), n_views=4)
        .fit(X[rest], LABELS[rest])
        .score(X[held_out], LABELS[held_out])
        for alpha in alphas
    }
    # One sample may fall otherwise: the columns are centred on the mean of all samples there.
    assert ours.validation_score_ == pytest.approx(max(scores.values()), abs=1.01 / 30)
    views_held_out = np.add.outer(4 * held_out, np.arange(4)).ravel()
    single = clone(ridge).fit(APART, REPEATED, held_out=views_held_out)
    assert ours.validation_score_ != single.validation_score_
    assert ours.validation_score_ * 30 == pytest.approx(round(ours.validation_score_ * 30))
    assert ours.alpha_ in alphas
    # With nothing said, every tenth sample of a class with all of its views.
    alone = ViewsClassifier(ridge, n_views=4).fit(X, LABELS)
    tenth = np.sort(np.concatenate([np.flatnonzero(k == LABELS)[9::10] for k in range(3)]))
    told = ViewsClassifier(ridge, n_views=4).fit(X, LABELS, held_out=tenth)
    assert alone.validation_score_ == told.validation_score_


def test_a_validation_set_and_weights_are_of_samples() -> None:
    weights = RNG.random(90)
    ours = ViewsClassifier(net(), n_views=4)
    ours.fit(X, LABELS, weights, X_val=X[:30], y_val=LABELS[:30])
    direct = net().fit(
        APART, REPEATED, np.repeat(weights, 4), X_val=APART[:120], y_val=REPEATED[:120]
    )
    assert [e["val_loss"] for e in ours.history_] == [e["val_loss"] for e in direct.history_]
    assert ours.refit_params_["max_iter"] == 8


def test_it_is_an_estimator_like_others() -> None:
    ours = ViewsClassifier(net(), n_views=4)
    assert ours.get_params()["classifier__max_iter"] == 8
    with pytest.raises(AttributeError, match="history_"):
        _ = ours.history_
    assert cross_val_score(ours, X, LABELS, cv=3).mean() > 0.7
    fitted = ours.fit(X, LABELS)
    copy = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(copy.predict(X), fitted.predict(X))
    assert not hasattr(clone(fitted), "classifier_")


def test_what_are_not_views_is_refused() -> None:
    with pytest.raises(ValueError, match="20 columns, which are not those of 3 views alike"):
        ViewsClassifier(net(), n_views=3).fit(X, LABELS)
    with pytest.raises(ValueError, match="n_views must be a whole number from 1 up, got 0"):
        ViewsClassifier(net(), n_views=0).fit(X, LABELS)
