"""The network as scikit-learn's users know it: parity, continuation, validation, errors."""

from __future__ import annotations

import json
from inspect import signature
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as Oracle

from models import MLPClassifier, ModelError
from models.layers.functions.activation import Activation
from models.layers.functions.activations import Tanh
from models.layers.layer import Array
from models.losses import SquaredError
from models.optimization.optimizers import RMSProp

ignores_convergence = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    X, y = load_digits(return_X_y=True)
    return X / 16, y


PARITY: list[dict[str, Any]] = [
    {"solver": "adam"},
    {"solver": "sgd", "nesterovs_momentum": True},
    {"solver": "sgd", "nesterovs_momentum": False, "learning_rate": "invscaling"},
    {"solver": "sgd", "momentum": 0.0, "batch_size": 37, "alpha": 0.1},
    {"solver": "adam", "activation": "logistic", "hidden_layer_sizes": (30, 20)},
    {"solver": "adam", "activation": "tanh", "shuffle": False},
    {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.1,
        "tol": 0.05,
        "n_iter_no_change": 1,
        "max_iter": 12,
    },
]


@ignores_convergence
@pytest.mark.parametrize("n_classes", [2, 10])
@pytest.mark.parametrize("parameters", PARITY, ids=str)
def test_parity_with_scikit_learn(
    parameters: dict[str, Any], n_classes: int, digits: tuple[Array, Array]
) -> None:
    X, y = digits[0][digits[1] < n_classes], digits[1][digits[1] < n_classes]
    given = {"max_iter": 4, "random_state": 3, **parameters}
    ours, theirs = MLPClassifier(**given).fit(X, y), Oracle(**given).fit(X, y)
    for a, b in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        np.testing.assert_allclose(a, b, atol=1e-6, rtol=0)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    assert ours.n_iter_ == theirs.n_iter_
    assert (ours.n_layers_, ours.n_outputs_, ours.out_activation_, ours.t_) == (
        theirs.n_layers_,
        theirs.n_outputs_,
        theirs.out_activation_,
        theirs.t_,
    )


@ignores_convergence
@pytest.mark.skipif(
    "sample_weight" not in signature(Oracle.fit).parameters,
    reason="this scikit-learn's network takes no sample weights",
)
def test_parity_with_sample_weights(digits: tuple[Array, Array]) -> None:
    X, y = digits
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y))
    given: dict[str, Any] = {"max_iter": 3, "random_state": 0, "solver": "sgd"}
    ours = MLPClassifier(**given).fit(X, y, weights)
    theirs = Oracle(**given).fit(X, y, weights)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-6)


@ignores_convergence
def test_parity_of_the_full_batch_solver_at_the_start(digits: tuple[Array, Array]) -> None:
    X, y = digits[0][:200], digits[1][:200]
    given: dict[str, Any] = {"solver": "lbfgs", "random_state": 0, "alpha": 1.0, "max_iter": 8}
    ours, theirs = MLPClassifier(**given).fit(X, y), Oracle(**given).fit(X, y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-6)


def test_parity_of_the_full_batch_solver(digits: tuple[Array, Array]) -> None:
    X, y = digits[0][:200], digits[1][:200]
    given: dict[str, Any] = {"solver": "lbfgs", "random_state": 0, "alpha": 1.0, "max_iter": 2000}
    ours, theirs = MLPClassifier(**given).fit(X, y), Oracle(**given).fit(X, y)
    # Rounding decides which of the near valleys each ends in.
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-2)
    assert (ours.predict(X) == theirs.predict(X)).mean() > 0.99


@ignores_convergence
def test_same_weights_given_by_hand(digits: tuple[Array, Array]) -> None:
    X, y = digits
    theirs = Oracle((15,), max_iter=1, random_state=0, shuffle=False).fit(X, y)
    start = [a.copy() for a in theirs.coefs_], [a.copy() for a in theirs.intercepts_]
    theirs.set_params(warm_start=True, max_iter=3).fit(X, y)
    ours = MLPClassifier((15,), max_iter=3, shuffle=False, initialization=start).fit(X, y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-6)


@ignores_convergence
def test_warm_start_goes_on_from_weights_that_a_user_set(digits: tuple[Array, Array]) -> None:
    X, y = digits
    given: dict[str, Any] = {"max_iter": 2, "random_state": 0, "warm_start": True}
    ours, theirs = MLPClassifier(**given).fit(X, y), Oracle(**given).fit(X, y)
    for net in (ours, theirs):
        net.coefs_ = [0.5 * c for c in net.coefs_]
        net.fit(X, y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-6)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, atol=1e-6)
    with pytest.raises(ValueError, match="same classes"):
        ours.fit(X, y % 3)


def test_partial_fit_continues(digits: tuple[Array, Array]) -> None:
    X, y = digits
    given: dict[str, Any] = {"random_state": 0, "shuffle": False}
    ours, theirs = MLPClassifier(**given), Oracle(**given)
    with pytest.raises(ValueError, match="classes must be passed"):
        ours.partial_fit(X, y)
    for net in (ours, theirs):
        net.partial_fit(X[:900], y[:900], classes=np.unique(y))
        net.partial_fit(X[900:], y[900:])
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], atol=1e-6)
    assert len(ours.history_) == 2


def test_early_stopping_keeps_the_best_epoch(digits: tuple[Array, Array]) -> None:
    X, y = digits
    net = MLPClassifier(
        (8,), early_stopping=True, random_state=0, learning_rate_init=0.02, n_iter_no_change=3
    ).fit(X[:1200], y[:1200], X_val=X[1200:], y_val=y[1200:])
    scores = [record["val_score"] for record in net.history_]
    assert (
        net.score(X[1200:], y[1200:])
        == pytest.approx(max(scores))
        == pytest.approx(net.best_validation_score_)
    )
    assert net.refit_params_["max_iter"] == int(np.argmax(scores)) + 1
    assert net.n_iter_ == len(net.history_) < 200
    json.dumps(net.history_), json.dumps(net.refit_params_)


@ignores_convergence
@pytest.mark.parametrize("schedule", ["cosine", "one-cycle", "adaptive", "constant"])
def test_a_refit_walks_the_same_learning_rates(schedule: str, digits: tuple[Array, Array]) -> None:
    X, y = digits
    net = MLPClassifier(
        (8,),
        solver="sgd",
        learning_rate=schedule,
        learning_rate_init=0.2,
        early_stopping=True,
        max_iter=9,
        n_iter_no_change=1,
        tol=0.01,
        random_state=0,
    ).fit(X, y)
    again = clone(net).set_params(**net.refit_params_).fit(X, y)
    assert again.n_iter_ == net.refit_params_["max_iter"]
    rates = [record["learning_rate"] for record in net.history_][: again.n_iter_]
    # The last step of an epoch is at another fraction of it when the batches are more.
    found = [record["learning_rate"] for record in again.history_]
    np.testing.assert_allclose(found, rates, rtol=0.25, atol=1e-3)


def test_a_validation_part_alone_only_watches(digits: tuple[Array, Array]) -> None:
    X, y = digits
    given: dict[str, Any] = {"max_iter": 3, "learning_rate": "cosine", "random_state": 0}
    watched = MLPClassifier(**given).fit(X, y, X_val=X[:100], y_val=y[:100])
    alone = MLPClassifier(**given).fit(X, y)
    np.testing.assert_array_equal(watched.coefs_[0], alone.coefs_[0])
    assert all(0 < record["val_loss"] < 3 for record in watched.history_)
    assert alone.history_[0]["val_loss"] is None


def test_class_weights_shift_the_balance(digits: tuple[Array, Array]) -> None:
    X, y = digits
    y = np.where(y == 8, "eight", "other")
    given: dict[str, Any] = {"max_iter": 5, "learning_rate": "cosine", "random_state": 0}
    plain = MLPClassifier(**given).fit(X, y)
    heavy = MLPClassifier(**given, class_weight={"eight": 50, "other": 1}).fit(X, y)
    assert (heavy.predict(X) == "eight").sum() > (plain.predict(X) == "eight").sum()


def test_parts_of_ones_own(digits: tuple[Array, Array]) -> None:
    X, y = digits
    net = MLPClassifier(
        (20,),
        activation=Tanh,
        solver=RMSProp(decay=0.95),
        loss=SquaredError(),
        learning_rate=lambda done, epochs: 1 - done / epochs,
        learning_rate_init=0.01,
        max_iter=20,
        random_state=0,
    ).fit(X, y)
    assert net.score(X, y) > 0.9
    assert not hasattr(net, "predict_proba")


@pytest.mark.parametrize(
    "parameters",
    [
        {"activation": "rely"},
        {"solver": "adm"},
        {"alpha": -1.0},
        {"batch_size": 0},
        {"hidden_layer_sizes": (10, 0)},
        {"dropout": 1.0},
        {"dropout": (0.1, 0.2)},
        {"learning_rate": "cosin"},
        {"loss": "log"},
        {"norm": "group"},
        {"views": 3},
        {"augment": {"mirror": True}},
        {"image_shape": (8, 8, 3)},
        {"image_shape": (8, 8, 1), "augment": {"flip": True}},
        {"max_iter": True},
        {"checkpoint": "x.npz"},
    ],
    ids=str,
)
def test_bad_parameters_are_named(parameters: dict[str, Any], digits: tuple[Array, Array]) -> None:
    name = list(parameters)[-1]
    with pytest.raises(ValueError, match=rf"{name}.*"):
        MLPClassifier(**parameters).fit(*digits)


@ignores_convergence
def test_a_diverging_fit_is_an_error(digits: tuple[Array, Array]) -> None:
    net = MLPClassifier(solver="sgd", learning_rate_init=1e8, max_iter=20, activation="identity")
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="non-finite"):
        net.fit(*digits)


@pytest.mark.parametrize(
    "parameters",
    [
        {"activation": "maxout", "norm": "layer", "residual": True, "hidden_layer_sizes": (24, 24)},
        {"activation": "gelu", "solver": "lion", "learning_rate_init": 1e-3, "weight_decay": 0.1},
        {"activation": "elu", "solver": "rmsprop", "initialization": "he", "clip_norm": 0.5},
        {"activation": "silu", "initialization": "orthogonal", "warmup_epochs": 2},
        {"activation": "softplus", "label_smoothing": 0.1, "initialization": "glorot"},
        {"gradient_penalty": 0.1, "average_decay": 0.8, "learning_rate": "step"},
        {"loss": "sum_of_squares", "activation": "logistic", "learning_rate_init": 0.01},
    ],
    ids=str,
)
def test_every_option_learns(parameters: dict[str, Any], digits: tuple[Array, Array]) -> None:
    X, y = digits
    given = {"max_iter": 12, "batch_size": 64, "learning_rate": "cosine", **parameters}
    net = MLPClassifier(random_state=0, standardize=True, **given).fit(X, y)
    assert net.score(X, y) > 0.95


@ignores_convergence
def test_each_hidden_layer_has_an_activation_of_its_own(digits: tuple[Array, Array]) -> None:
    X, y = digits
    given: dict[str, Any] = {"max_iter": 3, "batch_size": 64, "random_state": 0}
    alike = MLPClassifier((20, 10), "tanh", **given).fit(X, y)
    named = MLPClassifier((20, 10), ["tanh", "tanh"], **given).fit(X, y)
    assert_array_equal(named.predict_proba(X), alike.predict_proba(X))
    net = MLPClassifier((20, 8, 30), ("maxout", "identity", "relu"), **given).fit(X, y)
    assert [coef.shape[0] for coef in net.coefs_] == [64, 20, 8, 30]
    # Without a bend between them, two linear maps are one.
    narrow = MLPClassifier((20, 8), ("relu", "identity"), **given).fit(X, y)
    after_relu = np.maximum(X @ narrow.coefs_[0] + narrow.intercepts_[0], 0)
    one = narrow.coefs_[1] @ narrow.coefs_[2]
    shift = narrow.intercepts_[1] @ narrow.coefs_[2] + narrow.intercepts_[2]
    assert_array_equal(
        narrow.predict(X), narrow.classes_[(after_relu @ one + shift).argmax(axis=1)]
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"early_stopping": True, "validation_fraction": 0.0}, "validation_fraction=0 of 60 .* 0"),
        ({"early_stopping": True, "validation_fraction": 0.999}, "must be 2 to 59: give another"),
        ({"random_state": 2**40}, "random_state must be a whole number from 0 to 4294967295"),
        ({"initialization": ([], [])}, "has 0 coefs and 0 intercepts, .* has 2 layers of weights"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_by_its_own_name(parameters: dict[str, Any], message: str) -> None:
    X, y = np.eye(60, 4), np.arange(60) % 2
    with pytest.raises(ModelError, match=message):
        MLPClassifier((3,), **parameters).fit(X, y)


def test_an_average_of_few_steps_has_forgotten_the_first_weights() -> None:
    X, y = load_digits(return_X_y=True)
    given: dict[str, Any] = {"max_iter": 20, "random_state": 0, "n_iter_no_change": 20}
    plain, averaged = (
        MLPClassifier((20,), average_decay=decay, **given).fit(X / 16, y) for decay in (0.0, 0.999)
    )
    assert averaged.score(X / 16, y) > plain.score(X / 16, y) - 0.1 > 0.5


class Bent(Activation):
    def value(self, x: Array, out: Array) -> None:
        np.tanh(x, out=out)

    def slope(self, x: Array, out: Array) -> None:
        np.subtract(1, np.square(np.tanh(x)), out=out)


def test_a_gradient_penalty_needs_the_curvature_of_an_activation() -> None:
    X, y = np.eye(60, 4), np.arange(60) % 2
    net = MLPClassifier((3,), activation=Bent, max_iter=1)
    with pytest.warns(ConvergenceWarning):
        net.fit(X, y)
    with pytest.raises(NotImplementedError, match="Bent has no curvature"):
        net.set_params(gradient_penalty=0.1).fit(X, y)
