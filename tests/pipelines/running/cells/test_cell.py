from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from models import KernelClassifier, LinearClassifier, MLPClassifier
from pipelines.keeping.packing import unpack_own
from pipelines.running.cells.cell import fit_again
from pipelines.running.cells.choosing import validation_split
from tests.pipelines.running.alone import held, ran, whole

rng = np.random.default_rng(0)
LABELS = rng.integers(0, 3, 200)
TRAIN = rng.normal(size=(200, 4)) + LABELS[:, None]
TEST = rng.normal(size=(50, 4)) + 1


def test_the_best_on_the_validation_part_is_fitted_again_on_all() -> None:
    candidates = [({"k": k}, KNeighborsClassifier(k)) for k in (100, 7, 150)]
    outcome = ran(TRAIN, TEST, LABELS, 3, candidates, 5)
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
    outcome = ran(train, test, labels, 2, [({}, candidate)], 3)

    _, choose_by = validation_split(labels, 3)
    direct = clone(candidate).fit(train, labels, held_out=choose_by)
    assert outcome.chosen == {"alpha": direct.alpha_}
    assert outcome.validation_accuracy == direct.validation_score_
    np.testing.assert_array_equal(outcome.predicted, direct.predict(test))
    assert outcome.fit_s < outcome.choose_s


def test_of_equals_the_first_is_chosen() -> None:
    candidates = [({"n": n}, KNeighborsClassifier(5)) for n in (3, 1, 2)]
    assert ran(TRAIN, TEST, LABELS, 3, candidates, 0).chosen == {"n": 3}


def test_without_probabilities_there_are_decisions_and_without_those_nothing() -> None:
    ridge = ran(TRAIN, TEST, LABELS, 3, [({}, RidgeClassifier())], 0)
    assert ridge.scores is not None
    assert not ridge.has_probabilities
    assert np.array_equal(ridge.scores.argmax(axis=1), ridge.predicted)

    silent = ran(TRAIN, TEST, LABELS, 3, [({}, Constant(1))], 0)
    assert silent.scores is None


def test_classes_without_training_images_get_a_column() -> None:
    two = np.where(LABELS == 1, 3, 0)
    outcome = ran(TRAIN, TEST, two, 5, [({}, LogisticRegression())], 0)
    assert outcome.scores is not None
    assert outcome.scores.shape == (50, 5)
    assert set(np.flatnonzero(outcome.scores.sum(axis=0))) == {0, 3}
    ridge = ran(TRAIN, TEST, two, 5, [({}, RidgeClassifier())], 0)
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
        ran(TRAIN, TEST, LABELS, 3, [({}, Constant(said))], 0)


def test_choosing_needs_something_to_choose_by() -> None:
    labels = np.arange(4)
    two = [({"said": said}, Constant(said)) for said in (1, 2)]
    with pytest.raises(ValueError, match="two training images or more"):
        ran(TRAIN[:4], TEST, labels, 4, two, 0)
    with pytest.raises(ValueError, match="nothing to choose from"):
        ran(TRAIN, TEST, LABELS, 3, [], 0)


class Counted(KNeighborsClassifier):
    """Counts its fits."""

    fits: list[int] = []  # noqa: RUF012 - shared on purpose

    def fit(self, X: Any, y: Any) -> Counted:
        self.fits.append(len(X))
        super().fit(X, y)
        return self


@pytest.fixture(autouse=True)
def no_fit_yet() -> None:
    Counted.fits.clear()


def test_where_nothing_is_to_be_chosen_there_is_one_fit_on_all_images() -> None:
    outcome = ran(TRAIN, TEST, LABELS, 3, [({}, Counted(3))], 0)
    assert Counted.fits == [200]
    assert outcome.validation_accuracy is None
    assert outcome.chosen == outcome.refit == {}
    ran(TRAIN, TEST, LABELS, 3, [({"k": k}, Counted(k)) for k in (1, 3)], 0)
    n_fit_on = len(validation_split(LABELS, 0)[0])
    assert Counted.fits[1:] == [n_fit_on, n_fit_on, 200]


def test_it_is_validated_all_the_same_where_that_is_asked_for() -> None:
    once = ran(TRAIN, TEST, LABELS, 3, [({}, Counted(3))], 0)
    validated = ran(TRAIN, TEST, LABELS, 3, [({}, Counted(3))], 0, validated=True)
    assert Counted.fits == [200, len(validation_split(LABELS, 0)[0]), 200]
    assert validated.validation_accuracy is not None
    assert np.array_equal(validated.predicted, once.predicted)


def test_a_network_that_does_not_stop_early_is_fitted_once() -> None:
    net = MLPClassifier((8,), learning_rate="cosine", max_iter=4, random_state=0)
    once = ran(TRAIN, TEST, LABELS, 3, [({}, net)], 0)
    assert once.history[0].keys() >= {"epoch", "loss", "score"}
    assert once.validation_accuracy is None
    validated = ran(TRAIN, TEST, LABELS, 3, [({}, net)], 0, validated=True)
    assert validated.refit["max_iter"] == 4
    assert validated.history[0]["val_loss"] is not None
    assert np.array_equal(once.predicted, validated.predicted)


def test_the_fitted_classifier_is_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    candidates = [({"C": c}, LogisticRegression(C=c)) for c in (0.1, 1.0)]
    outcome = ran(TRAIN, TEST, LABELS, 3, candidates, 0, model=tmp_path / "model.skops")
    assert outcome.model == tmp_path / "model.skops"
    kept = unpack_own(outcome.model.read_bytes())
    test = np.asarray(TEST, np.float32)
    assert np.array_equal(kept.predict(test), outcome.predicted)
    lost = replace(outcome, model=None)
    given = held(TRAIN), whole(LABELS), candidates, lost, 0, 0
    again = fit_again(*given, tmp_path / "again.skops")
    assert again.model is not None
    assert np.array_equal(unpack_own(again.model.read_bytes()).predict(test), outcome.predicted)


@pytest.mark.parametrize(
    "classifier",
    [
        KernelClassifier(alpha=[1e-3, 10.0], draw_views=1, whiten=2, random_state=0),
        LinearClassifier(loss="squared", alpha=[1e-3, 10.0], standardize=True),
    ],
    ids=str,
)
def test_what_chose_by_itself_is_kept_as_it_was(classifier: Any, tmp_path: Path) -> None:
    train, test = (rng.normal(size=(n, 4, 3)).astype(np.float32) for n in (200, 50))
    train += LABELS[:, None, None]
    first = tmp_path / "first.skops"
    candidates: list[tuple[dict[str, Any], Any]] = [({}, classifier)]
    outcome = ran(train, test, LABELS, 3, candidates, 5, model=first)
    lost = replace(outcome, model=None)
    given = held(train), whole(LABELS), candidates, lost, 5, 0
    again = fit_again(*given, tmp_path / "again.skops")
    assert again.model is not None
    assert again.model.read_bytes() == first.read_bytes()


def test_a_network_is_kept_without_the_memory_of_its_optimiser(tmp_path: Path) -> None:
    net = MLPClassifier((8,), max_iter=2, random_state=0)
    for number, train in enumerate((TRAIN, TRAIN.reshape(200, 2, 2))):
        test = TEST if train.ndim == 2 else TEST.reshape(50, 2, 2)
        path = tmp_path / f"{number}.skops"
        outcome = ran(train, test, LABELS, 3, [({}, net)], 0, model=path)
        assert outcome.model == path
        kept = unpack_own(path.read_bytes())
        assert "_memory" not in vars(getattr(kept, "classifier_", kept))
        assert_array_equal(kept.predict(test.astype(np.float32)), outcome.predicted)


def test_a_classifier_that_cannot_be_kept_says_why(tmp_path: Path) -> None:
    outcome = ran(TRAIN, TEST, LABELS, 3, [({}, WithAGenerator(1))], 0, model=tmp_path / "m.skops")
    assert outcome.model is None
    assert "without pickle" in outcome.model_error


class WithAGenerator(Constant):
    """Holds what no file can hold."""

    def fit(self, X: Any, y: Any) -> WithAGenerator:
        super().fit(X, y)
        self.numbers_ = (number for number in range(3))
        return self
