"""A fit is a function: it changes neither its start nor the estimator, and ends in a record."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from models import MLPClassifier, ModelError
from models.layers.layer import Array
from models.losses.squares import SquaredError
from models.perceptron.fitting import fit, fit_an_epoch_more
from models.perceptron.recipe import Recipe
from models.perceptron.record import Record
from models.perceptron.samples import Samples

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((60, 5)), rng.integers(0, 3, 60)
CLASSES = np.arange(3)
SAMPLES = Samples(X, Y, np.ones(60))
WORDS: dict[str, Any] = {"max_iter": 3, "random_state": 0, "learning_rate": "cosine"}


def recipe(**given: Any) -> Recipe:
    return Recipe.of(MLPClassifier((4,), **WORDS | given).get_params(deep=False))


def arrays(record: Record) -> list[Array]:
    return record.coefs + record.intercepts


def test_the_record_is_what_the_estimator_shows() -> None:
    record = fit(recipe(standardize=True), CLASSES, SAMPLES)
    net = MLPClassifier((4,), standardize=True, **WORDS).fit(X, Y)
    for ours, theirs in zip(arrays(record), net.coefs_ + net.intercepts_, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    shown = {name for name in vars(net) if name.endswith("_")} - {"n_features_in_"}
    named = {f"{each.name}_" for each in fields(record) if getattr(record, each.name) is not None}
    named -= {"memory_"}  # shown to nobody
    assert shown == named | {
        "n_layers_",
        "loss_curve_",
        "best_validation_score_",
        "validation_scores_",
    }
    with pytest.raises(FrozenInstanceError):
        record.loss = 0.0  # type: ignore[misc]
    again = Record.from_attributes(vars(net))
    assert again.n_iter == record.n_iter == 3
    assert len(again.history) == 3


def test_neither_start_nor_samples_are_changed() -> None:
    for words, more in (({"average_decay": 0.5}, True), ({"early_stopping": True}, False)):
        made = recipe(**words)
        start = (fit_an_epoch_more if more else fit)(made, CLASSES, SAMPLES)
        before, rows = pickle.dumps(copy.deepcopy(start)), X.copy()
        ends = [
            (fit_an_epoch_more if more else fit)(made, CLASSES, SAMPLES, start=start)
            for _ in range(2)
        ]
        assert pickle.dumps(copy.deepcopy(start)) == before
        np.testing.assert_array_equal(X, rows)
        for first, second in zip(*map(arrays, ends), strict=True):
            np.testing.assert_array_equal(first, second)
        assert len(ends[0].history) > len(start.history)


def test_a_recipe_and_a_record_can_be_sent_to_another_process() -> None:
    made, sent = recipe(), pickle.loads(pickle.dumps(recipe()))
    there = pickle.loads(pickle.dumps(fit(sent, CLASSES, SAMPLES)))
    np.testing.assert_array_equal(there.coefs[0], fit(made, CLASSES, SAMPLES).coefs[0])


def test_a_fit_that_fails_leaves_the_estimator_as_it_was() -> None:
    net = MLPClassifier((4,), **WORDS).fit(X, Y)
    shown = {name: value for name, value in vars(net).items() if name.endswith("_")}
    net.set_params(solver="sgd", activation="identity", learning_rate_init=1e38, batch_size=4)
    with np.errstate(all="ignore"), pytest.raises(ModelError, match="non-finite"):
        net.fit(X, Y)
    assert {name: vars(net)[name] for name in shown} == shown


def test_a_network_that_has_diverged_trains_no_longer(capsys: pytest.CaptureFixture[str]) -> None:
    given = {"solver": "sgd", "activation": "identity", "learning_rate_init": 1e38}
    net = MLPClassifier((4,), **{**WORDS, **given, "max_iter": 50, "batch_size": 4}, verbose=True)
    with np.errstate(all="ignore"), pytest.raises(ModelError, match="non-finite"):
        net.fit(X, Y)
    assert "Iteration 1," in (said := capsys.readouterr().out)
    assert "Iteration 2," not in said


class Uphill(SquaredError):
    """A loss whose gradient has the wrong sign."""

    def backward(self) -> Array:
        return -super().backward()


def test_a_line_search_that_fails_far_from_the_minimum_is_said() -> None:
    net = MLPClassifier((4,), solver="lbfgs", loss=Uphill(), random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"after \d+ iteration\(s\): scale the columns"):
        net.fit(X, Y)


def test_what_an_earlier_fit_had_is_gone() -> None:
    net = MLPClassifier((4,), **WORDS, standardize=True, early_stopping=True).fit(X, Y)
    assert {"input_mean_", "best_epoch_"} <= vars(net).keys()
    net.set_params(early_stopping=False, schedule_epochs=9).partial_fit(X, Y)
    assert vars(net)["_memory"].epoch == 4
    net.set_params(standardize=False).fit(X, Y)
    assert not {"input_mean_", "best_epoch_"} & vars(net).keys()
    assert vars(net)["_memory"].epoch == 3


def test_after_warm_start_partial_fit_goes_on_from_the_latest_weights() -> None:
    net = MLPClassifier((4,), **WORDS, schedule_epochs=9, learning_rate_init=1e-12)
    net.partial_fit(X, Y, classes=CLASSES)
    net.set_params(warm_start=True, learning_rate_init=0.1).fit(X, Y)
    latest = net.coefs_[0].copy()
    net.set_params(learning_rate_init=1e-12).partial_fit(X, Y)
    np.testing.assert_allclose(net.coefs_[0], latest, atol=1e-9)
