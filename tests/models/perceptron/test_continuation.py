"""Fits that go on: scikit-learn is the oracle for what the optimiser remembers between calls."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier as Oracle

from models import MLPClassifier, ModelError
from models.layers.layer import Array

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SOLVERS: list[dict[str, Any]] = [
    {"solver": "adam"},
    {"solver": "adam", "learning_rate": "invscaling"},
    {"solver": "sgd", "learning_rate_init": 0.1},
    {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.5},
    {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.5,
        "tol": 0.5,
        "n_iter_no_change": 1,
    },
]


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    X, y = load_digits(return_X_y=True)
    return X[:500] / 16, y[:500]


def same_weights(ours: Any, theirs: Any) -> None:
    for a, b in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        np.testing.assert_allclose(a, b, atol=1e-7, rtol=0)
    assert (ours.t_, ours.n_iter_) == (theirs.t_, theirs.n_iter_)


@pytest.mark.parametrize("parameters", SOLVERS, ids=str)
def test_partial_fit_goes_on_after_fit(
    parameters: dict[str, Any], digits: tuple[Array, Array]
) -> None:
    X, y = digits
    given = {"max_iter": 6, "random_state": 0, **parameters}
    ours, theirs = MLPClassifier((15,), **given), Oracle((15,), **given)
    for net in (ours, theirs):
        net.fit(X[:300], y[:300])
        for part in (slice(300, 320), slice(320, 500), slice(0, 70), slice(70, 80)):
            net.partial_fit(X[part], y[part])
    same_weights(ours, theirs)


@pytest.mark.parametrize("parameters", SOLVERS, ids=str)
def test_partial_fit_of_unequal_parts(
    parameters: dict[str, Any], digits: tuple[Array, Array]
) -> None:
    X, y = digits
    ours, theirs = (kind((15,), random_state=0, **parameters) for kind in (MLPClassifier, Oracle))
    for net in (ours, theirs):
        for part in (slice(0, 200), slice(200, 210), slice(210, 300), slice(300, 500)):
            net.partial_fit(X[part], y[part], classes=np.arange(10))
    same_weights(ours, theirs)


@pytest.mark.parametrize("parameters", SOLVERS, ids=str)
def test_a_warm_start_has_a_new_optimiser(
    parameters: dict[str, Any], digits: tuple[Array, Array]
) -> None:
    X, y = digits
    given = {"max_iter": 3, "random_state": 0, "warm_start": True, **parameters}
    ours, theirs = MLPClassifier((15,), **given), Oracle((15,), **given)
    for net in (ours, theirs):
        net.fit(X[:300], y[:300]).fit(X, y)
    same_weights(ours, theirs)


def test_a_warm_start_keeps_the_best_weights_so_far(digits: tuple[Array, Array]) -> None:
    X, y = digits
    given: dict[str, Any] = {"random_state": 0, "max_iter": 12, "early_stopping": True}
    net = MLPClassifier((15,), **given).fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    best, score = net.coefs_[0].copy(), net.best_validation_score_
    assert net.refit_params_
    # Steps so long that nothing better is found.
    net.set_params(warm_start=True, learning_rate_init=10.0, max_iter=2)
    net.fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    np.testing.assert_array_equal(net.coefs_[0], best)
    assert net.best_validation_score_ == score
    # A clone has no weights, and the epochs of the last fit would not lead it there.
    assert not hasattr(net, "refit_params_")
    assert net.score(X[300:], y[300:]) == score


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dropout", (0.2,)),
        ("input_dropout", 0.1),
        ("average_decay", 0.9),
        ("clip_norm", 1.0),
        ("weight_decay", 0.1),
        ("gradient_penalty", 0.1),
        ("warmup_epochs", 1),
        ("augment", {"mirror": True}),
        ("checkpoint", "run.npz"),
    ],
)
def test_what_means_nothing_without_epochs_is_refused(
    name: str, value: Any, digits: tuple[Array, Array]
) -> None:
    given = {"image_shape": (8, 8, 1), "random_state": 0, name: value}
    with pytest.raises(ModelError, match=f"{name} needs epochs, and solver='lbfgs' has none"):
        MLPClassifier((5,), solver="lbfgs", **given).fit(*digits)


def test_a_loss_that_counts_all_alike_takes_no_weights(digits: tuple[Array, Array]) -> None:
    X, y = digits
    net = MLPClassifier((5,), loss="sum_of_squares", learning_rate_init=1e-4, max_iter=2)
    net.fit(X, y, np.full(len(y), 2.0))
    for unequal in (net, clone(net).set_params(class_weight={0: 3.0})):
        weights = np.arange(len(y)) + 1.0 if unequal is net else None
        with pytest.raises(ModelError, match="SumOfSquares counts all rows alike: leave sample_w"):
            unequal.fit(X, y, weights)


def test_adaptive_is_for_sgd(digits: tuple[Array, Array]) -> None:
    X, y = digits
    given: dict[str, Any] = {"random_state": 0, "max_iter": 60, "tol": 0.3, "n_iter_no_change": 2}
    ours = MLPClassifier((15,), learning_rate="adaptive", **given).fit(X, y)
    theirs = Oracle((15,), learning_rate="adaptive", **given).fit(X, y)
    same_weights(ours, theirs)
    assert {epoch["learning_rate"] for epoch in ours.history_} == {0.001}
    assert "learning_rate" not in ours.refit_params_


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_copy_goes_on_alike_and_one_that_forgets_starts_anew(
    average: float, digits: tuple[Array, Array]
) -> None:
    X, y = digits
    net = MLPClassifier((15,), random_state=0, max_iter=5, average_decay=average).fit(X, y)
    before = net.coefs_[0].copy()
    others = [pickle.loads(pickle.dumps(net)), copy.deepcopy(net)]
    lost = copy.deepcopy(net).forget()
    np.testing.assert_array_equal(lost.predict_proba(X), net.predict_proba(X))
    assert len(pickle.dumps(lost)) < 0.6 * len(pickle.dumps(net))
    for each in (net, *others, lost.forget()):
        each.partial_fit(X, y)
    for other in others:
        np.testing.assert_array_equal(other.coefs_[0], net.coefs_[0])
    assert np.abs(lost.coefs_[0] - net.coefs_[0]).max() > 1e-5
    assert np.abs(before - net.coefs_[0]).max() > 1e-5


def test_weights_that_a_user_set_are_gone_on_from(digits: tuple[Array, Array]) -> None:
    X, y = digits
    ours, theirs = (kind((15,), random_state=0, max_iter=3) for kind in (MLPClassifier, Oracle))
    for net in (ours, theirs):
        net.fit(X, y)
        for coef in net.coefs_:
            coef *= 0.5
        net.partial_fit(X, y)
    same_weights(ours, theirs)


def test_another_optimiser_or_dtype_goes_on_from_the_weights(digits: tuple[Array, Array]) -> None:
    X, y = digits
    given: dict[str, Any] = {"random_state": 0, "max_iter": 20, "learning_rate_init": 0.01}
    net = MLPClassifier((15,), **given).fit(X.astype(np.float32), y)
    net.partial_fit(X, y)
    assert net.coefs_[0].dtype == np.float64
    for changes in ({"solver": "sgd"}, {"average_decay": 0.5}, {"solver": "adam"}):
        net.set_params(**changes).partial_fit(X, y)
    assert net.score(X, y) > 0.8


@pytest.mark.parametrize("rate", ["cosine", "one-cycle", lambda done, span: 1 - done / span])
def test_a_rate_that_has_come_down_to_nothing_is_said(
    rate: Any, digits: tuple[Array, Array]
) -> None:
    X, y = digits
    net = MLPClassifier((15,), random_state=0, learning_rate=rate, max_iter=10).fit(X, y)
    with pytest.raises(ModelError, match="learning_rate has come down to 0 in 10 epochs"):
        net.partial_fit(X, y)
    before = net.coefs_[0].copy()
    net.set_params(schedule_epochs=20).partial_fit(X, y)
    assert (net.coefs_[0] != before).any()


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ({}, {"standardize": True}, "without standardize"),
        ({"standardize": True}, {"standardize": False}, "with standardize"),
        ({}, {"whiten": 64}, "without whiten"),
        ({"whiten": 64}, {"whiten": None}, "with whiten"),
        ({"whiten": 64}, {"whiten": None, "standardize": True}, "with whiten"),
    ],
    ids=str,
)
def test_what_stands_before_a_network_stays(
    first: dict[str, Any], then: dict[str, Any], message: str, digits: tuple[Array, Array]
) -> None:
    X, y = digits
    net = MLPClassifier((15,), random_state=0, max_iter=2, **first).fit(X, y)
    net.set_params(**then, warm_start=True)
    for again in (net.partial_fit, net.fit):
        with pytest.raises(ModelError, match=f"the last fit was {message}: go on so"):
            again(X, y)
    net.set_params(warm_start=False).fit(X, y).partial_fit(X, y)


@pytest.mark.parametrize("given", [{"standardize": True}, {"whiten": 5}], ids=str)
def test_a_first_part_does_not_say_what_all_are_like(
    given: dict[str, Any], digits: tuple[Array, Array]
) -> None:
    X, y = digits
    net = MLPClassifier((15,), random_state=0, batch_size=20, learning_rate_init=0.01, **given)
    with pytest.raises(ModelError, match="partial_fit cannot begin with standardize or whiten"):
        net.partial_fit(X[:1], y[:1], classes=np.arange(10))
    net.fit(X, y).partial_fit(X[:20], y[:20])
    assert net.score(X, y) > 0.5


def test_a_part_does_not_say_how_rare_a_class_is(digits: tuple[Array, Array]) -> None:
    X, y = digits
    net = MLPClassifier((15,), class_weight="balanced", random_state=0)
    with pytest.raises(ModelError, match="partial_fit does not support class_weight='balanced'"):
        net.partial_fit(X, y, classes=np.arange(10))
    net.set_params(class_weight={0: 2.0, 1: 0.5}).partial_fit(X, y, classes=np.arange(10))
    assert net.t_ == 500


@pytest.mark.parametrize("way", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    "change",
    [
        {"hidden_layer_sizes": (20,)},
        {"hidden_layer_sizes": (1, 1)},
        {"hidden_layer_sizes": 50},  # one unit would become fifty that stay equal
        {"norm": "batch"},
        {"loss": "hinge"},  # two scores in place of one
        {"whiten": 3},
    ],
    ids=str,
)
def test_other_layers_are_not_gone_on_with(
    change: dict[str, Any], way: str, digits: tuple[Array, Array]
) -> None:
    X, y = digits[0], digits[1] % 2
    net = MLPClassifier(1, random_state=0, max_iter=2, warm_start=True).fit(X, y)
    expected, before = net.predict_proba(X), net.get_params()
    net.set_params(**change)
    with pytest.raises(ModelError, match=r"go on with the layers of the last fit, or begin anew"):
        getattr(net, way)(X, y)
    np.testing.assert_array_equal(net.set_params(**before).predict_proba(X), expected)
    net.set_params(**change, warm_start=False).fit(X, y)
    net.partial_fit(X, y)
